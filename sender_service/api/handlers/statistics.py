"""Statistics: what became of messages, by time, number, template and campaign."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sender_service.api.figures import groups, total
from sender_service.api.problems import invalid
from sender_service.api.route import Call, Nothing
from sender_service.api.shapes.statistics import StatisticsQuery
from sender_service.store import statistics
from sender_service.store.statistics import Question
from sender_service.store.tenancy import acting

LONGEST = timedelta(days=400)
LONGEST_BY_HOUR = timedelta(days=31)
MOST_COUNTS = 100_000


async def stats(call: Call[StatisticsQuery, Nothing]) -> dict[str, Any]:
    """The figures of a range of whole hours."""
    question = _question(call.query, datetime.now(UTC))
    async with acting(call.runtime.pool, call.organization_id) as conn:
        counts = await statistics.read(conn, call.organization_id, question, most=MOST_COUNTS + 1)
    if len(counts) > MOST_COUNTS:
        raise invalid("group_by", "gives too many rows; narrow the range or tell fewer things apart")
    return {"since": question.since, "until": question.until, "total": total(counts), "data": groups(counts)}


def _question(query: StatisticsQuery, now: datetime) -> Question:
    since = _hour(query.since or now - timedelta(days=7))
    until = _hour_after(query.until or now)
    periods = [group for group in query.group_by if group in {"hour", "day"}]
    if until <= since:
        raise invalid("until", "must be later than since")
    if len(periods) > 1:
        raise invalid("group_by", "give hour or day, not both")
    longest = LONGEST_BY_HOUR if "hour" in periods else LONGEST
    if until - since > longest:
        raise invalid("since", f"at most {longest.days} days for what is asked")
    return Question(
        since=since,
        until=until,
        phone_number_id=query.phone_number_id,
        template=query.template,
        campaign_id=query.campaign_id,
        period=periods[0] if periods else None,
        by_number="number" in query.group_by,
        by_template="template" in query.group_by,
        by_campaign="campaign" in query.group_by,
    )


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hour_after(moment: datetime) -> datetime:
    floor = _hour(moment)
    return floor if floor == moment else floor + timedelta(hours=1)
