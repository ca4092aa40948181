import re

from prometheus_client.metrics import MetricWrapperBase

from shared import metrics

ALL = {name: metric for name, metric in vars(metrics).items() if isinstance(metric, MetricWrapperBase)}
UNITS = ("_total", "_seconds", "_bytes_total", "_messages")


def test_every_metric_is_ours_by_name_and_says_what_it_means():
    for metric in ALL.values():
        [family] = metric.describe()
        assert re.fullmatch(r"colomba_[a-z_]+", family.name)
        assert len(family.documentation) > 10


def test_durations_are_in_seconds_and_counters_end_in_total():
    for metric in ALL.values():
        [family] = metric.describe()
        if family.type == "histogram":
            assert family.name.endswith(("_seconds", "_messages"))
        assert "_ms" not in family.name


def test_no_label_can_hold_a_person():
    labels = {label for metric in ALL.values() for label in metric._labelnames}

    assert not labels & {"phone", "wa_id", "to", "recipient", "contact", "message_id", "lead_id"}
