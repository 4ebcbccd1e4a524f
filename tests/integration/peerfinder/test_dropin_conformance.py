"""The drop-in against its contract (docs/peerfinder-dropin.md): real program, name server and scripts."""

import pytest

from tests.support.dropin import THREE, stage, wait_until

pytestmark = pytest.mark.integration

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
