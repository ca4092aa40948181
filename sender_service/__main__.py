"""`python -m sender_service <role or command>`: the only place that reads the environment and configures the log."""

import asyncio
import faulthandler
import os
import sys
from collections.abc import Callable

import typer
import uvloop

from sender_service import cli, roles
from sender_service.cli.connect import settings_or_exit
from sender_service.errors import KeyUnusable
from shared import logging
from shared.lifecycle import RoleFailed

# Shells complete the words of a program with a name: bin/colomba. `python -m` has none.
PROGRAM = os.environ.get("COLOMBA_PROGRAM")
app = typer.Typer(
    name="sender_service",
    help="Sends WhatsApp messages, files what comes in, and answers other programs.",
    no_args_is_help=True,
    add_completion=PROGRAM is not None,
    pretty_exceptions_enable=False,
)


def start(role: str) -> None:
    """Run a role until it is told to stop; exit code 1 when it fails, 2 when a setting is unusable."""
    settings = settings_or_exit()
    # Imported here: operator commands and refused settings need none of it and should answer at once.
    from sender_service.roles.run import run

    logging.configure(f"sender {role}", level=settings.log_level, secrets=settings.secrets())
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings, role))
    except KeyUnusable as unusable:
        typer.echo(str(unusable), err=True)
        raise typer.Exit(2) from None
    except (RoleFailed, OSError) as failed:
        typer.echo(f"{role}: {failed}", err=True)
        raise typer.Exit(1) from None


def _command(role: str) -> Callable[[], None]:
    def command() -> None:
        start(role)

    return command


for _role, _sentence in roles.ROLES.items():
    app.command(_role, help=_sentence, rich_help_panel="Roles")(_command(_role))
cli.register(app)

if __name__ == "__main__":
    # A crash in a library's native code would end the process without a word.
    faulthandler.enable()
    sys.exit(app(prog_name=PROGRAM))
