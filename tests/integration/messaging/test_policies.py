import json
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from shared.messaging import topology
from shared.messaging.errors import Unconfirmed
from shared.messaging.publisher import Outgoing
from tests.waiting import until

FOLDER = Path(__file__).parents[3] / "deploy/rabbitmq"


@pytest.fixture
def policies(vhosts):
    version = vhosts.get("overview")["rabbitmq_version"]
    return json.loads((FOLDER / f"policies-{version.partition('.')[0]}.json").read_text())["policies"]


@pytest.fixture
def apply(vhosts, broker):
    vhost = urlsplit(broker).path.removeprefix("/")

    def put(policy, **changes):
        definition = policy["definition"] | changes
        vhosts._put(f"policies/{vhost}/{quote(policy['name'])}", policy | {"definition": definition})

    return put


async def test_this_broker_takes_every_policy(policies, apply):
    for policy in policies:
        apply(policy)


@pytest.mark.parametrize("version", ["3", "4"])
def test_every_queue_has_exactly_one_policy(version):
    policies = json.loads((FOLDER / f"policies-{version}.json").read_text())["policies"]
    found = {
        queue.name: [policy["name"] for policy in policies if re.search(policy["pattern"], queue.name)]
        for queue in topology.QUEUES
    }

    work = {topology.SENDER_WEBHOOKS, topology.SEND_PRIORITY, topology.SEND_BULK}
    assert found == {name: ["colomba-work" if name in work else "colomba-aside"] for name in found}


async def test_a_full_queue_refuses_and_drops_nothing(publisher, policies, apply, depth):
    apply(policies[0], **{"max-length": 5})
    outgoing = Outgoing(topology.WEBHOOKS, "webhook", b"{}")

    async def refuses():
        outcomes = await publisher.publish_all([outgoing] * 5)
        return any(isinstance(outcome, Unconfirmed) for outcome in outcomes)

    await until(refuses)
    before = await depth(topology.SENDER_WEBHOOKS)
    with pytest.raises(Unconfirmed):
        await publisher.publish(outgoing)
    assert await depth(topology.SENDER_WEBHOOKS) == before
