"""Who may be signed, by whom, from when and for how long (4.1, 4.6, S0-8)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from contracts.choices import Signatory, SignerParty, SignMode, WaitsFor
from contracts.rules import Objection
from core.dates import age_on, chinese_date, term_end
from residents.choices import LifeStatus

if TYPE_CHECKING:
    from contracts.policy import ContractsPolicy


@dataclass(frozen=True)
class Terms:
    """Signed when, from when, for how many years; ``is_first`` unless it follows an agreement with the same team."""

    signed_on: date
    starts_on: date
    years: int
    is_first: bool = True

    @property
    def ends_on(self) -> date:
        """The last day in force."""
        return term_end(self.starts_on, self.years)


def years_allowed(is_first: bool, policy: "ContractsPolicy") -> range:
    """First term one year in principle; a renewal may run longer (S0-8)."""
    return range(1, (policy.first_term_years if is_first else policy.renewal_max_years) + 1)


def object_to_terms(terms: Terms, *, on: date, policy: "ContractsPolicy") -> Objection | None:
    """Dates and length: signed within the days allowed for late entry, begun soon after, not too long."""
    objection = object_to_days(terms, on=on, policy=policy)
    if objection:
        return objection
    allowed = years_allowed(terms.is_first, policy)
    if terms.years not in allowed:
        what = "首次签约" if terms.is_first else "续签"
        return Objection("term_length", f"{what}期限最长{allowed[-1]}年，请重选期限。", "term_years")
    return None


def object_to_days(terms: Terms, *, on: date, policy: "ContractsPolicy") -> Objection | None:
    """Signed today or within the days allowed for late entry, with approval if need be; begun soon after (4.6)."""
    most = max(policy.backdate_days, policy.backdate_most_days)
    earliest = on - timedelta(days=most)
    if terms.signed_on > on:
        return Objection("signed_in_future", "签约日期不能晚于今天。", "signed_on")
    if terms.signed_on < earliest:
        return Objection(
            "backdated_too_far",
            f"补录签约最多往前{most}天，签约日期不能早于{chinese_date(earliest)}。",
            "signed_on",
        )
    if terms.starts_on < terms.signed_on:
        return Objection("starts_before_signing", "生效日期不能早于签约日期。", "starts_on")
    # The next term is signed before the running one ends, and begins only after it.
    days = policy.forward_days if terms.is_first else max(policy.forward_days, policy.renewal_notice_days + 1)
    latest = terms.signed_on + timedelta(days=days)
    if terms.starts_on > latest:
        return Objection("starts_too_late", f"生效日期不能晚于{chinese_date(latest)}。", "starts_on")
    return None


def waits_for(signed_on: date, mode: str, *, on: date, policy: "ContractsPolicy") -> WaitsFor | None:
    """Whose word is missing before it is in force: late entry is approved first, then the resident confirms (4.6, P2)."""
    if signed_on < on - timedelta(days=policy.backdate_days):
        return WaitsFor.APPROVAL
    return after_approval(mode, policy)


def after_approval(mode: str, policy: "ContractsPolicy") -> WaitsFor | None:
    """A signature on a screen is confirmed by the resident himself where the district asks for it."""
    return WaitsFor.RESIDENT if policy.resident_confirms and mode == SignMode.ELECTRONIC else None


@dataclass(frozen=True)
class Person:
    """What signing asks of a resident's registry entry."""

    life_status: LifeStatus
    life_status_on: date | None
    born_on: date | None
    has_guardian: bool = False


@dataclass(frozen=True)
class Promise:
    """An enrolment that is not void: which team, from when, until when (last day in force).

    ``is_ended``: terminated or transferred for that last day, so that only its own days are taken.
    """

    agreement_id: int
    team_id: int
    team: str
    starts_on: date
    ends_on: date
    is_ended: bool = False


_ABSENT = {
    LifeStatus.DECEASED: "该居民已登记死亡{since}，不能签约。登记有误的，请先更正居民状态。",
    LifeStatus.MOVED_OUT: "该居民已登记迁出{since}，不能签约。已迁回的，请先恢复居民状态。",
    LifeStatus.LOST: "该居民已登记失访{since}，不能签约。重新联系上的，请先恢复居民状态。",
}


def object_to_person(person: Person) -> Objection | None:
    """Only a resident who is present can be signed."""
    if person.life_status == LifeStatus.PRESENT:
        return None
    since = f"（{chinese_date(person.life_status_on)}）" if person.life_status_on else ""
    return Objection(f"resident_{person.life_status}", _ABSENT[person.life_status].format(since=since))


def object_to_overlap(
    promises: Sequence[Promise],
    *,
    team_id: int | None,
    starts_on: date,
    ends_on: date,
    on: date,
    notice_days: int,
) -> Objection | None:
    """One person, one team at a time: nothing may run now, nor share a day with the new term.

    The same team may sign the next term from ``notice_days`` before the end; it begins the day after (4.6).
    """
    for one in promises:
        until, first = chinese_date(one.ends_on), one.ends_on + timedelta(days=1)
        if one.ends_on >= on and not one.is_ended:
            objection = _object_to_running(one, team_id, starts_on, on=on, notice_days=notice_days)
            if objection:
                return objection
        elif one.starts_on <= ends_on and one.ends_on >= starts_on:
            return Objection(
                "overlap",
                f"该居民与“{one.team}”的协议有效至{until}，新协议最早从{chinese_date(first)}起生效。",
                "starts_on",
            )
    return None


def _object_to_running(
    one: Promise, team_id: int | None, starts_on: date, *, on: date, notice_days: int
) -> Objection | None:
    until, first = chinese_date(one.ends_on), one.ends_on + timedelta(days=1)
    if one.team_id != team_id:
        return Objection(
            "overlap",
            f"该居民已由“{one.team}”签约，协议有效至{until}，不能重复签约；需要更换团队的，请办理转签。",
        )
    opens_on = one.ends_on - timedelta(days=notice_days)
    if on < opens_on:
        return Objection(
            "overlap",
            f"该居民已由本团队签约，协议有效至{until}，不能重复签约；{chinese_date(opens_on)}起可以续签。",
        )
    if starts_on != first:
        return Objection(
            "renewal_start",
            f"该居民与本团队的协议有效至{until}，续签须从次日{chinese_date(first)}起生效。",
            "starts_on",
        )
    return None


def next_start(promises: Sequence[Promise], *, team_id: int | None, on: date, notice_days: int) -> date:
    """From when this team could sign on that day: at once, or the day after its own agreement if that is due."""
    own = [one for one in promises if one.team_id == team_id and one.ends_on >= on and not one.is_ended]
    last = max((one.ends_on for one in own), default=None)
    is_due = last is not None and on >= last - timedelta(days=notice_days)
    return last + timedelta(days=1) if last and is_due else on


def predecessor(
    promises: Sequence[Promise], *, team_id: int, starts_on: date, grace_days: int
) -> Promise | None:
    """The agreement that a new one continues: same team, and a gap no longer than the days of grace (4.6)."""
    oldest = starts_on - timedelta(days=grace_days + 1)
    own = [one for one in promises if one.team_id == team_id and oldest <= one.ends_on < starts_on]
    return max(own, key=lambda one: one.ends_on, default=None)


def resident_party(person: Person, *, on: date, minor_age: int) -> SignerParty:
    """A minor, or a person with a registered guardian, does not sign for himself (Civil Code art. 17 to 23)."""
    is_minor = person.born_on is not None and age_on(person.born_on, on) < minor_age
    return SignerParty.GUARDIAN if is_minor or person.has_guardian else SignerParty.RESIDENT


def object_to_signers(
    needed: SignerParty,
    given: Collection[SignerParty],
    *,
    mode: SignMode,
    with_image: Collection[SignerParty],
) -> Objection | None:
    """Both sides sign, each once; electronically each with an image (4.6)."""
    if needed == SignerParty.GUARDIAN and needed not in given:
        return Objection(
            "guardian_missing",
            "该居民未成年或已登记监护人，须由监护人签名，请填写监护人姓名并请监护人签名。",
            "guardian_name",
        )
    for party, field in ((needed, "resident_signature"), (SignerParty.DOCTOR, "doctor_signature")):
        if party not in given or (mode == SignMode.ELECTRONIC and party not in with_image):
            return Objection("signature_missing", f"缺少{party.label}签名，请签名后再提交。", field)
    if len(given) != 2:
        return Objection("signers_wrong", f"本协议由{needed.label}与家庭医生签名，不能由其他人代签。")
    return None


def object_to_signatory(signatory: str, policy: "ContractsPolicy") -> Objection | None:
    """The district decides whether teams, named doctors or both sign (S0-7)."""
    if signatory in policy.signatories:
        return None
    allowed = "、".join(str(Signatory(one).label) for one in policy.signatories)
    return Objection("signatory", f"本区家庭医生协议的签约主体为{allowed}，请重选。", "signatory")


def object_to_team(*, is_active: bool, is_signer_in_team: bool) -> Objection | None:
    """An active team, and a person who works in it today or stewards its institution."""
    if not is_active:
        return Objection("team_not_active", "所选团队在签约日期不在服务期内，请选其他团队。", "doctor")
    if not is_signer_in_team:
        return Objection(
            "not_own_team", "只能为自己所在的团队签约；机构家医管家可为本机构的团队签约。", "doctor"
        )
    return None


def object_to_doctor(profession: str | None, policy: "ContractsPolicy") -> Objection | None:
    """The signing doctor stands in the team on the day of signing, on a post that may sign (S3-3)."""
    if profession is None:
        return Objection("doctor_not_in_team", "所选医生在签约日期不是该团队成员，请重选签约医生。", "doctor")
    if profession not in policy.signing_professions:
        return Objection("doctor_post", "签约医生须由团队的全科、中医或专科医师担任，请重选。", "doctor")
    return None


def object_to_packages(codes: Sequence[str], *, all_enabled: bool) -> Objection | None:
    """At least one package, each once, none withdrawn."""
    if not codes:
        return Objection("no_package", "请至少选择一个服务包。", "packages")
    if not all_enabled:
        return Objection("package_withdrawn", "所选服务包中有的已停用，请刷新页面后重选。", "packages")
    if len(set(codes)) != len(codes):
        return Objection("package_twice", "同一服务包只能选一个版本，请重选。", "packages")
    return None


@dataclass(frozen=True)
class Menu:
    """What a package lets choose: ids of what always comes with it, and of what is chosen."""

    name: str
    required: Collection[int] = ()
    optional: Collection[int] = ()


def object_to_choice(menus: Sequence[Menu], chosen: Collection[int]) -> Objection | None:
    """Only what a package offers for choice, and something of each that is a menu and nothing else (S0-16)."""
    offered = {each for one in menus for each in one.optional}
    if not set(chosen) <= offered or len(set(chosen)) != len(chosen):
        return Objection("chosen_wrong", "所选服务不在所选服务包的菜单里，请重新选择。", "chosen")
    for one in menus:
        if one.optional and not one.required and not set(chosen) & set(one.optional):
            return Objection("menu_empty", f"请从“{one.name}”的菜单中至少选择一项服务。", "chosen")
    return None


def object_to_offer(*, has_doctor: bool, has_package: bool) -> Objection | None:
    """What must stand before anybody can be signed: a doctor who may sign, a package to promise."""
    if not has_doctor:
        return Objection(
            "no_doctor", "您所在的团队还没有可作为签约医生的成员，请机构家医管家先在管理端维护团队成员。"
        )
    if not has_package:
        return Objection("no_package_offered", "目前没有可选用的服务包，请区卫健局先在管理端维护服务包。")
    return None
