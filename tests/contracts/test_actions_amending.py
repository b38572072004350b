import datetime as dt

import pytest

from contracts.actions import Amendment, CannotAmend, amend, publish_package, terminate
from contracts.choices import EventKind, SignChannel
from contracts.models import ChosenItem, EnrolledPackage, PackageItem
from contracts.parties import loads
from contracts.policy import ContractsPolicy
from contracts.queries.agreements import agreement_detail
from contracts.queries.amending import paper_differences
from contracts.queries.paper import paper_of
from residents.choices import Population
from residents.models import Resident
from tests.factories.contracts import (
    NOON,
    draft_package,
    family,
    household_signed,
    package,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import PopulationFlagFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY)


def change(agreement, by, **changes):
    asked = {
        "channel": agreement.channel,
        "disease": agreement.disease,
        "packages": tuple(agreement.packages.all()),
        "chosen": tuple(PackageItem.objects.filter(pk__in=agreement.chosen.values("content"))),
        "corrected": frozenset(),
        "is_agreed": True,
        "reason": "录入有误",
    }
    return amend(by=by, on=DAY, agreement=agreement, wanted=Amendment(**asked | changes))


def refused(agreement, by, **changes):
    with pytest.raises(CannotAmend) as caught:
        change(agreement, by, **changes)
    assert not agreement.events.filter(kind=EventKind.AMENDED).exists()
    return caught.value.code, caught.value.field


def note(agreement):
    return agreement.events.get(kind=EventKind.AMENDED).note


def test_a_wrong_channel_is_corrected(cast, agreement):
    change(agreement, cast.wang, channel=SignChannel.HOME_VISIT_WEEKLY)
    agreement.refresh_from_db()
    assert agreement.channel == SignChannel.HOME_VISIT_WEEKLY
    assert note(agreement) == "签约渠道由“门诊或住院就诊时”更正为“团队每周入户”；原因：录入有误"
    assert agreement.history.filter(channel=SignChannel.CLINIC_VISIT).exists()


def test_a_typo_is_copied_from_the_registry_without_a_full_name(cast, resident, agreement):
    Resident.objects.filter(pk=resident.pk).update(name="王建民")
    (found,) = paper_differences(agreement, on=DAY)
    assert (found.key, found.before, found.after) == ("b.name", "王*国", "王*民")
    change(agreement, cast.li, corrected=frozenset({"b.name", "b.phone"}))
    agreement.refresh_from_db()
    assert loads(agreement.as_signed).b.name == "王建民"
    assert note(agreement) == "姓名由“王*国”更正为“王*民”；原因：录入有误"
    assert paper_differences(agreement, on=DAY) == []


def test_packages_change_with_the_residents_word(cast, resident, agreement):
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION)
    wanted = (package(), package("hypertension"))
    assert refused(agreement, cast.li, packages=wanted, is_agreed=False) == ("agreement_missing", "agreed")
    change(agreement, cast.li, packages=wanted, reason="新确诊")
    own = EnrolledPackage.objects.filter(enrollment__agreement=agreement)
    assert set(own.values_list("package__code", flat=True)) == {"basic", "hypertension"}
    assert note(agreement).startswith("服务包：增加“")
    assert note(agreement).endswith("；居民同意；原因：新确诊")
    change(agreement, cast.li, packages=(package(),), reason="居民不要了")
    assert set(own.values_list("package__code", flat=True)) == {"basic"}


def test_a_restricted_package_is_not_named_in_the_story(cast, resident, agreement):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    change(agreement, cast.li, packages=(package(), package("severe_mental")))
    assert "精神" not in note(agreement)


def test_a_package_that_is_for_nobody_here_is_refused(cast, agreement):
    told = refused(agreement, cast.li, packages=(package(), package("hypertension")))
    assert told == ("package_population", "packages")


def test_what_a_family_chose_may_change(cast, district, wording):
    menu = PackageItem.objects.filter(package=package("family_menu"), is_required=False).in_order()
    first, second = menu[0], menu[1]
    made = household_signed(
        family(district.grid_a), cast.team_a, cast.li, on=DAY,
        packages=[package(), package("family_menu")], chosen=[first],
    )  # fmt: skip
    assert refused(made, cast.li, chosen=()) == ("menu_empty", "chosen")
    change(made, cast.li, chosen=(second,))
    assert [one.content for one in ChosenItem.objects.filter(agreement=made)] == [second]
    assert f"增加“{second.item.name}”，取消“{first.item.name}”" in note(made)


def test_the_disease_of_a_supplement_is_corrected(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=DAY)
    change(course, cast.li, disease="腰椎间盘突出")
    course.refresh_from_db()
    assert (course.disease, note(course)) == (
        "腰椎间盘突出",
        "病种由“腰痛”更正为“腰椎间盘突出”；原因：录入有误",
    )


def test_the_paper_shows_what_changed(cast, agreement):
    change(agreement, cast.li, channel=SignChannel.HOME_VISIT_WEEKLY)
    detail = agreement_detail(
        type(agreement).objects.all(), agreement.pk, on=DAY, policy=ContractsPolicy(), sees_restricted=True
    )
    (one,) = paper_of(detail).amendments
    assert "签约渠道" in one.note


def test_what_is_refused(cast, agreement):
    assert refused(agreement, cast.li) == ("nothing_changed", "")
    assert refused(agreement, cast.li, channel=SignChannel.NURSING_HOME, reason=" ") == (
        "reason_missing", "reason",
    )  # fmt: skip
    assert refused(agreement, cast.zhao, channel=SignChannel.NURSING_HOME)[0] == "not_own_team"
    assert refused(agreement, cast.li, packages=())[0] == "no_package"
    terminate(
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=agreement, reason="moved_out", last_day=DAY
    )  # fmt: skip
    assert refused(agreement, cast.li, channel=SignChannel.NURSING_HOME)[0] == "wrong_state"


def test_a_service_of_a_restricted_package_is_not_named(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    items = ("regular_contact", "education_material")
    menu = draft_package("smi_menu", by=cast.zhou, items=items, populations=["smi"])
    menu.contents.update(is_required=False)
    menu = publish_package(package=menu, valid_from=DAY, by=cast.zhou, on=DAY)
    both = list(menu.contents.in_order())
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, packages=[package(), menu], chosen=both
    )
    change(agreement, cast.li, chosen=tuple(both[:1]))
    assert "取消“专项服务" in note(agreement)
    assert both[1].item.name not in note(agreement)
