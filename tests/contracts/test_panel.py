"""A doctor's panel: the number, the list behind it, the cap."""

import datetime as dt

import pytest

from contracts.actions.panels import ask_for_places
from contracts.choices import AgreementState, WaitsFor
from contracts.models import Agreement, Enrollment
from contracts.policy import ContractsPolicy
from contracts.queries.panel import panel_enrollments, panel_size, panels
from contracts.rules.panel import object_to_panel
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
LAST = dt.date(2027, 11, 21)


class TestRule:
    def test_up_to_the_cap(self):
        assert object_to_panel(1999, 1, 2000) is None

    def test_one_over_the_cap(self):
        objection = object_to_panel(2000, 1, 2000)
        assert (objection.code, objection.field) == ("panel_full", "doctor")
        assert "已签约2000人" in objection.sentence and "上限2000人" in objection.sentence
        assert "名额已满" in objection.sentence

    def test_a_household_that_does_not_fit_reads_how_many_do(self):
        assert "还可签2人" in object_to_panel(1998, 3, 2000).sentence

    def test_who_is_on_the_panel_goes_on_though_the_cap_was_lowered(self):
        assert object_to_panel(2100, 0, 2000) is None


def _pend(agreement: Agreement) -> None:
    agreement.enrollments.update(state=AgreementState.PENDING_CONFIRM)
    Agreement.objects.filter(pk=agreement.pk).update(
        state=AgreementState.PENDING_CONFIRM, waits_for=WaitsFor.APPROVAL
    )


def _follow(agreement: Agreement) -> Enrollment:
    """A following term of the same person with the same doctor, signed ahead."""
    later = Agreement.objects.get(pk=agreement.pk)
    later.pk, later.number, later.client_token = None, f"{agreement.number}-2", "0" * 32
    later.starts_on, later.ends_on = LAST + dt.timedelta(days=1), LAST.replace(year=2028)
    later.save()
    return Enrollment.objects.create(
        agreement=later, resident=agreement.enrollments.get().resident, state=AgreementState.ACTIVE,
        starts_on=later.starts_on, ends_on=later.ends_on,
    )  # fmt: skip


@pytest.fixture
def signed(cast, district, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def size(cast, on=DAY, without=()):
    """The number, which is always the length of the list."""
    number = panel_size(cast.li, cast.institution_a, on, without)
    listed = panel_enrollments(cast.li, cast.institution_a, on).exclude(resident__in=without)
    assert number == len(listed) == len({one.resident_id for one in listed})
    return number


@pytest.mark.django_db
class TestSize:
    def test_active_and_pending_count(self, cast, district, signed):
        other = sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
        _pend(other)
        assert size(cast) == 2

    def test_the_last_day_counts_and_the_day_after_does_not(self, cast, signed):
        assert size(cast, LAST) == 1
        assert size(cast, LAST + dt.timedelta(days=1)) == 0

    @pytest.mark.parametrize("state", ["expired", "renewed", "terminated", "transferred", "void"])
    def test_what_is_over_does_not_count(self, cast, signed, state):
        signed.enrollments.update(state=state)
        assert size(cast) == 0

    def test_supplementary_promises_do_not_count(self, cast, signed):
        signed.enrollments.update(is_supplementary=True)
        assert size(cast) == 0

    def test_two_terms_of_one_person_count_once_by_the_later(self, cast, signed):
        later = _follow(signed)
        assert size(cast) == 1
        assert list(panel_enrollments(cast.li, cast.institution_a, DAY)) == [later]

    def test_who_is_renewed_is_left_out(self, cast, signed, resident):
        assert size(cast, without=[resident.pk]) == 0

    def test_other_doctors_and_institutions_do_not_count(self, cast, signed):
        assert panel_size(cast.wang, cast.institution_a, DAY) == 0
        assert panel_size(cast.li, cast.institution_b, DAY) == 0

    def test_all_teams_of_the_institution_count(self, cast, district, signed):
        second = TeamFactory(institution=cast.institution_a)
        TeamMembershipFactory(team=second, user=cast.li)
        sign_agreement(ResidentFactory(grid=district.grid_a), second, cast.li, on=DAY)
        assert size(cast) == 2


@pytest.mark.django_db
class TestPlaces:
    def asked(self, cast, residents, cap):
        return ask_for_places(
            doctor=cast.li,
            institution=cast.institution_a,
            residents=[one.pk for one in residents],
            on=DAY,
            policy=ContractsPolicy(max_residents_per_doctor=cap),
        )

    def test_a_newcomer_beyond_the_cap_is_refused(self, cast, district, signed):
        other = ResidentFactory(grid=district.grid_a)
        assert self.asked(cast, [other], 2) is None
        assert self.asked(cast, [other], 1).code == "panel_full"

    def test_a_household_counts_only_its_new_members(self, cast, district, signed, resident):
        other = ResidentFactory(grid=district.grid_a)
        assert self.asked(cast, [resident, other], 2) is None
        assert "新增1人" in self.asked(cast, [resident, other], 1).sentence

    def test_a_renewal_is_never_over_the_cap(self, cast, signed, resident):
        assert self.asked(cast, [resident], 1) is None


@pytest.mark.django_db
class TestPage:
    def test_every_number_is_the_length_of_its_list(self, cast, district, signed, sign_in, today):
        _follow(signed)
        _pend(sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY))
        page = sign_in(cast.qian).get("/panels/")
        (panel,) = [one for one in page.context["panels"] if one.doctor == cast.li]
        shown = sign_in(cast.qian).get(f"/panels/{cast.institution_a.pk}/{cast.li.pk}/")
        assert panel.count == len(shown.context["page"].rows) == shown.context["panel"].count == 2
        assert "待确认" in shown.content.decode()

    def test_names_are_masked(self, cast, signed, sign_in, today):
        text = sign_in(cast.qian).get(f"/panels/{cast.institution_a.pk}/{cast.li.pk}/").content.decode()
        assert "王*国" in text and "王建国" not in text and "13912345678" not in text

    def test_who_belongs_to_a_colleague_s_team_is_counted_and_not_named(
        self, cast, district, signed, sign_in, today
    ):
        second = TeamFactory(institution=cast.institution_a)
        TeamMembershipFactory(team=second, user=cast.li)
        sign_agreement(ResidentFactory(grid=district.grid_b), second, cast.li, on=DAY)
        page = sign_in(cast.wang).get(f"/panels/{cast.institution_a.pk}/{cast.li.pk}/")
        assert (page.context["panel"].count, page.context["hidden"]) == (2, 1)
        assert len(page.context["page"].rows) == 1

    def test_another_institution_is_not_there(self, cast, sign_in, today):
        page = sign_in(cast.wang)
        assert page.get(f"/panels/{cast.institution_b.pk}/{cast.zhao.pk}/").status_code == 404
        assert page.get(f"/panels/?institution={cast.institution_b.pk}").status_code == 404
        assert page.get(f"/panels/{cast.institution_a.pk}/{cast.zhao.pk}/").status_code == 404

    def test_queries_do_not_grow_with_the_rows(
        self, cast, district, signed, sign_in, today, django_assert_max_num_queries
    ):
        for _ in range(3):
            doctor = UserFactory(institution=cast.institution_a)
            TeamMembershipFactory(team=cast.team_a, user=doctor)
            sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, doctor, on=DAY)
            sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=DAY)
        browser = sign_in(cast.qian)
        with django_assert_max_num_queries(17):
            browser.get("/panels/")
        with django_assert_max_num_queries(22):
            browser.get(f"/panels/{cast.institution_a.pk}/{cast.li.pk}/")

    def test_who_may_sign_stands_there_with_nobody_too(
        self, cast, district, wording, django_assert_num_queries
    ):
        with django_assert_num_queries(2):
            found = panels(cast.institution_a, [cast.team_a.pk], on=DAY, policy=ContractsPolicy())
        assert [(one.doctor, one.count) for one in found] == [(cast.li, 0)]
