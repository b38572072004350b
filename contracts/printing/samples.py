"""A made-up resident and team, to look at a text before it comes into force. Nothing is stored."""

from datetime import UTC, date, datetime

from contracts.choices import (
    LETTERS,
    AgreementKind,
    AgreementState,
    DocumentKind,
    PackageKind,
    SignChannel,
    SignMode,
)
from contracts.models import Agreement, AgreementTemplate, ServicePackage
from contracts.parties import HouseMember, Member, Parties, PartyA, PartyB
from contracts.printing.agreements import agreement_document, agreement_values
from contracts.printing.documents import Document, document_of
from contracts.printing.teams import team_values
from contracts.queries.paper import Consent, Paper
from core.dates import chinese_date, term_end
from teams.models import Institution, Team, User

_NUMBER = "FD371099-001-2026-000001-1"
_DOCTOR = Member("李医生", "全科医生", "主治医师", "00000000000", is_leader=True)
_NURSE = Member("王护士", "护士", "护师", "00000000000")
_ADDRESS = "示例路1号"


def sample_document(template: AgreementTemplate, *, on: date) -> Document:
    """A text as it will look, in one copy, with every placeholder of its kind filled."""
    kind = DocumentKind(template.kind)
    if kind in (*LETTERS, DocumentKind.CONTACT_CARD):
        return _of_team(template, on=on)
    if kind in AgreementKind.values:
        return agreement_document(sample_paper(kind, template, on=on), on=on, template=template)
    paper = sample_paper(DocumentKind.INDIVIDUAL, template, on=on)
    values = agreement_values(paper, on=on) | {"最后有效日": chinese_date(on), "终止原因": "居民申请解约"}
    return document_of(
        template,
        values,
        a=paper.parties.a,
        addressee=paper.parties.b.name,
        dated=chinese_date(on),
        number=_NUMBER,
    )


def sample_paper(kind: DocumentKind, template: AgreementTemplate, *, on: date) -> Paper:
    a = PartyA(
        "示例社区卫生服务中心", _ADDRESS, "00000000000", "00000000000", "李医生团队", "00000000000", "周一至周五8:00-17:00",
        _DOCTOR, (_DOCTOR, _NURSE),
    )  # fmt: skip
    b = PartyB(
        "王建国", "男", "1956年3月1日", "居民身份证", "（证件号码）", "00000000000", _ADDRESS, ("高血压患者",)
    )
    is_household = kind == DocumentKind.HOUSEHOLD
    members = _members() if is_household else ()
    packages = [_package(PackageKind.BASIC_FREE, "基础服务包")]
    if kind == DocumentKind.SUPPLEMENTARY:
        packages = [_package(PackageKind.DISEASE_COURSE, "脑卒中康复疗程包")]
    agreement = Agreement(
        number=_NUMBER + ("-S01" if kind == DocumentKind.SUPPLEMENTARY else ""),
        kind=kind.value,
        state=AgreementState.ACTIVE,
        template=template,
        signed_on=on,
        starts_on=on,
        ends_on=term_end(on, 1),
        term_years=1,
        channel=SignChannel.CLINIC_VISIT,
        mode=SignMode.PAPER,
        parent=Agreement(number=_NUMBER) if kind == DocumentKind.SUPPLEMENTARY else None,
        disease="脑卒中" if kind == DocumentKind.SUPPLEMENTARY else "",
        created_by=User(name="李医生"),
        created_at=datetime(on.year, on.month, on.day, 1, tzinfo=UTC),
    )
    consents = tuple(Consent(one) for one in members)
    return Paper(agreement, Parties(a, b, members), packages, None, None, "", members, consents)


def _members() -> tuple[HouseMember, ...]:
    head = HouseMember(
        "王建国",
        "户主",
        "男",
        "1956年3月1日",
        "居民身份证",
        "（证件号码）",
        "00000000000",
        ("高血压患者",),
        is_head=True,
    )
    child = HouseMember(
        "王小明", "孙子、孙女或外孙子、外孙女", "男", "2020年5月1日", "居民身份证", "（证件号码）", "", ("0-6岁儿童",),
        needs_guardian=True, guardian_name="王军", guardian_relation="父亲", guardian_phone="00000000000",
    )  # fmt: skip
    return head, child


def _package(kind: PackageKind, name: str) -> ServicePackage:
    return ServicePackage(kind=kind, name=name, items="建立健康档案\n每季度联系一次")


def _of_team(template: AgreementTemplate, *, on: date) -> Document:
    institution = Institution(
        name="示例社区卫生服务中心", address=_ADDRESS, phone="00000000000", complaint_phone="00000000000"
    )
    team = Team(
        name="李医生团队", institution=institution, phone="00000000000", service_times="周一至周五8:00-17:00"
    )
    values = team_values(team, None, on=on) | {"团队长": "李医生"}
    return document_of(
        template, values, team=team, members=[], is_large=True, cards=range(1), dated=chinese_date(on)
    )
