import io
import json
import logging as stdlib_logging
import re
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared import logging
from shared.logging import REDACTED, Redaction

TOKEN = "EAAG" + "x9Zq" * 40
SECRET = "0123456789abcdef0123456789abcdef"
PHONE = "5511987654321"


@pytest.fixture
def lines():
    """What a freshly configured process has logged, line by line."""
    stream = io.StringIO()
    before = structlog.get_config()
    root = stdlib_logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logging.configure("tests", level="INFO", secrets=[SECRET, "guest-password"], stream=stream, console=False)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "fields",
    [
        {"token": TOKEN},
        {"access_token": TOKEN},
        {"authorization": f"Bearer {TOKEN}"},
        {"Authorization": "Bearer abcdefgh"},
        {"error": f"GET https://graph.facebook.com/v25.0/1?access_token={TOKEN} failed"},
        {"error": f"header Authorization: Bearer {TOKEN}"},
        {"error": f"OAuthException with {TOKEN}"},
        {"headers": {"x-hub-signature-256": "sha256=" + "ab" * 32}},
        {"error": "expected sha256=" + "ab" * 32},
        {"deep": {"list": [{"app_secret": SECRET}]}},
        {"error": f"secret was {SECRET}"},
        {"url": "amqp://guest:guest-password@127.0.0.1:5672/"},
        {"url": "postgresql://app:hunter22@db/colomba"},
        {"reason": '{"password": "hunter22"}'},
        {"body": '{"text": "hello dear customer"}'},
        {"note": b"hello dear customer"},
        {"text": "hello dear customer"},
        {"payload": {"text": "hello dear customer"}},
        {"raw": "hello dear customer"},
        {"wa_id": PHONE},
        {"to": f"+{PHONE}"},
        {"from": PHONE},
        {"phone": "+55 11 98765-4321"},
        {"error": f"no contact for {PHONE}"},
        {"error": f"no contact for +{PHONE}."},
        {"error": "no contact for +55 (11) 98765-4321"},
        {"recipients": [PHONE, "14155550100"]},
        {"contact": {"wa_id": PHONE}},
    ],
)
def test_nothing_secret_and_no_whole_phone_number_is_ever_written(lines, fields):
    logging.get_logger("tests").info("thing.happened", **fields)

    [line] = lines()
    text = json.dumps(line)
    forbidden = (TOKEN, SECRET, "ab" * 32, "guest-password", "hunter22", "dear customer", PHONE, "abcdefgh")
    assert not [word for word in forbidden if word in text]
    assert PHONE not in re.sub(r"\D", "", "".join(str(line[name]) for name in fields))


def test_an_exceptions_traceback_is_redacted_too(lines):
    try:
        int(f"cannot reach +{PHONE} with {TOKEN}")
    except ValueError:
        logging.get_logger("tests").exception("thing.failed")

    [line] = lines()
    assert "ValueError" in line["exception"]
    assert TOKEN not in line["exception"]
    assert PHONE not in line["exception"]


def test_what_libraries_log_is_redacted_too(lines):
    stdlib_logging.getLogger("some.library").warning("sent %s to %s", TOKEN, PHONE)

    [line] = lines()
    assert TOKEN not in json.dumps(line)
    assert PHONE not in json.dumps(line)
    assert line["service"] == "tests"


def test_libraries_are_not_heard_below_warning(lines):
    stdlib_logging.getLogger("some.library").info("frame %r", {"text": "hello"})

    assert lines() == []


def test_ids_stay_readable_though_they_look_like_phone_numbers(lines):
    ids = {
        "phone_number_id": "106540352242922",
        "waba_id": "102290129340398",
        "message_id": 9_007_199_254_740_993,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "external_id": "wamid.HBgLMTY1MDM4",
    }

    logging.get_logger("tests").info("thing.happened", **ids)

    assert {name: lines()[0][name] for name in ids} == ids


def test_a_line_is_one_json_object_with_event_level_service_and_time(lines):
    logging.get_logger("tests").info("webhook.received", status=200, seconds=0.0125, missing=None, ok=True)

    [line] = lines()
    assert (line["event"], line["level"], line["service"]) == ("webhook.received", "info", "tests")
    assert (line["status"], line["seconds"], line["missing"], line["ok"]) == (200, 0.0125, None, True)
    assert line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_not_written(lines):
    logging.get_logger("tests").debug("thing.considered")

    assert lines() == []


def test_the_context_of_the_task_stands_in_every_line(lines):
    with structlog.contextvars.bound_contextvars(trace_id="0af7"):
        logging.get_logger("tests").info("thing.happened")

    assert lines()[0]["trace_id"] == "0af7"


def test_a_person_at_a_terminal_gets_no_json():
    stream = io.StringIO()
    before = structlog.get_config()
    logging.configure("tests", stream=stream, console=True)
    try:
        logging.get_logger("tests").info("thing.happened", to=PHONE)
    finally:
        structlog.configure(**before)

    assert "thing.happened" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert PHONE not in stream.getvalue()


def test_a_very_long_text_is_cut():
    assert len(Redaction().text("é!" * 5_000)) < 2_100


@given(prefix=st.text(max_size=20), suffix=st.text(max_size=20))
def test_a_known_secret_is_found_wherever_it_stands(prefix, suffix):
    assert SECRET not in Redaction([SECRET]).text(prefix + SECRET + suffix)


@given(
    number=st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True),
    before=st.sampled_from(["", " ", "to ", "+", "(", "'", '"', ": ", "=", ",", "/"]),
    after=st.sampled_from(["", " ", ".", ",", ")", "'", '"', ";", " failed", "/"]),
)
def test_a_whole_phone_number_never_stays_in_free_text(number, before, after):
    assert number not in Redaction().text(before + number + after)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_no_value_at_all_breaks_the_log(value):
    event = Redaction()(None, "info", {"event": "thing.happened", "value": value, "body": value})

    assert event["event"] == "thing.happened"
    assert event["body"] in (REDACTED, None) or isinstance(event["body"], int)


@pytest.mark.parametrize(("level", "written"), [("debug", 2), ("INFO", 1), ("warning", 0)])
def test_the_level_may_be_written_in_either_case(level, written):
    stream = io.StringIO()
    logging.configure("tests", level=level, stream=stream, console=False)
    log = logging.get_logger("tests")
    log.debug("thing.considered")
    log.info("thing.happened")
    assert len(stream.getvalue().splitlines()) == written


def test_lines_go_to_standard_output_as_json_from_info_up_unless_said_otherwise(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    logging.configure("tests")
    log = logging.get_logger("tests")
    log.debug("thing.considered")
    log.info("thing.happened")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["thing.happened"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_where_the_stream_is_a_terminal_a_person_reads_it():
    stream = Terminal()
    logging.configure("tests", stream=stream)
    logging.get_logger("tests").info("thing.happened")
    assert "\x1b[" in stream.getvalue()
    logging.configure("tests", stream=stream, console=False)
    logging.get_logger("tests").info("other.happened")
    assert json.loads(stream.getvalue().splitlines()[-1])["event"] == "other.happened"


def test_a_value_json_does_not_know_is_written_as_its_text(lines):
    logging.get_logger("tests").info("thing.happened", where={"path": Path("/tmp")})
    assert lines()[0]["where"] == {"path": "/tmp"}
    assert logging._json({"path": Path("/tmp")}) == '{"path":"/tmp"}'


def test_libraries_have_one_way_out(lines):
    root = stdlib_logging.getLogger()
    # pytest listens too, with handlers of its own kind
    assert [type(handler) for handler in root.handlers].count(stdlib_logging.StreamHandler) == 1
    assert root.level == stdlib_logging.WARNING
    stdlib_logging.getLogger("aiormq.connection").error("cannot connect")
    stdlib_logging.getLogger("some.library").error("broken")
    [line] = lines()
    assert (line["event"], line["level"], line["service"]) == ("broken", "error", "tests")
    assert line["timestamp"].endswith("Z")
    assert not [name for name in line if name.startswith("_")]


def test_a_librarys_exception_is_written_and_redacted(lines):
    try:
        int(f"cannot reach +{PHONE}")
    except ValueError:
        stdlib_logging.getLogger("some.library").exception("failed")
    [line] = lines()
    assert "ValueError" in line["exception"]
    assert PHONE not in line["exception"]
