"""Pipelines: list, one, make, change with their stages in order."""

from typing import Any

from sender_service.api.ids import path_id
from sender_service.api.lists import newest
from sender_service.api.paging import Paging
from sender_service.api.problems import Problem, invalid, not_found
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.house import NewPipeline, PipelineChange, StageInPlace
from sender_service.store import audit, pipelines
from sender_service.store.database import Connection
from sender_service.store.pipelines import Stage
from sender_service.store.tenancy import acting


async def find(call: Call[Paging, Nothing]) -> dict[str, Any]:
    """Pipelines, newest first."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await newest(conn, call, pipelines.page, pipelines.count)


async def get(call: Call[Nothing, Nothing]) -> dict[str, Any]:
    """One pipeline."""
    async with acting(call.runtime.pool, call.organization_id) as conn:
        return await _shown(conn, call.organization_id, path_id(call.path["id"], "pipeline"))


async def create(call: Call[Nothing, NewPipeline]) -> dict[str, Any]:
    """A pipeline with its stages; a default one takes the mark from the one before."""
    body, owner = call.body, call.organization_id
    async with acting(call.runtime.pool, owner) as conn:
        pipeline_id = await pipelines.create(conn, owner, body.name)
        await _set_stages(conn, owner, pipeline_id, body.stages)
        if body.is_default:
            await pipelines.make_default(conn, owner, pipeline_id)
        await audit.record(conn, call.actor, "pipeline.created", f"pipeline:{pipeline_id}")
        return await _shown(conn, owner, pipeline_id)


async def edit(call: Call[Nothing, PipelineChange]) -> dict[str, Any]:
    """Change name, default mark and stages; a stage with leads in it stays until they are moved."""
    body, owner = call.body, call.organization_id
    pipeline_id = path_id(call.path["id"], "pipeline")
    async with acting(call.runtime.pool, owner) as conn:
        if not await pipelines.lock(conn, owner, pipeline_id):
            raise not_found("pipeline")
        if body.name is not None:
            await pipelines.rename(conn, owner, pipeline_id, body.name)
        if body.stages is not None:
            await _set_stages(conn, owner, pipeline_id, body.stages)
        if body.is_default:
            await pipelines.make_default(conn, owner, pipeline_id)
        await audit.record(
            conn, call.actor, "pipeline.edited", f"pipeline:{pipeline_id}", fields=sorted(body.model_fields_set)
        )
        return await _shown(conn, owner, pipeline_id)


async def _set_stages(conn: Connection, owner: int, pipeline_id: int, stages: list[StageInPlace]) -> None:
    ids = [stage.id for stage in stages if stage.id is not None]
    if len(set(ids)) < len(ids):
        raise invalid("stages", "the same id stands twice")
    if await pipelines.foreign_stages(conn, owner, pipeline_id, ids):
        raise invalid("stages", "an id is not of this pipeline")
    if leads := await pipelines.occupied(conn, owner, pipeline_id, ids):
        raise Problem("CONFLICT", f"{leads} leads stand in a stage that would go")
    await pipelines.set_stages(conn, owner, pipeline_id, [Stage(stage.id, stage.name) for stage in stages])


async def _shown(conn: Connection, owner: int, pipeline_id: int) -> dict[str, Any]:
    row = await pipelines.get(conn, owner, pipeline_id)
    if row is None:
        raise not_found("pipeline")
    return dict(row)
