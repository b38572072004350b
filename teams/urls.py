"""Accounts: signing in and out, password, second factor."""

from django.urls import URLPattern, path

from teams.views import accounts, second_factor

urlpatterns: list[URLPattern] = [
    path("login/", accounts.SignIn.as_view(), name="login"),
    path("logout/", accounts.sign_out, name="logout"),
    path("account/", accounts.account, name="account"),
    path("account/password/", accounts.change_password, name="password-change"),
    path("account/sessions/end/", accounts.end_other_sessions, name="sessions-end"),
    path("account/code/", second_factor.verify, name="otp-verify"),
    path("account/code/setup/", second_factor.set_up, name="otp-setup"),
    path("account/code/recovery/", second_factor.renew_codes, name="otp-codes"),
]
