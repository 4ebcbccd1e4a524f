"""The drop-in against its contract (docs/peerfinder-dropin.md): real program, name server and scripts."""

import os
import signal
import time

import pytest

from tests.support.dropin import is_running, stage, wait_until

pytestmark = pytest.mark.integration

THREE = "db-0,db-1,db-2"
TWO = "db-0,db-1"


@pytest.fixture
def world(tmp_path):
    with stage(tmp_path) as world:
        yield world


# How the script may be written


def test_a_path_with_equals_sign(world):
    path = world.script("on-start.sh", "exec record start < /dev/stdin\n")
    assert world.run(f"-on-start={path}")[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_literal_quotes_inside_the_value(world):
    path = world.script("on-start.sh", "#!/bin/sh\nrecord start\n")
    assert world.run(f'-on-start="{path}"')[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_a_bare_name_on_path_with_arguments(world):
    assert world.run("-on-start", "record start")[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_a_fragment_with_pipe_and_variables(world):
    world.environment["WORD"] = "first"
    assert world.run("-on-start=grep -v db-1 | record $WORD")[0] == 0
    assert world.calls == ["first db-0,db-2"]


def test_the_documented_transcript(world):
    world.zone.write(0, 1, namespace="default", service="ub", hosts={"ub-0": {"address": "127.77.1.10"}})
    code, said = world.run("-on-start", "tee", "-service", "ub", "-ns", "default", hostname="ub-0")
    assert code == 0
    assert "\nub-0.ub.default.svc.cluster.local\n" in said
    assert said.endswith("Peer finder exiting\n")


# What is called, and when


def test_on_change_alone_gets_the_first_list_too(world):
    world.start("-on-change=record change")
    world.await_calls(f"change {THREE}")
    world.zone.write(0, 1)
    world.await_calls(f"change {THREE}", f"change {TWO}")


def test_both_a_peer_leaves_and_comes_back(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.await_calls(f"start {THREE}")
    world.zone.write(0, 1)
    world.await_calls(f"start {THREE}", f"change {TWO}")
    world.zone.write(0, 1, 2)
    world.await_calls(f"start {THREE}", f"change {TWO}", f"change {THREE}")


def test_nothing_is_called_before_we_are_in_the_list(world):
    world.zone.write(1, 2)
    program = world.start("-on-start=record start")
    world.let_polls_pass(3)
    assert world.calls == []
    world.zone.write()
    code, said = world.end(program)
    assert (code, world.calls) == (0, [f"start {THREE}"])
    assert said.count("Have not found myself in list yet") == 1
    assert "My name: db-0.db.shop.svc.cluster.local" in said


def test_our_own_disappearance_alone_is_no_call(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.await_calls(f"start {THREE}")
    world.zone.write(1, 2)
    world.let_polls_pass(3)
    world.zone.write()
    world.let_polls_pass(2)
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["servfail", "nxdomain", "empty"])
def test_no_answer_then_an_answer(world, mode):
    world.zone.write(mode=mode)
    program = world.start("-on-start=record start")
    world.let_polls_pass(3)
    assert world.calls == []
    world.zone.write()
    assert world.end(program)[0] == 0
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["servfail", "nxdomain", "empty"])
def test_dns_failing_later_is_not_a_change(world, mode):
    world.start("-on-start=record start", "-on-change=record change")
    world.await_calls(f"start {THREE}")
    world.zone.write(mode=mode)
    world.let_polls_pass(3)
    world.zone.write()
    world.let_polls_pass(2)
    assert world.calls == [f"start {THREE}"]


@pytest.mark.parametrize("mode", ["truncated", "duplicates"])
def test_an_answer_in_an_odd_form_is_the_same_list(world, mode):
    world.zone.write(mode=mode)
    assert world.run("-on-start=record start")[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_the_steady_state_calls_nothing(world):
    world.start("-on-start=record start", "-on-change=record change")
    world.await_calls(f"start {THREE}")
    world.let_polls_pass(10)
    assert world.calls == [f"start {THREE}"]


def test_forty_pods_sorted_by_bytes_each_line_ended(world):
    world.zone.write(*range(40))
    assert world.run('-on-start=cat > "$FOLDER/list"')[0] == 0
    assert (world.folder / "list").read_text() == "".join(f"{host}\n" for host in world.zone.hosts(*range(40)))


# Who we are


@pytest.mark.parametrize("domain", ["k8s.example.com", "my-cluster"])
def test_another_cluster_domain_is_read_from_resolv_conf(tmp_path, domain):
    with stage(tmp_path, domain) as world:
        world.write_search(domain)
        assert world.run("-ns=shop", "-on-start=record start")[0] == 0
        assert world.calls == [f"start {THREE}"]


def test_another_cluster_domain_by_flag(tmp_path):
    with stage(tmp_path, "my-cluster") as world:
        world.resolv_conf.write_text("nameserver 192.0.2.1\n")
        assert world.run("-ns=shop", "-domain=my-cluster", "-on-start=record start")[0] == 0
        assert world.calls == [f"start {THREE}"]


def test_the_namespace_comes_from_flag_then_environment_then_resolv_conf(world):
    world.zone.write(namespace="other")
    world.environment["POD_NAMESPACE"] = "other"
    assert world.run("-on-start=true")[0] == 0
    world.zone.write()
    assert world.run("-ns=shop", "-on-start=true")[0] == 0
    assert world.run("-ns=shop", "-ns=", "-on-start=true", "-timeout=300ms")[0] == 3
    del world.environment["POD_NAMESPACE"]
    assert world.run("-ns=", "-on-start=true")[0] == 0


def test_a_full_host_name_gets_nothing_appended(world):
    assert world.run("-on-start=record start", hostname=world.zone.host(0))[0] == 0
    assert world.calls == [f"start {THREE}"]


def test_the_script_is_told_who_we_are_and_runs_where_we_run(world):
    fragment = '-on-start=echo "$PEER_FINDER_SELF $HOST_ADDRESS $PWD" > "$FOLDER/told"'
    assert world.run(fragment)[0] == 0
    me = world.zone.host(0)
    assert (world.folder / "told").read_text() == f"{me} {me} {world.folder}\n"


# What goes wrong


def test_a_failing_script_ends_us_with_1_and_its_status(world):
    code, said = world.run("-on-start=echo no luck; exit 7", "-on-change=record change")
    assert code == 1
    assert "\nno luck\n" in said
    assert "exit status 7" in said


def test_a_failing_change_script_ends_us_too(world):
    program = world.start("-on-start=record start", "-on-change=exit 3")
    world.await_calls(f"start {THREE}")
    world.zone.write(0, 1)
    code, said = world.end(program)
    assert code == 1
    assert "exit status 3" in said


BAD_FLAGS = {
    "unknown flag": (["-bogus=1"], 2, "flag provided but not defined: -bogus"),
    "missing value": (["-service"], 2, "flag needs an argument: -service"),
    "no service": (["-on-start=true"], 1, "Incomplete args"),
    "no script": (["-service=db", "-ns=shop"], 1, "Incomplete args"),
    "no arguments at all": ([], 1, "Incomplete args"),
    "no domain": (["-service=db", "-ns=shop", "-on-start=true", "-resolv-conf=/dev/null"], 1, "no cluster domain"),
    "no namespace": (["-service=db", "-on-start=true", "-resolv-conf=/dev/null"], 1, "no namespace"),
    "unreadable resolv.conf": (["-service=db", "-ns=shop", "-on-start=true", "-resolv-conf=/x/y"], 1, "Unable to read"),
    "help": (["-help"], 0, "-on-start"),
    "help between flags": (["-service=db", "--help"], 0, "Usage of peerfinder"),
}


@pytest.mark.parametrize(("flags", "code", "words"), BAD_FLAGS.values(), ids=BAD_FLAGS)
def test_flags_that_lead_nowhere(world, flags, code, words):
    ended, said = world.end(world.start_bare(*flags))
    assert ended == code
    assert words in said


def test_no_network_waits_until_the_timeout_and_says_why(world):
    world.server.stop()
    code, said = world.run("-on-start=record start", "-timeout=1s")
    assert (code, world.calls) == (3, [])
    assert "No list of peers after 1 s" in said


def test_min_peers_holds_the_first_list_back(world):
    world.zone.write(0)
    assert world.run("-on-start=record start", "-min-peers=2", "-timeout=500ms")[0] == 3
    world.zone.write(0, 1)
    assert world.run("-on-start=record start", "-min-peers=2")[0] == 0
    assert world.calls == [f"start {TWO}"]


def test_the_ready_file_holds_the_list_last_delivered(world):
    ready = world.folder / "ready"
    ready.write_text("left over\n")
    world.zone.write(mode="servfail")
    world.start("-on-change=record change", f"-ready-file={ready}")
    wait_until(lambda: not ready.exists(), "the list of the time before is removed")
    world.zone.write()
    wait_until(ready.exists, "the ready file")
    assert ready.read_text().split() == list(world.zone.hosts(0, 1, 2))


def test_a_ready_file_that_cannot_be_written_ends_us_with_1(world):
    code, said = world.run("-on-change=true", "-ready-file=/nowhere/at/all")
    assert code == 1
    assert "Unable to write /nowhere/at/all" in said


# Processes


def test_sigterm_during_a_script_ends_its_whole_group(world):
    program = world.start('-on-start=sleep 300 & echo $! > "$FOLDER/pid"; echo begun; wait', "-on-change=true")
    wait_until(lambda: (world.folder / "pid").exists() and (world.folder / "pid").read_text() != "", "the script began")
    child = int((world.folder / "pid").read_text())
    assert is_running(child)
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert not is_running(child)


def test_a_script_may_finish_its_work_on_sigterm(world):
    fragment = "trap 'record ended; exit 0' TERM; record begun; while :; do sleep 0.05; done"
    program = world.start(f"-on-start={fragment}")
    world.await_calls(f"begun {THREE}")
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert world.calls == [f"begun {THREE}", "ended "]


@pytest.mark.parametrize("mode", ["ok", "silent"], ids=["between two polls", "during a lookup"])
def test_sigterm_without_a_script_ends_at_once(world, mode):
    world.zone.write(1, mode=mode)
    program = world.start("-on-start=true", poll="60s")
    wait_until(lambda: world.server.queries > 0, "the first lookup")
    began = time.monotonic()
    assert world.end(program, signal.SIGTERM)[0] == 143
    assert time.monotonic() - began < 1


def test_sigint_ends_with_130(world):
    world.zone.write(1)
    program = world.start("-on-start=true")
    wait_until(lambda: world.server.queries > 0, "the first lookup")
    assert world.end(program, signal.SIGINT)[0] == 130


def test_a_script_that_closes_its_stdin_is_no_error(world):
    world.zone.write(*range(40))
    assert world.run("-on-start=exec <&-; exit 0")[0] == 0


def test_a_background_process_that_keeps_the_pipe_does_not_hold_us(world):
    began = time.monotonic()
    code, said = world.run('-on-start=sleep 300 & echo $! > "$FOLDER/pid"; echo begun')
    assert time.monotonic() - began < 5
    assert code == 0
    assert "\nbegun\n" in said
    child = int((world.folder / "pid").read_text())
    assert is_running(child)
    os.kill(child, signal.SIGKILL)


def test_the_output_of_a_script_comes_while_it_runs_line_by_line(world):
    program = world.start(
        '-on-start=printf "one "; echo two >&2; until test -e "$FOLDER/go"; do sleep 0.05; done; printf end'
    )
    line = ""
    while not line.startswith("one"):
        line = program.stderr.readline()
    assert line == "one two\n"
    (world.folder / "go").touch()
    code, said = world.end(program)
    assert code == 0
    assert said.startswith("end\n")


# Scripts of the usual shapes

CONFIGURE_GALERA = """\
#!/bin/bash
# The usual shape of a Galera configure script: read all peers, find oneself among them, fill a template.
cd "$FOLDER" || exit 1
peers=()
me=
while read -r peer; do
  peers+=("$peer")
  [[ $peer == "$NODE".* ]] && me=$peer
done
joined=$(IFS=,; echo "${peers[*]}")
[[ ${#peers[@]} -eq 1 ]] && joined=
sed -e "s|^wsrep_node_address=.*|wsrep_node_address=$me|" \\
    -e "s|^wsrep_cluster_address=.*|wsrep_cluster_address=gcomm://$joined|" template.cnf > galera.cnf
"""


@pytest.mark.parametrize("pods", [(0,), (0, 1, 2)], ids=["alone", "three"])
def test_a_configure_script_fills_its_template(world, pods):
    world.environment["NODE"] = "db-0"
    (world.folder / "template.cnf").write_text("[mysqld]\nwsrep_node_address=\nwsrep_cluster_address=gcomm://\n")
    path = world.script("configure.sh", CONFIGURE_GALERA)
    world.zone.write(*pods)
    assert world.run(f'-on-start="{path}"')[0] == 0
    address = "" if len(pods) == 1 else ",".join(world.zone.hosts(*pods))
    assert (world.folder / "galera.cnf").read_text().splitlines() == [
        "[mysqld]",
        f"wsrep_node_address={world.zone.host(0)}",
        f"wsrep_cluster_address=gcomm://{address}",
    ]


def test_a_script_that_leaves_the_list_to_a_later_step(world):
    world.script("peers.sh", '#!/bin/sh\nsort -u > "$FOLDER/peers.new" && mv "$FOLDER/peers.new" "$FOLDER/peers"\n')
    world.start("-on-start=peers.sh && record start", "-on-change=peers.sh")
    wait_until((world.folder / "peers").exists, "the list")
    assert (world.folder / "peers").read_text().split() == list(world.zone.hosts(0, 1, 2))
    world.zone.write(0, 1)
    wait_until(lambda: len((world.folder / "peers").read_text().split()) == 2, "the shorter list")
