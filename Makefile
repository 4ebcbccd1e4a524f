# Every command a contributor types. `make` alone shows them; the programs themselves are never installed outside .venv.

VENV ?= .venv
BIN  := $(VENV)/bin
DONE := $(VENV)/.installed
CODE := peerfinder entrypoint backup galeractl images tests $(wildcard bench)
DOCS := scripts/chart-docs scripts/decision-docs

.DEFAULT_GOAL := help
# Real clusters mostly wait for their own clocks, so two of them keep two cores busy; each worker has its own.
WORKERS ?= -n 2 --dist worksteal
# A deadline that passed on a busy machine proves nothing: such a test, and no other, may try once more, and is named.
ONCE_MORE := --reruns 1 --only-rerun "in vain for" --only-rerun "not within" --only-rerun TimeoutExpired --only-rerun "ended with 3:" -rR

.PHONY: help venv server proxy browser s3 faults demo test test-unit test-integration test-trixie test-e2e test-e2e-smoke images test-images test-chaos chaos chaos-smoke lint format chart-docs decision-docs bench bench-e2e lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(DONE) ## make .venv from the locked requirements (again only when they changed)

$(DONE): requirements.lock pyproject.toml scripts/make-venv
	scripts/make-venv $(VENV)
	@touch $@

faults: ## find what parts nodes for tests (network namespaces, iptables), or install it
	scripts/obtain-faults

server: ## find MariaDB >= 10.11 with Galera on this machine, or install it
	scripts/obtain-server

browser: ## find a Chromium on this machine, or install it, for tests of the status page
	scripts/obtain-browser

s3: ## find an S3 server (versitygw) on this machine, or build it, for tests of backups
	scripts/obtain-s3

proxy: ## find HAProxy >= 2.6 on this machine, or install it, for tests
	scripts/obtain-haproxy

demo: venv server ## start a three-node cluster here, break it, watch it recover
	$(BIN)/galeractl demo

test: venv server proxy browser s3 faults lint ## lint, unit and integration tests: all that needs no Kubernetes
	$(BIN)/pytest --integration $(WORKERS) $(ONCE_MORE)

test-unit: venv ## unit tests only: seconds, needs nothing but Python
	$(BIN)/pytest

test-integration: venv server proxy browser s3 faults ## tests against real MariaDB servers on this machine
	$(BIN)/pytest --integration $(WORKERS) tests/integration

test-trixie: ## unit and integration tests in a Debian trixie (MariaDB 11.8, Python 3.13) below .cache; as root
	scripts/trixie make test-unit test-integration

test-e2e: venv ## end-to-end tests on the cluster KUBECONFIG names, or on the lab; the images must be there (make images)
	scripts/with-cluster $(BIN)/pytest --e2e tests/e2e

test-e2e-smoke: venv ## those of them that every change must pass: install, delete pods, kill all servers
	scripts/with-cluster $(BIN)/pytest --e2e -m smoke tests/e2e

images: ## build the container images galera-kit/peerfinder, galera-kit/galera and galera-kit/haproxy, the version as their tag
	scripts/build-images

test-images: venv images ## tests of the built images against a container engine
	$(BIN)/pytest --image tests/image

test-chaos: venv server faults ## long tests that break clusters on this machine, as root: state transfers that stand still, stuck appliers
	$(BIN)/pytest --chaos tests/chaos

chaos: venv server faults ## seeded faults and a loss oracle on local clusters, as root: RUNS=n SEED=s FAULTS=n MINUTES=m JOBS=n ONLY=kill OPTIONS=k=v PROVE=loss|vote|election
	$(BIN)/python -m tests.support.chaos $(addprefix --runs ,$(RUNS)) $(addprefix --seed ,$(SEED)) $(addprefix --jobs ,$(JOBS)) $(addprefix --faults ,$(FAULTS)) \
		$(addprefix --minutes ,$(MINUTES)) $(addprefix --only ,$(ONLY)) $(addprefix --option ,$(OPTIONS)) $(addprefix --prove ,$(PROVE))

chaos-smoke: venv server faults ## short runs of it, always the same seeds, 60 at most, none begun after six and a half minutes
	$(BIN)/python -m tests.support.chaos --seed 1 --runs 60 --faults 1 --jobs 3 --minutes 6.5

lint: venv ## ruff, mypy, the floors (import-linter), written pages, helm lint of every example
	$(BIN)/ruff check $(CODE) $(DOCS)
	$(BIN)/ruff format --check $(CODE) $(DOCS)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/chart-docs --check
	$(BIN)/python scripts/decision-docs --check
	$(BIN)/pytest -q tests/chart/test_examples.py -k helm_lint

format: venv ## rewrite the code in the house format
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)

chart-docs: venv ## write README and schema of the chart from the comments in its values.yaml
	$(BIN)/python scripts/chart-docs

decision-docs: venv ## write docs/decisions.md, in its parts about rules, votes and refusals, from the code and its examples
	$(BIN)/python scripts/decision-docs

bench: venv server ## measure what docs claim; `python -m bench.takeover` measures takeovers of the writer role
	$(BIN)/python -m bench

bench-e2e: venv ## measure on Kubernetes what docs claim (docs/benchmarks.md)
	scripts/with-cluster $(BIN)/python -m bench.e2e

lock: ## pin all requirements with their hashes anew (needs Python 3.11, the oldest supported)
	scripts/lock

clean: ## remove what make made; clusters in .galera and the trixie tree stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
