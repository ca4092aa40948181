"""What each ground is made of, before anything of it is started."""

from pathlib import Path

from deploy.stand.cluster import BrokerCluster
from deploy.stand.ground import Ground, broker_for, disks_for
from deploy.stand.nodes import BrokerNode


def test_only_the_cluster_has_three_nodes_of_one_family(tmp_path: Path) -> None:
    cluster = broker_for(Ground.CLUSTER, tmp_path)

    assert isinstance(broker_for(Ground.USUAL, tmp_path), BrokerNode)
    assert isinstance(cluster, BrokerCluster)
    assert len({node.name for node in cluster.nodes}) == 3
    assert len({node.environment["ERL_EPMD_PORT"] for node in cluster.nodes}) == 1
    assert str(cluster.nodes[0].port) not in cluster.url


def test_only_the_ground_of_small_disks_has_some(tmp_path: Path) -> None:
    folders = {"postgres": tmp_path / "p", "media": tmp_path / "m"}

    assert disks_for(Ground.USUAL, **folders) == {}
    assert {name: disk.folder for name, disk in disks_for(Ground.SMALL_DISKS, **folders).items()} == folders
