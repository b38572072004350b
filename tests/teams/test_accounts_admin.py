"""What administrators do to accounts and roles, and what they may not."""

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from teams.models import LoginRecord, PasswordRecord, RoleAssignment, User
from tests.factories.teams import PASSWORD, DepartmentFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/teams/user/"
ROLES = "/admin/teams/roleassignment/"
INLINE = {
    f"role_assignments-{name}": 0
    for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
}


def person(**fields) -> dict:
    return {"username": "zhangs", "name": "张某", "profession": "gp", "role": "", "area_code": "", **fields}


def outcomes() -> list[tuple]:
    return list(LoginRecord.objects.order_by("pk").values_list("outcome", "user__username", "by__username"))


def test_new_person_gets_a_first_password_shown_once(sign_in, cast):
    browser = sign_in(cast.zhou)
    answer = browser.post(f"{PEOPLE}add/", person(institution=cast.institution_a.pk))
    assert answer.status_code == 200
    password = answer.context_data["password"]
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    made = User.objects.get(username="zhangs")
    assert made.check_password(password)
    assert made.must_change_password
    assert PasswordRecord.objects.get(user=made).password == made.password
    assert outcomes() == [("created", "zhangs", "zhou")]
    fresh = Client()
    assert fresh.post("/login/", {"username": "zhangs", "password": password}).status_code == 302
    assert fresh.get(reverse("account")).url.startswith("/account/password/")


def test_new_person_may_get_the_first_role_at_once(sign_in, cast):
    browser = sign_in(cast.zhou)
    browser.post(f"{PEOPLE}add/", person(role="street", area_code="371002001"))
    role = RoleAssignment.objects.get(user__username="zhangs")
    assert (role.role, role.area_code, role.starts_on) == ("street", "371002001", timezone.localdate())
    browser.post(
        f"{PEOPLE}add/", person(username="wangs", institution=cast.hospital.pk, role="hospital_staff")
    )
    assert RoleAssignment.objects.get(user__username="wangs").institution == cast.hospital


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "institution"),
        ({"role": "street"}, "area_code"),
        ({"role": "street", "area_code": "430202001"}, "area_code"),
        ({"role": "grid_leader", "area_code": "37100200100101"}, "role"),
        ({"username": "li", "role": "street", "area_code": "371002001"}, "username"),
        ({"phone": "12345", "role": "street", "area_code": "371002001"}, "phone"),
    ],
)
def test_faults_of_a_new_person_are_said_at_the_field(sign_in, cast, fields, where):
    answer = sign_in(cast.zhou).post(f"{PEOPLE}add/", person(**fields))
    assert answer.status_code == 200
    assert where in answer.context_data["adminform"].form.errors
    assert "张某" in answer.content.decode()
    assert not User.objects.filter(username="zhangs").exists()


def test_department_must_belong_to_the_institution(sign_in, cast):
    department = DepartmentFactory(institution=cast.institution_b)
    answer = sign_in(cast.zhou).post(
        f"{PEOPLE}add/", person(institution=cast.institution_a.pk, department=department.pk)
    )
    assert "department" in answer.context_data["adminform"].form.errors


def test_fields_outside_the_form_cannot_be_set(sign_in, cast):
    smuggled = {"is_superuser": "on", "is_staff": "on", "password": "x", "must_change_password": ""}
    sign_in(cast.zhou).post(f"{PEOPLE}add/", person(institution=cast.institution_a.pk, **smuggled))
    made = User.objects.get(username="zhangs")
    assert (made.is_superuser, made.is_staff, made.must_change_password) == (False, False, True)
    assert made.password != "x"


def test_closing_an_account_signs_the_person_out(sign_in, cast):
    li = Client()
    li.post("/login/", {"username": "li", "password": PASSWORD})
    data = {"name": "李医生", "profession": "gp", "institution": cast.institution_a.pk, **INLINE}
    answer = sign_in(cast.zhou).post(f"{PEOPLE}{cast.li.pk}/change/", data)
    assert answer.status_code == 302
    cast.li.refresh_from_db()
    assert not cast.li.is_active
    assert not cast.li.sessions.exists()
    assert outcomes()[-1] == ("ended", "li", "zhou")


def test_nobody_closes_his_own_account(sign_in, cast):
    data = {"name": "周科长", "profession": "gp", "institution": cast.hospital.pk, **INLINE}
    answer = sign_in(cast.zhou).post(f"{PEOPLE}{cast.zhou.pk}/change/", data)
    assert "不能停用自己的账号" in answer.content.decode()
    cast.zhou.refresh_from_db()
    assert cast.zhou.is_active
    assert cast.zhou.institution is None


def verb(browser: Client, who: User, name: str):
    return browser.post(f"{PEOPLE}{who.pk}/{name}/")


def test_reset_gives_a_new_first_password_and_lifts_the_lock(sign_in, cast):
    for _ in range(5):
        Client().post("/login/", {"username": "li", "password": "Wrong@password1"})
    browser = sign_in(cast.zhou)
    page = browser.get(f"{PEOPLE}{cast.li.pk}/reset-password/")
    assert "原密码立即失效" in page.content.decode()
    cast.li.refresh_from_db()
    assert cast.li.check_password(PASSWORD)
    password = verb(browser, cast.li, "reset-password").context_data["password"]
    assert not AccessAttempt.objects.exists()
    assert outcomes()[-1] == ("reset", "li", "zhou")
    fresh = Client()
    assert fresh.post("/login/", {"username": "li", "password": PASSWORD}).status_code == 200
    assert fresh.post("/login/", {"username": "li", "password": password}).status_code == 302
    assert fresh.get(reverse("account")).url.startswith("/account/password/")


def test_unlock_lets_the_person_try_again_and_is_logged(sign_in, cast):
    device = TOTPDevice.objects.create(user=cast.li, name="手机", throttling_failure_count=9)
    for _ in range(5):
        Client().post("/login/", {"username": "li", "password": "Wrong@password1"})
    assert verb(sign_in(cast.xu), cast.li, "unlock").status_code == 302
    assert Client().post("/login/", {"username": "li", "password": PASSWORD}).status_code == 302
    assert ("unlocked", "li", "xu") in outcomes()
    device.refresh_from_db()
    assert device.throttling_failure_count == 0


def test_end_sessions_signs_out_everywhere(sign_in, cast):
    li = Client()
    li.post("/login/", {"username": "li", "password": PASSWORD})
    verb(sign_in(cast.zhou), cast.li, "end-sessions")
    assert li.get(reverse("account")).status_code == 302
    assert outcomes()[-1] == ("ended", "li", "zhou")


def test_lost_phone_is_forgotten(sign_in, cast):
    TOTPDevice.objects.create(user=cast.li, name="手机")
    verb(sign_in(cast.zhou), cast.li, "reset-code")
    assert not TOTPDevice.objects.exists()
    assert outcomes()[-1] == ("otp_reset", "li", "zhou")


@pytest.mark.parametrize("name", ["reset-password", "reset-code"])
def test_one_s_own_account_is_not_reset_here(sign_in, cast, name):
    TOTPDevice.objects.create(user=cast.zhou, name="手机")
    answer = sign_in(cast.zhou).post(f"{PEOPLE}{cast.zhou.pk}/{name}/", follow=True)
    assert "不能在这里重置" in answer.content.decode()
    cast.zhou.refresh_from_db()
    assert cast.zhou.check_password(PASSWORD)
    assert TOTPDevice.objects.exists()


@pytest.mark.parametrize("name", ["reset-password", "unlock", "end-sessions", "reset-code"])
def test_verbs_are_for_account_managers_inside_their_scope(sign_in, cast, name):
    assert verb(sign_in(cast.qian), cast.li, name).status_code == 403
    assert verb(sign_in(cast.he), cast.li, name).status_code == 403
    stranger = UserFactory()
    assert verb(sign_in(cast.zhou), stranger, name).status_code == 404
    assert LoginRecord.objects.count() == 0


def test_nobody_manages_an_account_that_reaches_further_than_his_own(sign_in, cast):
    """A township's officer must not climb by resetting the password of the district's."""
    local = UserFactory(username="local", institution=cast.institution_a)
    RoleAssignmentFactory(user=local, role="bureau", area_code="371002001")
    User.objects.filter(pk=cast.zhou.pk).update(institution=cast.institution_a)
    browser = sign_in(local)
    assert browser.get(f"{PEOPLE}{cast.zhou.pk}/change/").status_code == 200
    assert verb(browser, cast.zhou, "reset-password").status_code == 403
    data = {"name": "改名", "profession": "gp", "institution": cast.institution_a.pk, **INLINE}
    assert browser.post(f"{PEOPLE}{cast.zhou.pk}/change/", data).status_code == 403
    assert verb(browser, cast.li, "reset-password").status_code == 200


def role(cast, **fields) -> dict:
    data = {"user": cast.li.pk, "role": "street", "institution": "", "area_code": "371002001", "ends_on": ""}
    return data | {"starts_on": timezone.localdate().isoformat()} | fields


def test_role_is_given_and_later_ended(sign_in, cast):
    browser = sign_in(cast.zhou)
    assert browser.post(f"{ROLES}add/", role(cast)).status_code == 302
    given = RoleAssignment.objects.get(user=cast.li)
    today = timezone.localdate()
    answer = browser.post(f"{ROLES}{given.pk}/change/", {"ends_on": today.isoformat(), "role": "bureau"})
    assert answer.status_code == 302
    given.refresh_from_db()
    assert (given.role, given.ends_on) == ("street", today)
    assert RoleAssignment.history.rel.related_model.objects.filter(pgh_obj=given).count() == 2


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"role": "institution_steward"}, "institution"),
        ({"area_code": ""}, "area_code"),
        ({"area_code": "430202"}, "area_code"),
        ({"area_code": "37100"}, "area_code"),
        ({"role": "sentinel", "area_code": "37100200100101"}, "role"),
        ({"role": "team_leader"}, "role"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "2099-01-02", "ends_on": "2099-01-01"}, "ends_on"),
    ],
)
def test_faults_of_a_role_are_said_at_the_field(sign_in, cast, fields, where):
    answer = sign_in(cast.zhou).post(f"{ROLES}add/", role(cast, **fields))
    assert answer.status_code == 200
    assert where in answer.context_data["adminform"].form.errors
    assert not RoleAssignment.objects.filter(user=cast.li).exists()


def test_second_steward_of_an_institution_is_refused(sign_in, cast):
    fields = {"role": "institution_steward", "institution": cast.institution_a.pk, "area_code": ""}
    answer = sign_in(cast.zhou).post(f"{ROLES}add/", role(cast, **fields))
    assert "已有家医管家" in answer.content.decode()


def test_nobody_gives_himself_a_role_or_keeps_one_alive(sign_in, cast):
    browser = sign_in(cast.xu)
    answer = browser.post(f"{ROLES}add/", role(cast, user=cast.xu.pk, role="bureau", area_code="371002"))
    assert "不能给自己任命角色" in answer.content.decode()
    own = cast.xu.role_assignments.get()
    answer = browser.post(f"{ROLES}{own.pk}/change/", {"ends_on": "2099-01-01"})
    assert "不能变更自己的角色" in answer.content.decode()


def test_role_of_a_posting_is_changed_with_the_posting(sign_in, cast):
    posted = cast.sun.role_assignments.get()
    browser = sign_in(cast.zhou)
    assert browser.get(f"{ROLES}{posted.pk}/change/").status_code == 200
    assert browser.post(f"{ROLES}{posted.pk}/change/", {"ends_on": "2099-01-01"}).status_code == 403


def test_role_that_is_over_stays_as_it_was(sign_in, cast):
    over = RoleAssignmentFactory(user=cast.li, role="street", area_code="371002001", ends_on="2026-01-31")
    answer = sign_in(cast.zhou).post(f"{ROLES}{over.pk}/change/", {"ends_on": "2099-01-01"})
    assert "已经结束" in answer.content.decode()


def test_street_sees_colleagues_and_changes_nothing(sign_in, cast):
    browser = sign_in(cast.he)
    page = browser.get(PEOPLE).content.decode()
    assert "李医生" in page
    assert "赵医生" not in page
    assert browser.post(f"{PEOPLE}{cast.li.pk}/change/", {"name": "改名", **INLINE}).status_code == 403


def test_changes_to_a_person_are_kept_in_history_but_signing_in_is_not(cast):
    past = User.history.rel.related_model.objects.filter(pgh_obj=cast.li)
    before = past.count()
    Client().post("/login/", {"username": "li", "password": PASSWORD})
    assert past.count() == before
    User.objects.filter(pk=cast.li.pk).update(phone="13911112222")
    assert past.count() == before + 1
    assert not hasattr(past.model, "password")


def test_people_list_costs_the_same_however_many_there_are(sign_in, cast, django_assert_max_num_queries):
    UserFactory.create_batch(30, institution=cast.institution_a)
    browser = sign_in(cast.zhou)
    with django_assert_max_num_queries(20):
        assert browser.get(PEOPLE).status_code == 200


def test_auditor_reads_the_login_log_of_his_area_and_tries_at_unknown_names(sign_in, cast):
    stranger = UserFactory(username="stranger")
    LoginRecord.objects.create(username="stranger", user=stranger, outcome="in")
    for name in ("li", "nobody"):
        Client().post("/login/", {"username": name, "password": "Wrong@password1"})
    browser = sign_in(cast.shen)
    page = browser.get("/admin/teams/loginrecord/").content.decode()
    assert "no***" in page
    assert "李医生" in page
    assert "stranger" not in page
    record = LoginRecord.objects.filter(user=cast.li).get()
    assert browser.get(f"/admin/teams/loginrecord/{record.pk}/change/").status_code == 200
    assert browser.post(f"/admin/teams/loginrecord/{record.pk}/change/", {"username": "x"}).status_code == 403
    assert sign_in(cast.zhou).get("/admin/teams/loginrecord/").status_code == 403


def test_auditor_finds_who_looked_at_a_person(sign_in, cast):
    from core.models import ReadLog

    for who, ids in ((cast.li, [41, 42]), (cast.wang, [43])):
        ReadLog.objects.create(
            user_id=who.pk, user_name=who.username, action="view", subject="resident", subject_ids=ids
        )
    browser = sign_in(cast.shen)
    rows = browser.get("/admin/core/readlog/?q=42").context_data["cl"].result_list
    assert [row.user_name for row in rows] == ["li"]
    rows = browser.get("/admin/core/readlog/?q=wang").context_data["cl"].result_list
    assert [row.subject_ids for row in rows] == [[43]]
