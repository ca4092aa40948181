"""One process: its runtime, its HTTP side and its roles, opened in order and closed in reverse."""

from collections.abc import Callable, Mapping

import structlog
from aiohttp import web

from sender_service.cloud_api.client import CALL_SECONDS
from sender_service.roles.scheduler import scheduler_roles
from sender_service.roles.serve import health_app, health_routes, serving
from sender_service.roles.worker import worker_roles
from sender_service.runtime import Runtime, open_runtime
from sender_service.settings import Settings
from shared.lifecycle import Role, run_roles

# A call may take its limit, and its outcome is then recorded.
GRACE_SECONDS = CALL_SECONDS + 10.0
log = structlog.get_logger(__name__)


async def run(settings: Settings, role: str) -> None:
    """Run a role until SIGTERM; raises `RoleFailed` when it ends by itself."""
    async with open_runtime(settings, role) as runtime:
        log.info("process.started", role=role, process=runtime.process, settings=settings.summary())
        async with serving(runtime, _application(runtime, role)):
            await run_roles(roles_of(role, runtime), GRACE_SECONDS, runtime.stopping)


def roles_of(role: str, runtime: Runtime) -> Mapping[str, Role]:
    """The named tasks of a role; every process relays the events of its own transactions."""
    makers: dict[str, tuple[Callable[[Runtime], Mapping[str, Role]], ...]] = {
        "worker": (worker_roles,),
        "scheduler": (scheduler_roles,),
        "api": (),
        "all": (worker_roles, scheduler_roles),
    }
    tasks: dict[str, Role] = {"events": runtime.relay.run}
    for maker in makers[role]:
        tasks |= maker(runtime)
    return tasks


def _application(runtime: Runtime, role: str) -> web.Application:
    if role not in {"api", "all"}:
        return health_app(runtime)
    # A worker and a scheduler need none of it: a killed one is back a third of a second earlier.
    from sender_service.api.app import api_app  # noqa: PLC0415

    app = api_app(runtime)
    app.add_routes(health_routes(runtime))
    return app
