"""Which files Meta takes, and how large."""

from pathlib import Path

import orjson
import pytest

from sender_service.cloud_api.media_limits import KINDS, MOST, RECEIVED_MOST, Unfit, check, kind_of

DOCUMENTED = orjson.loads((Path(__file__).parents[3] / "data/meta/outbound-limits.json").read_bytes())["media_files"]


def test_the_kinds_are_the_documented_ones():
    documented = {kind: {mime.partition(" ")[0] for mime in facts["mime"]} for kind, facts in DOCUMENTED.items()}
    assert {kind: set(mimes) for kind, mimes in KINDS.items()} == documented


@pytest.mark.parametrize("kind", ["audio", "document", "image", "video"])
def test_a_file_at_its_limit_fits_and_one_byte_more_does_not(kind):
    most = DOCUMENTED[kind]["max_bytes"]
    assert MOST[kind] == most
    for mime in KINDS[kind]:
        assert check(mime, most) is None
        problem = f"at most {most} bytes for {kind}, was {most + 1}"
        assert check(mime, most + 1) == Unfit("file", problem, limit=most, length=most + 1)


@pytest.mark.parametrize(("animated", "most"), [(False, 100 * 1024), (True, 500 * 1024)])
def test_stickers_that_move_may_be_larger(animated, most):
    assert DOCUMENTED["sticker"]["animated_max_kb" if animated else "static_max_kb"] * 1024 == most
    assert check("image/webp", most, animated=animated) is None
    wrong = check("image/webp", most + 1, animated=animated)
    assert wrong is not None
    assert (wrong.limit, wrong.length) == (most, most + 1)


def test_an_empty_file_is_none():
    assert check("image/png", 0) == Unfit("file", "is empty", limit=1, length=0)
    assert check("image/png", 1) is None


@pytest.mark.parametrize("mime", ["image/gif", "application/zip", "", "image"])
def test_what_meta_does_not_take_is_named(mime):
    wrong = check(mime, 1)
    assert wrong is not None
    assert wrong.field == "type"
    assert wrong.problem.startswith("must be one of application/msword, ")
    assert kind_of(mime) is None


@pytest.mark.parametrize(("mime", "kind"), [("audio/ogg; codecs=opus", "audio"), ("IMAGE/PNG", "image")])
def test_parameters_and_case_do_not_matter(mime, kind):
    assert kind_of(mime) == kind


def test_users_may_send_up_to_100_megabytes():
    assert RECEIVED_MOST == 104_857_600


def test_all_types_that_meta_takes_are_named_in_their_order():
    mimes = sorted(mime for kind in KINDS.values() for mime in kind)
    assert check("image/gif", 1) == Unfit("type", "must be one of " + ", ".join(mimes))


def test_a_type_may_stand_between_spaces():
    assert kind_of(" image/png ; q=1") == "image"


def test_a_sticker_does_not_move_unless_it_is_said_to():
    assert check("image/webp", 100 * 1024 + 1) is not None
    assert check("image/png", 500 * 1024 + 1, animated=True) is None
