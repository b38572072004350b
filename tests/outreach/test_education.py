"""Health education: the record beside a visit, the year against the norms, the pages (S2-20, 3.11)."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest

from outreach.actions.education import CannotRecordEducation, EducationFacts, record_education
from outreach.choices import EducationArchive, EducationForm, VisitKind, VisitState
from outreach.models import EducationRecord
from outreach.policy import OutreachPolicy
from outreach.queries.education import institution_education
from outreach.rules.education import months_without, norms
from teams.choices import InstitutionType
from teams.models import Institution
from tests.factories.visits import a_visit

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
POLICY = OutreachPolicy()


class TestRules:
    def test_months_that_are_over(self):
        assert months_without({1, 2, 5}, year=2026, span=1, on=dt.date(2026, 5, 31)) == ["3月", "4月"]
        assert months_without({1, 2}, year=2026, span=1, on=dt.date(2026, 4, 1)) == ["3月"]
        assert len(months_without(set(), year=2025, span=1, on=dt.date(2026, 1, 1))) == 12
        assert months_without(set(), year=2027, span=1, on=dt.date(2026, 12, 31)) == []

    def test_pairs_of_months(self):
        assert months_without({2, 5}, year=2026, span=2, on=dt.date(2026, 8, 31)) == ["3-4月"]
        assert months_without({2, 5}, year=2026, span=2, on=dt.date(2026, 9, 1)) == ["3-4月", "7-8月"]

    def test_every_form_once(self):
        found = norms({"lecture": 12}, {EducationForm.LECTURE: 12, EducationForm.BOARD: 6})
        assert [one.form for one in found] == list(EducationForm)
        assert [one.form for one in found if not one.is_met] == [EducationForm.BOARD]


def facts(**given) -> EducationFacts:
    return EducationFacts(**{"form": EducationForm.LECTURE, "audience": "高血压患者"} | given)


def activity(cast, day=TODAY, **given):
    return a_visit(
        cast.team_a, day, **{"kind": VisitKind.ACTIVITY, "topic": "控盐减压", "place": "社区广场"} | given
    )


def record(cast, visit, by=None, on=TODAY, **given):
    return record_education(by=by or cast.li, on=on, visit=visit, facts=facts(**given))


@pytest.mark.django_db
class TestVerb:
    def test_one_row_a_visit_however_often(self, cast):
        visit = activity(cast)
        record(cast, visit)
        row = record(
            cast, visit, summary="反响好", archives=(EducationArchive.SIGN_IN, EducationArchive.PICTURE)
        )
        assert EducationRecord.objects.get() == row
        assert (row.summary, row.archives) == ("反响好", ["picture", "sign_in"])

    def test_another_team_may_not(self, cast):
        with pytest.raises(CannotRecordEducation) as refused:
            record(cast, activity(cast), by=cast.zhao)
        assert refused.value.code == "visit_other_team"

    @pytest.mark.parametrize(
        ("given", "more", "code"),
        [
            ({"kind": VisitKind.COMMUNITY}, {}, "education_kind"),
            ({"state": VisitState.CANCELLED}, {}, "education_not_held"),
            ({"state": VisitState.MISSED}, {}, "education_not_held"),
            ({"day": TODAY + DAY, "state": VisitState.PLANNED}, {"summary": "好"}, "education_summary_early"),
        ],
    )
    def test_what_cannot_be(self, cast, given, more, code):
        with pytest.raises(CannotRecordEducation) as refused:
            record(cast, activity(cast, **given), **more)
        assert refused.value.code == code
        assert not EducationRecord.objects.exists()

    def test_announced_before_it_is_held(self, cast):
        row = record(cast, activity(cast, day=TODAY + DAY, state=VisitState.PLANNED), phone="06315200001")
        assert row.phone == "06315200001"


@pytest.mark.django_db
class TestYear:
    def rows(self, year=2026):
        return {
            one.institution.name: one
            for one in institution_education(Institution.objects.all(), year=year, on=TODAY, policy=POLICY)
        }

    def test_counts_of_what_was_held(self, cast):
        for month in (1, 2, 2):
            record(cast, activity(cast, day=dt.date(2026, month, 10)))
        record(cast, activity(cast, day=TODAY + DAY, state=VisitState.PLANNED))
        record(cast, activity(cast, day=dt.date(2025, 12, 31)))
        for topic in ("控盐", "控盐", "戒烟"):
            record(cast, activity(cast, topic=topic), form=EducationForm.PRINTED)
        row = self.rows()[cast.institution_a.name]
        counts = {one.form: (one.count, one.need) for one in row.norms}
        assert counts[EducationForm.LECTURE] == (3, 12)
        assert counts[EducationForm.PRINTED] == (2, 12)
        assert counts[EducationForm.CONSULTATION] == (0, 9)
        assert row.without_lecture == tuple(f"{one}月" for one in range(3, 11))
        assert not row.is_met

    def test_stations_are_asked_for_less_hospitals_for_nothing(self, cast):
        cast.institution_b.type = InstitutionType.STATION
        cast.institution_b.save()
        rows = self.rows()
        assert cast.hospital.name not in rows
        needs = {one.form: one.need for one in rows[cast.institution_b.name].norms}
        assert (needs[EducationForm.LECTURE], needs[EducationForm.PRINTED], needs[EducationForm.BOARD]) == (
            6,
            0,
            6,
        )
        assert rows[cast.institution_b.name].without_lecture[0] == "1-2月"

    def test_four_queries(self, cast, django_assert_num_queries):
        for _ in range(4):
            record(cast, activity(cast))
        with django_assert_num_queries(4):
            self.rows()


@pytest.mark.django_db
class TestPages:
    def test_written_from_the_page_of_the_visit(self, noon, cast, sign_in):
        visit, browser = activity(cast, visitors=35), sign_in(cast.li)
        page = browser.get(f"/visits/{visit.pk}/").content.decode()
        assert "这次活动还没有健康教育记录" in page
        assert browser.get(f"/visits/{visit.pk}/education/").status_code == 200
        typed = {
            "form": "lecture",
            "audience": "老年人",
            "archives": ["picture"],
            "content": "第一行\n第二行",
        }
        assert browser.post(f"/visits/{visit.pk}/education/", typed).status_code == 302
        page = browser.get(f"/visits/{visit.pk}/").content.decode()
        assert "健康讲座" in page
        assert "图片材料" in page

    def test_an_archive_that_is_none(self, noon, cast, sign_in):
        visit = activity(cast)
        answer = sign_in(cast.li).post(
            f"/visits/{visit.pk}/education/", {"form": "lecture", "archives": ["vhs"]}
        )
        assert (answer.status_code, EducationRecord.objects.exists()) == (200, False)

    def test_other_teams_find_nothing_and_stewards_do_not_write(self, noon, cast, sign_in):
        visit = activity(cast)
        assert sign_in(cast.zhao).get(f"/visits/{visit.pk}/education/").status_code == 404
        assert sign_in(cast.qian).get(f"/visits/{visit.pk}/education/").status_code == 403
        assert "控盐减压" not in sign_in(cast.zhao).get("/calendars/education/").content.decode()

    def test_the_year_with_what_is_lacking(self, noon, cast, sign_in):
        record(cast, activity(cast, topic="有记录的讲座"))
        activity(cast, topic="没记录的讲座")
        browser = sign_in(cast.qian)
        page = browser.get("/calendars/education/").content.decode()
        assert "有记录的讲座" in page
        assert "没记录的讲座" in page
        page = browser.get("/calendars/education/?lacking=on").content.decode()
        assert "有记录的讲座" not in page
        assert browser.get("/calendars/education/?year=1999").status_code == 200

    def test_sheets(self, noon, cast, sign_in):
        record(cast, activity(cast, visitors=35), materials="折页50份")
        browser = sign_in(cast.qian)
        rows = list(
            openpyxl.load_workbook(
                BytesIO(browser.get("/calendars/education/?export=records").content)
            ).active.values
        )
        assert (rows[3][4], rows[3][8], rows[3][9]) == ("健康讲座", 35, "折页50份")
        rows = list(
            openpyxl.load_workbook(
                BytesIO(browser.get("/calendars/education/?export=norms").content)
            ).active.values
        )
        assert rows[3][:3] == (cast.institution_a.name, 1, 12)

    def test_bounded(self, noon, cast, sign_in, django_assert_max_num_queries):
        for _ in range(12):
            record(cast, activity(cast))
        browser = sign_in(cast.qian)
        browser.get("/calendars/education/")
        with django_assert_max_num_queries(20):
            browser.get("/calendars/education/")
