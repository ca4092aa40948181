from shared.messaging import topology


def test_every_queue_keeps_messages_however_often_they_come_back():
    for queue in topology.QUEUES:
        assert queue.arguments()["x-queue-type"] == "quorum"
        assert queue.arguments()["x-delivery-limit"] == 1_000_000


def test_every_queue_that_is_worked_on_has_a_dead_letter_queue_bound_for_it():
    bound = {(queue.name, binding) for queue in topology.QUEUES for binding in queue.bindings}

    for queue in topology.WORK_QUEUES:
        assert (topology.dead(queue.name), (topology.DEAD, queue.name)) in bound
        assert queue.arguments()["x-dead-letter-exchange"] == topology.DEAD
        assert queue.arguments()["x-dead-letter-routing-key"] == queue.name


def test_the_send_queues_have_a_single_active_consumer_and_no_other_has():
    single = {queue.name for queue in topology.QUEUES if queue.arguments().get("x-single-active-consumer")}

    assert single == {"sender.send.priority", "sender.send.bulk"}


def test_what_no_queue_wants_is_kept_aside():
    exchanges = {exchange.name: exchange for exchange in topology.EXCHANGES}

    for name in ("whatsapp.webhooks", "whatsapp.commands"):
        assert exchanges[name].arguments == {"alternate-exchange": "whatsapp.unrouted"}
    assert exchanges["whatsapp.unrouted"].type == "fanout"
    assert {name for name, exchange in exchanges.items() if exchange.type == "topic"} == {
        "whatsapp.webhooks",
        "whatsapp.commands",
        "whatsapp.events",
        "whatsapp.dead",
    }
