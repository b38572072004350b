"""Who stands in a household agreement and how each of them agreed; what a course of treatment adds (4.7, S0-11, S1-12)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from contracts.choices import ConsentWay, SignerParty, SignMode
from contracts.rules import Objection
from contracts.rules.packages import Case, Suits, object_to_package
from contracts.rules.signing import Promise, Terms, object_to_days, predecessor
from core.dates import chinese_date

if TYPE_CHECKING:
    from contracts.policy import ContractsPolicy

OWN_WAYS = (ConsentWay.SIGNED, ConsentWay.IN_PERSON, ConsentWay.BY_PHONE)


@dataclass(frozen=True)
class Consenting:
    """How one person joins.

    Attributes:
        name: masked; sentences name him by it.
        party: who agrees for him: himself, or his guardian.
        way: empty if nobody asked him.
        has_image: his own signature, or his guardian's, was drawn.
    """

    resident: int
    name: str
    party: SignerParty
    way: ConsentWay | str = ""
    guardian_name: str = ""
    has_image: bool = False

    def field(self, part: str) -> str:
        """The field of a household's form that speaks of this person."""
        return f"m{self.resident}-{part}"


@dataclass(frozen=True)
class House:
    """A household as it stands: its present members, its head among them, if it has one."""

    present: Collection[int]
    head: int | None
    is_open: bool = True


def object_to_house(house: House) -> Objection | None:
    """A household that can sign at all: open, somebody lives in it, one of them is its head."""
    if not house.is_open or not house.present:
        return Objection("household_closed", "该家庭已销户或没有在册成员，不能签家庭协议。")
    if house.head is None:
        return Objection("head_missing", "该家庭还没有户主，请先在家庭页面指定户主，再签家庭协议。")
    return None


def object_to_company(
    members: Sequence[int], house: House, *, left_out: Collection[int], policy: "ContractsPolicy"
) -> Objection | None:
    """Each once, all of this household, its head among them unless he cannot be signed, and enough of them.

    Args:
        left_out: present members who cannot be signed now, whatever they wish.
    """
    if len(set(members)) != len(members):
        return Objection("member_twice", "同一位家庭成员只能列一次，请刷新页面后重选。", "members")
    if not set(members) <= set(house.present):
        return Objection("not_in_household", "所选人员中有的已不在该家庭，请刷新页面后重选。", "members")
    if house.head not in members and house.head not in left_out:
        return Objection(
            "head_not_member", "户主须参加家庭协议；户主不签的，请为其他成员分别签个人协议。", "members"
        )
    if len(members) >= policy.family_min_members:
        return None
    if policy.allow_single_person_family and len(house.present) == len(members) == 1:
        return None
    least = policy.family_min_members
    single = "独居居民请签个人协议。" if not policy.allow_single_person_family else ""
    return Objection(
        "too_few_members", f"家庭协议至少覆盖{least}位家庭成员，请勾选同意签约的成员。{single}", "members"
    )


def object_to_representative(
    representative: int, party: SignerParty, members: Collection[int]
) -> Objection | None:
    """One of those who sign, of age, and with capacity of his own (4.7)."""
    if representative not in members:
        return Objection(
            "representative_not_member", "家庭代表须是本协议覆盖的家庭成员，请重选。", "representative"
        )
    if party != SignerParty.RESIDENT:
        return Objection(
            "representative_incapable",
            "家庭代表须是能自己签约的成年人；未成年人和有监护人的成员不能做代表，请重选。",
            "representative",
        )
    return None


def object_to_consent(
    one: Consenting, *, mode: SignMode, is_representative: bool, policy: "ContractsPolicy"
) -> Objection | None:
    """Nobody is signed without knowing: an adult agrees himself, a ward's guardian in his place (4.7, P2)."""
    if one.party == SignerParty.GUARDIAN:
        return _object_to_guardian(one)
    if is_representative:  # his own signature stands under the agreement
        return None
    if not one.way and not policy.family_each_adult_consent:
        return None
    if one.way not in OWN_WAYS:
        sentence = f"{one.name}是成年人，须本人同意：请选本人签名、当面同意或电话同意；不同意的请取消勾选。"
        return Objection("consent_missing", sentence, one.field("consent"))
    if one.way == ConsentWay.SIGNED and mode == SignMode.ELECTRONIC and not one.has_image:
        sentence = f"缺少{one.name}的签名；不在场的，请改选当面同意或电话同意。"
        return Objection("consent_missing", sentence, one.field("signature"))
    return None


def _object_to_guardian(one: Consenting) -> Objection | None:
    if one.way == ConsentWay.GUARDIAN and one.guardian_name:
        return None
    sentence = f"{one.name}未成年或已登记监护人，须由监护人同意，请填写监护人姓名。"
    return Objection("guardian_missing", sentence, one.field("guardian_name"))


def object_to_signatures(
    given: Collection[SignerParty], *, mode: SignMode, with_image: Collection[SignerParty]
) -> Objection | None:
    """The representative and the doctor, each once; electronically each with an image (4.6)."""
    sides = (
        (SignerParty.RESIDENT, "家庭代表", "representative_signature"),
        (SignerParty.DOCTOR, "家庭医生", "doctor_signature"),
    )
    for party, who, field in sides:
        if party not in given or (mode == SignMode.ELECTRONIC and party not in with_image):
            return Objection("signature_missing", f"缺少{who}签名，请签名后再提交。", field)
    if len(given) != 2:
        return Objection("signers_wrong", "家庭协议由家庭代表与家庭医生签名，不能由其他人代签。")
    return None


def household_predecessor(
    promises: Mapping[int, Sequence[Promise]], *, team_id: int, starts_on: date, grace_days: int
) -> Promise | None:
    """The agreement that a household's new one continues: the one that most of its members come from.

    Args:
        promises: member -> his enrolments that are not void.
    """
    found = [
        predecessor(one, team_id=team_id, starts_on=starts_on, grace_days=grace_days)
        for one in promises.values()
    ]
    counted = Counter(one.agreement_id for one in found if one)
    known = [one for one in found if one]
    return max(
        known, key=lambda one: (counted[one.agreement_id], one.ends_on, one.agreement_id), default=None
    )


def object_for_anybody(name: str, suits: Suits, cases: Sequence[Case]) -> Objection | None:
    """A package is for an agreement if it is for one of the persons in it; else the reason that comes closest."""
    found = [object_to_package(name, suits, one) for one in cases]
    objections = [one for one in found if one]
    if len(objections) < len(cases):
        return None
    nearest = next((one for one in objections if one.code != "package_population"), objections[0])
    if len(cases) == 1:
        return nearest
    return replace(nearest, sentence=nearest.sentence.replace("该居民", "签约的家庭成员"))


@dataclass(frozen=True)
class Course:
    """A supplementary agreement asked for: signed when, from when, for how many days, against what."""

    signed_on: date
    starts_on: date
    days: int
    disease: str

    @property
    def ends_on(self) -> date:
        """The last day in force."""
        return self.starts_on + timedelta(days=self.days - 1)


def object_to_course(
    course: Course, *, parent_starts_on: date, parent_ends_on: date, on: date, policy: "ContractsPolicy"
) -> Objection | None:
    """Named, at least a day long, and inside the term of the agreement it belongs to (S0-9).

    Args:
        parent_starts_on: first day of the person's own enrolment in the main agreement; parent_ends_on: his last.
    """
    if not course.disease:
        return Objection("disease_missing", "请填写补充协议针对的病种。", "disease")
    if course.days < 1:
        return Objection("course_length", "疗程至少1天，请重新填写。", "days")
    objection = object_to_days(Terms(course.signed_on, course.starts_on, 0), on=on, policy=policy)
    if objection:
        return objection
    if course.starts_on < parent_starts_on:
        first = chinese_date(parent_starts_on)
        return Objection("outside_parent", f"补充协议不能早于主协议生效日{first}开始。", "starts_on")
    if course.ends_on > parent_ends_on:
        last, asked = chinese_date(parent_ends_on), chinese_date(course.ends_on)
        sentence = f"主协议有效至{last}，疗程要到{asked}才结束；请提前开始、缩短疗程，或先续签主协议。"
        return Objection("outside_parent", sentence, "days")
    return None


def object_to_proofs(fingerprints: Sequence[str], held: Collection[str], *, most: int) -> Objection | None:
    """Pictures of evidence: none twice, no more than an agreement keeps.

    Args:
        held: fingerprints of what the agreement has already.
    """
    if len(set(fingerprints)) != len(fingerprints) or set(fingerprints) & set(held):
        return Objection("evidence_repeated", "有的图片已经提交过，请去掉重复的图片。", "evidence")
    if len(fingerprints) + len(held) > most:
        left = max(most - len(held), 0)
        return Objection(
            "evidence_too_many", f"每份协议最多保存{most}张凭证图片，现在还可以提交{left}张。", "evidence"
        )
    return None
