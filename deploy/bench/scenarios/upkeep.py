"""What autovacuum would do for the messages that were measured, done at once, so that it belongs to their cost."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from deploy.bench.rig import Rig

# By autovacuum's own thresholds: 50 rows, or 1,000 inserted ones, and a share of the table.
_DUE = """
with share as (
    select oid, (
        select jsonb_object_agg(option_name, option_value) from pg_options_to_table(reloptions)
    ) as own, greatest(reltuples, 0) as rows from pg_class where relkind in ('r', 't')
), judged as (
    select stat.schemaname, stat.relname,
           n_dead_tup > 50 + rows * coalesce((own ->> 'autovacuum_vacuum_scale_factor')::float8, 0.2)
           or n_ins_since_vacuum
               > 1000 + rows * coalesce((own ->> 'autovacuum_vacuum_insert_scale_factor')::float8, 0.2) as dusty,
           n_mod_since_analyze > 50 + rows * coalesce((own ->> 'autovacuum_analyze_scale_factor')::float8, 0.1)
           and stat.schemaname <> 'pg_toast' as changed
    from pg_stat_all_tables stat join share on share.oid = stat.relid
    where stat.schemaname in ('colomba', 'pg_toast')
)
select case when dusty and changed then 'vacuum (analyze, process_toast false) '
            when dusty then 'vacuum (process_toast false) ' else 'analyze ' end
       || format('%I.%I', schemaname, relname)
from judged where dusty or changed
"""


@contextlib.asynccontextmanager
async def by_hand(rig: Rig) -> AsyncIterator[None]:
    """While the block lasts, autovacuum comes only when it is called."""
    await _automatic(rig, "off")
    try:
        yield
    finally:
        await _automatic(rig, "on")


async def due(database: asyncpg.Connection) -> list[str]:
    """The statements autovacuum would run on this database now."""
    return [row[0] for row in await database.fetch(_DUE)]


async def keep_up(rig: Rig) -> None:
    """Vacuum and analyze the tables whose turn autovacuum says it is."""
    async with rig.database() as database:
        for statement in await due(database):
            await database.execute(statement, timeout=600)


async def _automatic(rig: Rig, word: str) -> None:
    async with rig.database() as database:
        await database.execute(f"alter system set autovacuum = {word}")
        await database.execute("select pg_reload_conf()")
