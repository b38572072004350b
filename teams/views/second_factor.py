"""Setting up a phone as second factor, and entering its code."""

import secrets

import segno
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as mark_verified
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.addresses import Visitor
from core.refusals import show_on
from teams import actions, second_factor, sessions
from teams.access import signed_in
from teams.actions import CannotSetSecondFactor
from teams.forms import CodeForm, PhoneCodeForm
from teams.middleware import next_page
from teams.models import LoginRecord
from teams.policy import policy_on
from teams.views.accounts import landing_page

Outcome = LoginRecord.Outcome
_KEY, _FAILURES = "otp_key", "otp_failures"


@sensitive_variables("key", "codes")
@require_http_methods(["GET", "POST"])
@signed_in
def set_up(request: HttpRequest) -> HttpResponse:
    """Show a fresh key as QR code and text; take the phone into use once it answers with the right code."""
    if second_factor.phone_of(request.user) and not request.user.is_verified():
        return redirect("otp-verify")
    key = request.session.setdefault(_KEY, secrets.token_hex(20))
    form = PhoneCodeForm(request.POST or None)
    if form.is_valid():
        try:
            device, codes = actions.set_second_factor(
                user=request.user,
                key=key,
                code=form.cleaned_data["code"],
                by=request.user,
                visitor=Visitor.of(request),
                keep_session=request.session.session_key or "",
            )
        except CannotSetSecondFactor as refusal:
            show_on(form, refusal)
        else:
            del request.session[_KEY]
            _let_in(request, device)
            return _codes_page(request, codes)
    context = {
        "form": form,
        "qr": qr_code(TOTPDevice(user=request.user, key=key).config_url),
        "key": second_factor.grouped_key(key),
        "is_required": second_factor.is_required(request.user, policy_on(timezone.localdate())),
        "replaces": request.user.is_verified(),
    }
    return render(request, "accounts/otp_setup.html", context)


def qr_code(text: str) -> SafeString:
    """An <svg> element as wide as its place, without style attributes: the content security policy bars those."""
    image = segno.make(text, error="m").svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    return mark_safe(image)  # noqa: S308  (made by segno; the text is only modules of the code)


def _let_in(request: HttpRequest, device: Device) -> None:
    """The person is fully signed in: a new session key, as after every rise in rights."""
    mark_verified(request, device)
    request.session[sessions.HAS_CODE] = True
    request.session.pop(_FAILURES, None)
    request.session.cycle_key()


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Shown once, straight in the answer: nothing keeps the codes in clear."""
    page = render(
        request,
        "accounts/otp_codes.html",
        {"codes": codes, "next_page": next_page(request, landing_page(request.user))},
    )
    page["Cache-Control"] = "no-store"
    return page


@require_http_methods(["GET", "POST"])
@signed_in
def verify(request: HttpRequest) -> HttpResponse:
    """Six digits from the phone, or a recovery code; every code opens once."""
    if request.user.is_verified():
        return redirect(next_page(request, landing_page(request.user)))
    if second_factor.phone_of(request.user) is None:
        request.session[sessions.HAS_CODE] = False
        return redirect(next_page(request, landing_page(request.user)))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        device = _device_opened_by(request, form.cleaned_data["code"])
        if device is not None:
            _let_in(request, device)
            actions.record(Outcome.IN, user=request.user, visitor=Visitor.of(request), by=request.user)
            if not second_factor.is_phone_code(form.cleaned_data["code"]):
                left = second_factor.codes_left(request.user)
                messages.warning(
                    request,
                    f"您用了一个备用码，还剩 {left} 个。手机丢失或更换的，请到“我的账号”重新启用动态口令。",
                )
            return redirect(next_page(request, landing_page(request.user)))
        if _has_tried_enough(request):
            logout(request)
            messages.error(request, f"动态口令连续 {second_factor.TRIES} 次错误，已退出。请重新登录。")
            return redirect("login")
        form.add_error("code", _what_is_wrong(request, form.cleaned_data["code"]))
    return render(request, "accounts/otp_verify.html", {"form": form})


def _device_for(request: HttpRequest, code: str) -> Device | None:
    is_phone = second_factor.is_phone_code(code)
    return second_factor.phone_of(request.user) if is_phone else second_factor.codes_of(request.user)


def _device_opened_by(request: HttpRequest, code: str) -> Device | None:
    device = _device_for(request, code)
    if device is None:
        return None
    token = code if second_factor.is_phone_code(code) else second_factor.fingerprint(code)
    return verify_token(request.user, device.persistent_id, token)


def _has_tried_enough(request: HttpRequest) -> bool:
    actions.record(
        Outcome.SECOND_FACTOR_FAILED, user=request.user, visitor=Visitor.of(request), by=request.user
    )
    request.session[_FAILURES] = request.session.get(_FAILURES, 0) + 1
    return request.session[_FAILURES] >= second_factor.TRIES


def _what_is_wrong(request: HttpRequest, code: str) -> str:
    """Wrong, used, or too fast: every failure doubles the pause before the next try."""
    left = second_factor.TRIES - request.session[_FAILURES]
    said = f"动态口令不正确或已用过，还可以试 {left} 次。"
    device = _device_for(request, code)
    _, why = device.verify_is_allowed() if device else (True, None)
    pause = (why["locked_until"] - timezone.now()).total_seconds() if why and "locked_until" in why else 0
    if pause > 60:
        return f"{said}错误太多，请等 {-(-pause // 60):.0f} 分钟再试，或请管理员解除锁定。"
    return f"{said}请等手机上出现新的 6 位数字再输入。"


@sensitive_variables("codes")
@require_POST
@signed_in
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes for somebody who has shown his phone's code in this session."""
    if not request.user.is_verified():
        return redirect("otp-setup")
    codes = actions.renew_recovery_codes(user=request.user, by=request.user, visitor=Visitor.of(request))
    return _codes_page(request, codes)
