"""The health steward of a household and his trainings (S0-13)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.forms.households import StewardForm, TrainingForm
from residents.policy import policy_on
from residents.views.households import household_form, load, present_members
from residents.views.people import FORM_METHODS, bound
from teams.access import Permission, needs


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_steward(request: HttpRequest, pk: int) -> HttpResponse:
    household, today = load(request, pk), timezone.localdate()
    policy, members = policy_on(today), present_members(request, household)
    form = StewardForm(
        bound(request), household=household, members=members, minor_age=policy.minor_age, on=today
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_steward(
                household=household, steward=form.chosen, policy=policy, by=request.user, on=today
            )
        except actions.CannotNameSteward as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "家庭健康掌门人已更新。")
            return redirect("household-detail", pk)
    log_read(request, "resident", [one.pk for one in members])
    intro = "请选一位成年在册成员，负责督促全家体检、用药和随访。"
    return household_form(request, household, form, "家庭健康掌门人", "保存", intro=intro)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_training(request: HttpRequest, pk: int) -> HttpResponse:
    household, today = load(request, pk), timezone.localdate()
    form = TrainingForm(bound(request), initial={"trained_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.train_steward(household=household, **form.cleaned_data, by=request.user, on=today)
        except actions.CannotTrain as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "培训已登记。")
            return redirect("household-detail", pk)
    return household_form(request, household, form, "登记掌门人培训", "保存")
