"""The story is believed only where it was seen."""

import pytest
from rich.console import Console

from deploy.demo import story
from deploy.demo.bus import _mentions
from deploy.demo.show import Show
from deploy.demo.stage import Stage, Step


@pytest.fixture
def stage() -> Stage:
    """Steps of these tests reach nothing."""
    return Stage(env={"PHONE_NUMBER_ID": "1"}, bus=None, database=None, http=None)  # type: ignore[arg-type]


def quiet() -> Show:
    return Show(Console(quiet=True))


async def test_a_step_is_asked_until_it_was_seen(stage):
    answers = iter([None, None, "there"])

    async def look(_stage: Stage) -> str | None:
        return next(answers)

    seen = await story._play(Step(name="n", text="t", seen_in="postgres", look=look), stage, quiet())
    assert seen is not None
    assert (seen.name, seen.seen_in) == ("n", "postgres")


async def test_a_step_that_is_never_seen_ends_the_story(stage, monkeypatch):
    monkeypatch.setattr(story, "STEP_SECONDS", 0.05)

    async def look(_stage: Stage) -> str | None:
        return None

    assert await story._play(Step(name="n", text="t", seen_in="rabbitmq", look=look), stage, quiet()) is None


def test_a_story_is_fine_only_with_all_its_steps():
    told = story.Told(1.234, [story.Seen(step.name, step.seen_in, 1.0) for step in story.STEPS])
    assert told.ok
    told.steps.pop()
    assert told.summary()["ok"] is False
    assert told.summary()["seconds"] == 1.23


def test_an_event_is_about_a_message_by_its_subject_or_its_data():
    assert _mentions({"subject": "12.1", "data": {}}, "12")
    assert _mentions({"subject": "x", "data": {"message_id": 12}}, "12")
    assert not _mentions({"subject": "112.1", "data": {"message_id": 1}}, "12")


def test_the_environment_file_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "env"
    path.write_text("A=1\nAMQP_URL=amqp://u:p@h/?x=y\n\n")
    assert story.read_env(path) == {"A": "1", "AMQP_URL": "amqp://u:p@h/?x=y"}
