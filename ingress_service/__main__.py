"""`python -m ingress_service`: receive Meta's webhooks, verify them, publish them."""

from __future__ import annotations

import faulthandler
import resource
import sys

import uvloop
from pydantic import ValidationError

from ingress_service.errors import ConfigurationError
from ingress_service.runtime import serve
from ingress_service.settings import Settings, apps
from shared import logging
from shared.lifecycle import RoleFailed, run_roles
from shared.settings import complaint


def main() -> int:
    """Run until SIGTERM; 2 for a configuration that cannot work, 1 for a failure."""
    try:
        settings = Settings()
        configured = apps(settings)
    except ValidationError as error:
        return _refuse_to_start(complaint(error))
    except ConfigurationError as error:
        return _refuse_to_start(str(error))
    secrets = [secret.decode() for app in configured.values() for secret in app.secrets]
    tokens = [app.verify_token for app in configured.values()]
    logging.configure("ingress", level=settings.log_level, secrets=[*settings.secrets(), *secrets, *tokens])
    logging.get_logger(__name__).info("settings.read", **settings.summary())
    _allow_many_connections()
    try:
        uvloop.run(run_roles({"ingress": lambda stopping: serve(settings, stopping)}, settings.shutdown_grace + 5))
    except RoleFailed:
        return 1
    return 0


def _refuse_to_start(problem: str) -> int:
    sys.stderr.write(f"ingress does not start: {problem}\n")
    return 2


def _allow_many_connections() -> None:
    """Raise the limit of open files to what the system allows: idle connections each hold one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    # A crash in a library's native code would end the process without a word.
    faulthandler.enable()
    sys.exit(main())
