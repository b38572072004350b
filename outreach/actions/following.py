"""Reports that nobody has ended belong to whoever answers for their place now (7.3: a report belongs to its place)."""

from datetime import date, datetime

from core.sql import rows_of
from outreach.choices import ReportStep
from outreach.models import ReportEvent

# The team of the grid itself before that of the grid above, as ``outreach.queries.whistles.team_of_grid``; where nobody
# answers any more the report stays with whom it was.
_FOLLOW = """
    UPDATE outreach_gridreport report SET team_id = now_with.team_id, handler_id = NULL
    FROM (
        SELECT one.id, cover.team_id, cover.name
        FROM outreach_gridreport one JOIN grids_grid grid ON grid.id = one.grid_id
        CROSS JOIN LATERAL (
            SELECT held.team_id, team.name
            FROM grids_gridresponsibility held JOIN teams_team team ON team.id = held.team_id
            WHERE held.grid_id IN (grid.id, grid.parent_id)
                AND held.starts_on <= %(on)s AND coalesce(held.ends_on, %(on)s) >= %(on)s
                AND team.starts_on <= %(on)s AND coalesce(team.ends_on, %(on)s) >= %(on)s
            ORDER BY held.grid_id = grid.id DESC, held.id LIMIT 1) cover
        WHERE one.state IN ('new', 'assigned', 'verifying') AND NOT one.is_training
            AND one.team_id IS DISTINCT FROM cover.team_id
        ORDER BY one.id FOR UPDATE OF one SKIP LOCKED) now_with
    WHERE report.id = now_with.id
    RETURNING report.id, now_with.name
"""


def follow_grids(*, on: date, now: datetime) -> int:
    """Give what is under way to the team that answers for its grid today; how many. One statement and their log.

    The clocks run on; whoever had a report in hand has it no more. A second call changes nothing.
    """
    moved = rows_of(_FOLLOW, {"on": on})
    ReportEvent.objects.bulk_create(
        ReportEvent(report_id=pk, step=ReportStep.PASSED, at=now, note=f"网格改由{name}负责")
        for pk, name in moved
    )
    return len(moved)
