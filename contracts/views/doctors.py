"""The resident's wish for another doctor: written down, and answered."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from contracts.actions import accept_doctor, refuse_doctor, request_doctor
from contracts.forms import DoctorAnswerForm, DoctorRequestForm
from contracts.models import DoctorRequest
from contracts.policy import policy_on
from contracts.queries.agreements import AgreementDetail
from contracts.queries.signing import signing_doctors
from contracts.views.life import answered
from contracts.views.loading import detail_or_404
from teams.access import Permission, needs
from teams.models import TeamMembership


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_doctor(request: HttpRequest, pk: int) -> HttpResponse:
    detail, today = detail_or_404(request, pk), timezone.localdate()
    doctors = _others(detail)
    form = DoctorRequestForm(
        request.POST if request.method == "POST" else None, doctors=doctors, initial={"requested_on": today}
    )

    def do() -> object:
        data = form.cleaned_data
        wanted = next((one.user for one in doctors if one.user_id == data["wanted"]), None)
        return request_doctor(
            by=request.user,
            on=timezone.localdate(),
            agreement=detail.agreement,
            wanted=wanted,
            reason=data["reason"],
            requested_on=data["requested_on"],
        )

    return answered(
        request, detail, form, do, template="contracts/doctor.html", said="已登记居民的申请，请团队长处理。"
    )


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def agreement_doctor_answer(request: HttpRequest, pk: int, asked: int) -> HttpResponse:
    detail = detail_or_404(request, pk)
    wish = get_object_or_404(
        DoctorRequest.objects.visible_to(request.user).select_related("agreement", "wanted"),
        agreement=pk,
        pk=asked,
    )
    doctors = _others(detail)
    form = DoctorAnswerForm(
        request.POST if request.method == "POST" else None,
        doctors=doctors,
        initial={"doctor": wish.wanted_id},
    )

    def do() -> object:
        return _answer(request, form, wish, doctors)

    return answered(
        request, detail, form, do, template="contracts/doctor_answer.html", said="已处理申请。", wish=wish
    )


def _others(detail: AgreementDetail) -> list[TeamMembership]:
    """Who else of the team may stand as signing doctor."""
    today, agreement = timezone.localdate(), detail.agreement
    posts = signing_doctors([agreement.team_id], on=today, policy=policy_on(today))
    return list(posts.exclude(user=agreement.doctor_id))


def _answer(
    request: HttpRequest, form: DoctorAnswerForm, wish: DoctorRequest, doctors: list[TeamMembership]
) -> DoctorRequest:
    data, today, now = form.cleaned_data, timezone.localdate(), timezone.now()
    if data["decision"] == form.ACCEPT:
        doctor = next(one.user for one in doctors if one.user_id == data["doctor"])
        return accept_doctor(
            by=request.user, on=today, now=now, request=wish, doctor=doctor, answer=data["answer"]
        )
    return refuse_doctor(
        by=request.user,
        on=today,
        now=now,
        request=wish,
        answer=data["answer"],
        to_transfer=data["decision"] == form.TRANSFER,
    )
