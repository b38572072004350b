"""Tiering a person, versions of decision tables, the pages of both."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.urls import reverse

from core.models import ReadLog
from residents import actions
from residents.choices import LifeStatus, RiskColor, RiskKind
from residents.models import RiskScheme, RiskTier
from residents.queries.risk import preview, scheme_on, table_of
from residents.rules.risk_table import as_text, read_text
from tests.factories.residents import ResidentFactory
from tests.factories.risk import ELDER_ANSWERS, elder_tier, ensure_schemes
from tests.residents.conftest import TODAY
from tests.residents.helpers import DAY, events_of, text_of

pytestmark = pytest.mark.usefixtures("today", "schemes")


@pytest.fixture
def schemes(db):
    ensure_schemes()


def stricter() -> str:
    """The elder table with everybody without full vaccination one step worse by the score."""
    table = as_text(table_of(scheme_on(RiskKind.ELDER, TODAY)))
    return table.replace('color = "green"\nwhen = { age = ["under_65", "from_65_to_80"], disease = ["none"] }',
                         'color = "yellow"\nwhen = { age = ["under_65", "from_65_to_80"], disease = ["none"] }')  # fmt: skip


class TestAssessing:
    def test_the_first_version_of_both_tables_is_in_force(self):
        elder, heart = (scheme_on(kind, TODAY) for kind in RiskKind)
        assert (elder.version, elder.in_force_from, heart.version) == (1, dt.date(2022, 12, 9), 1)
        assert scheme_on(RiskKind.ELDER, dt.date(2022, 12, 8)) is None

    def test_a_tier_keeps_its_reason_its_version_and_what_it_was_judged_from(self, cast, person):
        tier = elder_tier(person, "yellow", cast.li, TODAY)
        assert (tier.color, tier.starts_on, tier.ends_on) == (RiskColor.YELLOW, TODAY, None)
        assert tier.scheme == scheme_on(RiskKind.ELDER, TODAY)
        assert tier.inputs == {"age": "from_65_to_80", "disease": "stable", "vaccination": "none"}
        assert tier.explained == "符合第 4 条：65 至 80 岁，基础疾病稳定，未全程接种"
        assert events_of(person) == ["risk_tiered"]

    def test_a_new_assessment_ends_the_former_one_the_day_before(self, cast, person):
        elder_tier(person, "green", cast.li, TODAY - 30 * DAY)
        elder_tier(person, "red", cast.li, TODAY)
        rows = RiskTier.objects.order_by("starts_on").values_list("color", "starts_on", "ends_on")
        assert list(rows) == [("green", TODAY - 30 * DAY, TODAY - DAY), ("red", TODAY, None)]

    def test_a_second_assessment_of_the_day_corrects_the_first(self, cast, person):
        first = elder_tier(person, "green", cast.li, TODAY)
        second = elder_tier(person, "red", cast.li, TODAY)
        assert (first.pk, second.color) == (second.pk, "red")
        former = second.history.get()
        assert (former.color, former.pgh_context.metadata["user"]) == ("green", cast.li.pk)

    def test_the_kinds_run_beside_each_other(self, cast, person):
        elder_tier(person, "green", cast.li, TODAY)
        answers = {
            "event": "none", "pressure": "grade3", "diabetes": "no", "lipids": "no", "smoking": "no", "control": "met",
        }  # fmt: skip
        actions.assess_risk(
            resident=person, kind=RiskKind.CARDIOVASCULAR, answers=answers, by=cast.li, on=TODAY
        )
        running = RiskTier.objects.running().order_by("kind").values_list("kind", "color")
        assert list(running) == [("cardiovascular", "red"), ("elder", "green")]

    @pytest.mark.parametrize(
        ("changes", "answers", "code"),
        [
            ({}, {"disease": "none"}, "missing_vaccination"),
            ({"born_on": None}, ELDER_ANSWERS["green"], "age_unknown"),
            ({"life_status": LifeStatus.DECEASED, "life_status_on": TODAY}, ELDER_ANSWERS["green"], "not_present"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_assessed(self, cast, person, changes, answers, code):
        type(person).objects.filter(pk=person.pk).update(**changes)
        with pytest.raises(actions.CannotAssess) as refused:
            actions.assess_risk(resident=person, kind=RiskKind.ELDER, answers=answers, by=cast.li, on=TODAY)
        assert refused.value.code == code
        assert not RiskTier.objects.exists()

    def test_nothing_is_assessed_before_a_table_is_in_force(self, cast, person):
        with pytest.raises(actions.CannotAssess, match="没有生效"):
            actions.assess_risk(
                resident=person, kind=RiskKind.ELDER, answers={}, by=cast.li, on=dt.date(2022, 1, 1)
            )


class TestVersions:
    def publish(self, by, text=None, **changes):
        facts = {
            "kind": RiskKind.ELDER,
            "text": text or stricter(),
            "source": "卫健局通知",
            "in_force_from": TODAY,
        }
        return actions.publish_scheme(**facts | changes, by=by, on=TODAY)

    def test_a_new_version_holds_from_its_day(self, cast):
        scheme = self.publish(cast.zhou, in_force_from=TODAY + DAY)
        assert scheme.version == 2
        assert scheme_on(RiskKind.ELDER, TODAY).version == 1
        assert scheme_on(RiskKind.ELDER, TODAY + DAY) == scheme

    def test_former_tiers_stay_until_somebody_assesses_again(self, cast, person):
        tier = elder_tier(person, "green", cast.li, TODAY - DAY)
        self.publish(cast.zhou)
        tier.refresh_from_db()
        assert (tier.color, tier.scheme.version) == ("green", 1)
        assert elder_tier(person, "green", cast.li, TODAY).color == "yellow"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"text": "title ="}, "risk_table"),
            ({"source": " "}, "source_missing"),
            ({"in_force_from": TODAY - DAY}, "in_the_past"),
        ],
    )
    def test_what_cannot_be_published(self, cast, changes, code):
        with pytest.raises(actions.CannotPublishScheme) as refused:
            self.publish(cast.zhou, **changes)
        assert refused.value.code == code

    def test_the_same_table_again_is_no_version(self, cast):
        self.publish(cast.zhou)
        with pytest.raises(actions.CannotPublishScheme, match="相同"):
            self.publish(cast.zhou)

    @pytest.mark.parametrize("verb", ["update", "delete"])
    def test_a_version_is_never_changed(self, verb):
        rows = RiskScheme.objects.filter(version=1)
        with pytest.raises(Error), transaction.atomic():
            rows.update(source="别的") if verb == "update" else rows.delete()

    def test_the_preview_counts_who_would_change(self, cast, district, person, django_assert_num_queries):
        elder_tier(person, "green", cast.li, TODAY)
        for color in ("green", "red"):
            elder_tier(ResidentFactory(grid=district.grid_a), color, cast.li, TODAY)
        broken = elder_tier(ResidentFactory(grid=district.grid_a), "red", cast.li, TODAY)
        RiskTier.objects.filter(pk=broken.pk).update(inputs={})
        table = read_text(stricter())
        with django_assert_num_queries(1):
            found = preview(RiskKind.ELDER, table, on=TODAY)
        assert found.moves == {(RiskColor.GREEN, RiskColor.YELLOW): 2}
        assert (found.changed, found.same, found.unanswered) == (2, 1, 1)


class TestPages:
    def test_assessing_on_the_page(self, cast, sign_in, person):
        client, address = sign_in(cast.li), reverse("risk-assess", args=[person.pk, "elder"])
        page = text_of(client.get(address))
        assert "疫苗接种" in page
        assert "80 岁以上，有基础疾病，未全程接种" in page  # the table stands beside the questions
        refused = client.post(address, {"disease": "none"})
        assert "请选择“疫苗接种”" in text_of(refused)
        assert client.post(address, ELDER_ANSWERS["red"]).status_code == 302
        page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert "红（高风险）" in page
        assert "65 至 80 岁，基础疾病不稳定" in page
        assert ReadLog.objects.filter(page="risk-assess").exists()

    def test_out_of_reach_or_of_no_such_kind(self, cast, sign_in, person, neighbor):
        client = sign_in(cast.li)
        for args in ([neighbor.pk, "elder"], [person.pk, "none"]):
            assert client.get(reverse("risk-assess", args=args)).status_code == 404

    def test_the_list_shows_the_color_as_a_word_and_narrows_by_it(self, cast, district, sign_in, person):
        other = ResidentFactory(grid=district.grid_a, name="李春兰")
        elder_tier(person, "red", cast.li, TODAY - DAY)
        elder_tier(person, "yellow", cast.li, TODAY)
        elder_tier(other, "red", cast.li, TODAY)
        client = sign_in(cast.li)
        rows = text_of(client.get(reverse("resident-list"))).split("<tbody>")[1]
        assert (rows.count("红（高风险）"), rows.count("黄（中风险）")) == (1, 1)
        rows = text_of(client.get(reverse("resident-list"), {"tier": "red"})).split("<tbody>")[1]
        assert "李*兰" in rows
        assert "王*国" not in rows

    def test_the_bureau_reads_and_drafts_versions(self, cast, sign_in, person):
        elder_tier(person, "green", cast.li, TODAY)
        client, add = sign_in(cast.zhou), reverse("admin:residents_riskscheme_add")
        assert "全程接种" in text_of(client.get(add + "?kind=elder"))
        first = RiskScheme.objects.get(kind="elder")
        page = text_of(client.get(reverse("admin:residents_riskscheme_change", args=[first.pk])))
        assert "65 至 80 岁，基础疾病不稳定" in page
        sent = {"kind": "elder", "in_force_from": "2026-12-01", "source": "通知", "text": stricter()}
        preview_page = text_of(client.post(add, sent))
        assert "会改变的 <strong>1</strong> 人" in preview_page
        assert RiskScheme.objects.filter(kind="elder").count() == 1
        assert client.post(add, sent | {"confirm": "1"}).status_code == 302
        assert RiskScheme.objects.filter(kind="elder", version=2, created_by=cast.zhou).exists()

    def test_an_uploaded_table_and_its_fault_come_back_in_the_field(self, cast, sign_in):
        add = reverse("admin:residents_riskscheme_add")
        bad = stricter().replace('color = "yellow"', 'color = "pink"', 1)
        sent = {"kind": "elder", "in_force_from": "2026-12-01", "source": "通知", "text": ""}
        file = SimpleUploadedFile("表.toml", bad.encode())
        page = text_of(sign_in(cast.zhou).post(add, sent | {"file": file}))
        assert "color 应为 green、yellow 或 red" in page
        assert "pink" in page

    def test_only_who_keeps_the_policy_opens_the_tables(self, cast, sign_in):
        for address in ("admin:residents_riskscheme_changelist", "admin:residents_riskscheme_add"):
            assert sign_in(cast.qian).get(reverse(address)).status_code == 403
