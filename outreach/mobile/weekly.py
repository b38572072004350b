"""The weekly word of a sentinel: nothing to report (S2-25)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.refusals import show_on
from outreach.actions.weekly import CannotReportZero, report_zero
from outreach.forms.weekly import WeekForm
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import is_practice
from outreach.queries.weekly import my_weeks
from teams.access import Permission, needs


@needs(Permission.GRID_PAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def weekly(request: HttpRequest) -> HttpResponse:
    """This week and the last; the form says which one it is about, so that it may arrive later."""
    today = timezone.localdate()
    weeks, practice = my_weeks(request.user, on=today), is_practice(request)
    context = {
        "weeks": weeks,
        "this_form": WeekForm(initial={"week": weeks.monday, "is_training": practice}),
        "last_form": WeekForm(initial={"week": weeks.last_monday, "is_training": practice}),
        "is_practice": practice,
    }
    if request.method != "POST":
        return render(request, "outreach/weekly.html", context)
    form = WeekForm(request.POST)
    if form.is_valid() and form.cleaned_data["is_training"]:
        return saved(request, "练习完成：没有记为报平安。结束练习后请再按一次。", "grid-weekly")
    if form.is_valid():
        try:
            report_zero(by=request.user, on=today, now=timezone.now(), week_on=form.cleaned_data["week"])
        except CannotReportZero as refusal:
            show_on(form, refusal)
        else:
            return saved(request, "已报平安，谢谢。", "grid-weekly")
    return refused(request, form, "outreach/weekly.html", context)
