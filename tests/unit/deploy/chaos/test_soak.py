"""What grows with time is told; what only warms up or breathes is not."""

from deploy.chaos.soak import Sample, grown, levels


def sampled(*memory: float) -> list[Sample]:
    return [Sample(each, 20, 30) for each in memory]


def test_a_service_that_warms_up_and_then_breathes_is_flat() -> None:
    breathing = sampled(*([60.0] * 20 + [100.0, 104.0] * 40))

    assert grown({"worker": levels(breathing)}) == []


def test_a_slow_leak_is_told_with_what_it_grew_from_and_to() -> None:
    leaking = sampled(*(100 + 0.5 * minute for minute in range(100)))

    assert grown({"worker": levels(leaking)}) == ["worker: memory_mib grew from 114.8 to 144.8"]


def test_tasks_and_descriptors_are_judged_as_well() -> None:
    samples = [Sample(100, 20 + minute, 30 + minute) for minute in range(100)]

    assert [line.split(" grew")[0] for line in grown({"api": levels(samples)})] == ["api: descriptors", "api: tasks"]


def test_more_clients_are_told_but_no_growth() -> None:
    levelled = levels([Sample(100, 20, 30, clients=minute) for minute in range(100)])

    assert levelled["clients"] == (29.5, 89.5)
    assert grown({"ingress": levelled}) == []
