"""What a stand is built on: the usual, disks of its own that can be filled, or a broker of three nodes."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from deploy.stand.cluster import BrokerCluster
from deploy.stand.nodes import BrokerNode
from deploy.stand.small_disk import SmallDisk

POSTGRES_MEBIBYTES = 1024
MEDIA_MEBIBYTES = 64


class Ground(StrEnum):
    """`SMALL_DISKS`: Postgres and the files of customers each have a small one; `CLUSTER`: three RabbitMQ nodes."""

    USUAL = "usual"
    SMALL_DISKS = "small disks"
    CLUSTER = "cluster"


def broker_for(ground: Ground, folder: Path) -> BrokerNode | BrokerCluster:
    """The broker of this ground, not started."""
    return BrokerCluster(folder) if ground is Ground.CLUSTER else BrokerNode(folder)


def disks_for(ground: Ground, *, postgres: Path, media: Path) -> Mapping[str, SmallDisk]:
    """The small disks of this ground by what lies on them, not mounted."""
    if ground is not Ground.SMALL_DISKS:
        return {}
    return {"postgres": SmallDisk(postgres, POSTGRES_MEBIBYTES), "media": SmallDisk(media, MEDIA_MEBIBYTES)}
