import datetime as dt

import pytest

from residents import actions
from residents.choices import Evidence, LifeStatus, Population
from residents.models import PopulationFlag, ResidentEvent
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, kinds_of


class TestFlags:
    def flag(self, person, cast, kind=Population.HYPERTENSION, evidence=Evidence.SCREENING, since=TODAY):
        return actions.flag_population(
            resident=person,
            kind=kind,
            evidence=evidence,
            starts_on=since,
            policy=POLICY,
            by=cast.li,
            on=TODAY,
        )

    @pytest.mark.parametrize(
        "standing", [Evidence.GRID_REPORT, Evidence.ROSTER, Evidence.SCREENING, Evidence.MEDICAL_RECORD]
    )
    @pytest.mark.parametrize(
        "said", [Evidence.GRID_REPORT, Evidence.ROSTER, Evidence.SCREENING, Evidence.MEDICAL_RECORD]
    )
    def test_lower_evidence_never_overrides_higher(self, cast, person, standing, said):
        self.flag(person, cast, evidence=standing, since=TODAY - 10 * DAY)
        if said < standing:
            with pytest.raises(actions.CannotFlag) as refused:
                self.flag(person, cast, evidence=said)
            assert refused.value.code == "lower_evidence"
        else:
            self.flag(person, cast, evidence=said)
        flag = PopulationFlag.objects.get(resident=person)
        assert flag.evidence == max(said, standing)
        assert flag.starts_on == TODAY - 10 * DAY

    def test_ending_needs_equal_evidence_and_a_reason(self, cast, person):
        flag = self.flag(person, cast, evidence=Evidence.MEDICAL_RECORD, since=TODAY - 10 * DAY)
        for evidence, reason, code in [
            (Evidence.SCREENING, "复查正常", "lower_evidence"),
            (Evidence.MEDICAL_RECORD, " ", "reason_missing"),
        ]:
            with pytest.raises(actions.CannotFlag) as refused:
                actions.unflag_population(flag=flag, evidence=evidence, reason=reason, by=cast.li, on=TODAY)
            assert refused.value.code == code
        ended = actions.unflag_population(
            flag=flag, evidence=Evidence.MEDICAL_RECORD, reason="误诊", by=cast.li, on=TODAY
        )
        assert ended.ends_on == TODAY - DAY
        assert kinds_of(person) == set()
        assert self.flag(person, cast).ends_on is None  # may begin again

    def test_one_that_begins_again_does_not_reach_into_the_one_that_ended(self, cast, person):
        first = self.flag(person, cast, since=TODAY - 30 * DAY)
        actions.unflag_population(
            flag=first, evidence=Evidence.SCREENING, reason="复查正常", by=cast.li, on=TODAY, ends_on=TODAY - 10 * DAY
        )  # fmt: skip
        with pytest.raises(actions.CannotFlag) as refused:
            self.flag(person, cast, since=TODAY - 11 * DAY)
        assert (refused.value.code, refused.value.field) == ("flag_overlap", "starts_on")
        again = self.flag(person, cast, since=TODAY - 9 * DAY)
        with pytest.raises(actions.CannotFlag) as refused:
            actions.amend_flag(
                flag=again, evidence=Evidence.SCREENING, starts_on=TODAY - 20 * DAY, detail="", source="",
                by=cast.li, on=TODAY,
            )  # fmt: skip
        assert refused.value.code == "flag_overlap"

    def test_ended_by_mistake_it_begins_again_the_same_day(self, cast, person):
        first = self.flag(person, cast)
        actions.unflag_population(
            flag=first, evidence=Evidence.SCREENING, reason="误点", by=cast.li, on=TODAY
        )
        assert self.flag(person, cast).starts_on == TODAY

    def test_age_kinds_are_not_set_by_hand(self, cast, person):
        with pytest.raises(actions.CannotFlag) as refused:
            self.flag(person, cast, kind=Population.ELDERLY_65)
        assert refused.value.code == "by_age"

    def test_no_flag_from_tomorrow(self, cast, person):
        with pytest.raises(actions.CannotFlag, match="还没有到"):
            self.flag(person, cast, since=TODAY + DAY)

    def test_restricted_kinds_are_not_named_in_the_events(self, cast, person):
        flag = self.flag(person, cast, kind=Population.SMI)
        actions.unflag_population(flag=flag, evidence=Evidence.SCREENING, reason="x", by=cast.li, on=TODAY)
        notes = " ".join(ResidentEvent.objects.values_list("note", flat=True))
        assert "受限人群标识" in notes
        assert "精神" not in notes


class TestAgeRefresh:
    def test_birthdays_begin_and_end_flags_and_a_second_run_changes_nothing(self, district):
        child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2019, 11, 22))
        near = ResidentFactory(grid=district.grid_a, born_on=dt.date(1961, 12, 31))
        dead = ResidentFactory(
            grid=district.grid_a,
            born_on=dt.date(1940, 1, 1),
            life_status=LifeStatus.DECEASED,
            life_status_on=TODAY,
        )
        actions.refresh_age_flags(policy=POLICY, on=dt.date(2025, 12, 31))
        assert (kinds_of(child), kinds_of(near), kinds_of(dead)) == (
            {Population.CHILD_0_6}, {Population.ELDERLY_60_64}, set(),
        )  # fmt: skip
        done = actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert (done.begun, done.ended) == (1, 2)
        assert (kinds_of(child), kinds_of(near)) == (set(), {Population.ELDERLY_65})
        ended = dict(PopulationFlag.objects.filter(ends_on__isnull=False).values_list("kind", "ends_on"))
        assert ended == {
            Population.CHILD_0_6: dt.date(2026, 11, 21),
            Population.ELDERLY_60_64: dt.date(2025, 12, 31),
        }
        again = actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert (again.begun, again.ended) == (0, 0)

    def test_a_dry_run_only_counts(self, district):
        ResidentFactory(grid=district.grid_a, born_on=dt.date(1940, 1, 1))
        done = actions.refresh_age_flags(policy=POLICY, on=TODAY, dry_run=True)
        assert done.begun == 2
        assert not PopulationFlag.objects.exists()

    def test_what_a_doctor_said_is_left_alone(self, cast, person):
        TestFlags().flag(person, cast)
        actions.refresh_age_flags(policy=POLICY, on=TODAY)
        assert Population.HYPERTENSION in kinds_of(person)
