"""`python -m deploy.local up | down | nuke | run | demo | status`: what the make targets call."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence

from rich.console import Console

from deploy.demo import story
from deploy.demo.show import Show
from deploy.local import nodes, programs, services, state, tenant
from deploy.local.install import CannotHave
from deploy.local.nodes import Nodes
from deploy.local.place import Place, here
from deploy.local.programs import NotReady
from deploy.local.progress import Progress

NODES = ("postgres", "rabbitmq")


def up(place: Place, progress: Progress) -> Nodes:
    """The whole stack, ready; what runs already is left alone."""
    found = nodes.start(place, progress)
    with state.locked(place):
        key = tenant.prepare(place, found, progress)
        services.start(place, found, progress)
        services.write_env(place, found, key)
    progress.say(f"written: {place.env}")
    return found


def down(place: Place, progress: Progress, *, delete: bool = False) -> None:
    with progress.step("stopping the stack") as notes, state.locked(place.make()):
        notes.extend(services.stop(place))
        nodes.stop(place, delete=delete)
        place.env.unlink(missing_ok=True)
    if delete:
        place.forget()


def tell(place: Place, progress: Progress) -> story.Told:
    """The story; if it breaks off, what has died and where to read on."""
    told = story.tell(story.read_env(place.env), Show())
    for name in (*NODES, *services.NAMES) if not told.ok else ():
        if programs.recorded(place, name) and not programs.is_running(place, name):
            progress.say(f"{name} has died; {place.log / name}.log ends so:\n{programs.tail(place, name)}")
    return told


def command_up(place: Place, progress: Progress) -> int:
    up(place, progress)
    return 0


def command_down(place: Place, progress: Progress) -> int:
    down(place, progress)
    return 0


def command_nuke(place: Place, progress: Progress) -> int:
    down(place, progress, delete=True)
    return 0


def command_run(place: Place, progress: Progress) -> int:
    """In the foreground until Ctrl-C; a story that was not seen leaves the stack up all the same, to be looked at."""
    try:
        up(place, progress)
        told = tell(place, progress)
        progress.say(f"{'It works' if told.ok else 'Not everything was seen'}. Logs: {place.log}. Ctrl-C ends it.")
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        down(place, progress)
    return 0


def command_demo(place: Place, progress: Progress) -> int:
    """Leaves the machine as it was: what was up stays up, what was not is stopped again."""
    was_up = place.env.exists() and all(programs.is_running(place, name) for name in services.NAMES)
    try:
        up(place, progress)
        told = tell(place, progress)
    finally:
        if not was_up:
            down(place, progress)
    print(json.dumps(told.summary()), flush=True)
    return 0 if told.ok else 1


def command_status(place: Place, progress: Progress) -> int:
    contained = nodes.contained(place)
    for name in (*NODES, *services.NAMES):
        pid = programs.pid(place, name)
        elsewhere = "running in a container" if name in contained else "not running"
        progress.say(f"{name:10} {f'running, pid {pid}' if pid else elsewhere}")
    return 0 if all(programs.is_running(place, name) for name in services.NAMES) else 3


COMMANDS: dict[str, Callable[[Place, Progress], int]] = {
    "up": command_up,
    "down": command_down,
    "nuke": command_nuke,
    "run": command_run,
    "demo": command_demo,
    "status": command_status,
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="The local stack of this checkout.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--part", default="", help="a second stack of this checkout, under .run/PART")
    asked = parser.parse_args(arguments)
    # `make` and CI end programs with SIGTERM: the same orderly way out as Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return COMMANDS[asked.command](here(asked.part).make(), Progress())
    except (CannotHave, NotReady, state.NoFreePort) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False, style="red")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
