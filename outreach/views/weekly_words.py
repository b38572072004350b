"""The weekly word of sentinels, as street, bureau and the institution's steward see it (S2-25)."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.models import Posting
from outreach.queries.weekly import sentinels_on, villages_of_week
from outreach.rules.weekly import WEEK, Word, week_of
from teams.access import Permission, needs


@needs(Permission.WHISTLE_OVERSEE)
@require_safe
def weekly_words(request: HttpRequest) -> HttpResponse:
    """Each village of a week, the last whole one if not said; ``?week=`` any day of it."""
    today = timezone.localdate()
    this_week = week_of(today)
    week = _typed(request.GET.get("week", ""), until=this_week) or this_week - WEEK
    seen = Posting.objects.visible_to(request.user)
    postings = sentinels_on(min(week + WEEK, today)).filter(pk__in=seen.values("pk"))
    context = {
        "rows": villages_of_week(postings, week=week, on=today),
        "words": list(Word),
        "week": week,
        "before": week - WEEK,
        "after": week + WEEK if week < this_week else None,
    }
    return render(request, "outreach/urgent/weekly.html", context)


def _typed(text: str, *, until: date) -> date | None:
    """The Monday of a day that was typed, unless it is to come."""
    try:
        week = week_of(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return week if date(2000, 1, 1) <= week <= until else None
