"""Agreements and the notices about them, from what was signed."""

import base64
from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, AgreementState, DocumentKind, EventKind, PackageKind
from contracts.models import Agreement, AgreementTemplate, Signature
from contracts.parties import HouseMember
from contracts.printing.checklist import boxes, package_line
from contracts.printing.documents import Document, document_of, text_on
from contracts.printing.qr import qr_image
from contracts.queries.agreements import AgreementDetail
from contracts.queries.paper import Consent, Paper
from core.dates import chinese_date

COPIES = ["甲方（签约机构）留存", "乙方（居民）留存"]


def agreement_document(
    paper: Paper, *, on: date, resident_link: str = "", template: AgreementTemplate | None = None
) -> Document:
    """The agreement in two copies, with the text it was signed under (4.2).

    Args:
        resident_link: where the resident sees what was promised to him; drawn as a square code if given.
        template: another text, for looking at a draft.
    """
    agreement = paper.agreement
    return document_of(
        template or agreement.template,
        agreement_values(paper, on=on),
        copies=COPIES,
        paper=paper,
        agreement=agreement,
        a=paper.parties.a,
        b=paper.parties.b,
        head=next((one for one in paper.members if one.is_head), None),
        adults=[consent_line(one) for one in paper.consents if not one.member.needs_guardian],
        wards=[consent_line(one) for one in paper.consents if one.member.needs_guardian],
        boxes=boxes(_populations(paper)),
        packages=[package_line(one, paper.chosen) for one in paper.packages],
        parent_number=parent_number(agreement),
        disease=_disease(paper),
        ink_resident=ink(paper.by_resident),
        ink_doctor=ink(paper.by_doctor),
        qr=qr_image(resident_link),
    )


def agreement_values(paper: Paper, *, on: date) -> dict[str, str]:
    """Every placeholder that an agreement can fill."""
    agreement, a, b = paper.agreement, paper.parties.a, paper.parties.b
    head: HouseMember | None = next((one for one in paper.members if one.is_head), None)
    starts, ends = chinese_date(agreement.starts_on), chinese_date(agreement.ends_on)
    return {
        "机构名称": a.institution,
        "机构地址": a.address,
        "团队名称": a.team,
        "团队长": a.leader.name if a.leader else "",
        "团队电话": a.team_phone or a.phone,
        "服务时间": a.service_times,
        "监督电话": a.complaint_phone or a.phone,
        "打印日期": chinese_date(on),
        "居民姓名": b.name,
        "协议编号": agreement.number,
        "签约医生": a.doctor.name,
        "签约日期": chinese_date(agreement.signed_on),
        "生效日期": starts,
        "到期日期": ends,
        "协议期限": f"{agreement.term_years}年",
        "服务包": "、".join(one.name for one in paper.packages),
        "代表人姓名": b.name if paper.members else "",
        "户主姓名": head.name if head else "",
        "家庭人数": str(len(paper.members)) if paper.members else "",
        "原协议编号": parent_number(agreement),
        "病种": _disease(paper),
        "疗程": f"自{starts}起至{ends}止",
    }


def notices_for(detail: AgreementDetail) -> list[DocumentKind]:
    """The notices that fit how the agreement stands: renewal while it runs, the end once it is over."""
    if detail.agreement.state in (AgreementState.DRAFT, AgreementState.PENDING_CONFIRM):
        return []
    if detail.agreement.state == AgreementState.VOID:
        return [DocumentKind.NOTICE_ENDED]
    return [
        DocumentKind.NOTICE_SIGNED,
        DocumentKind.NOTICE_ENDED if detail.ended else DocumentKind.NOTICE_RENEWAL,
    ]


def notice_document(detail: AgreementDetail, paper: Paper, kind: DocumentKind, *, on: date) -> Document:
    """A notice to the resident, with a slip on which he confirms that he received it."""
    agreement, ended_on = detail.agreement, detail.last_day
    day = {DocumentKind.NOTICE_SIGNED: agreement.signed_on, DocumentKind.NOTICE_ENDED: ended_on}.get(kind, on)
    values = agreement_values(paper, on=on) | {
        "最后有效日": chinese_date(ended_on),
        "终止原因": _end_reason(detail),
    }
    return document_of(
        text_on(kind, on=day),
        values,
        a=paper.parties.a,
        addressee=paper.parties.b.name,
        dated=chinese_date(on),
        number=agreement.number,
    )


def _end_reason(detail: AgreementDetail) -> str:
    if detail.agreement.state == AgreementState.VOID:
        return "协议作废"
    if detail.agreement.state == AgreementState.TRANSFERRED:
        return "转签到其他团队"
    told = next((one for one in detail.events if one.kind == EventKind.TERMINATED and one.reason), None)
    return str(told.get_reason_display()) if told else "协议期限届满"


def parent_number(agreement: Agreement) -> str:
    """The agreement that a supplementary one belongs to."""
    return agreement.parent.number if agreement.parent else ""


@dataclass(frozen=True)
class ConsentLine:
    """A member's consent as it is printed: what is known of it, or space to sign."""

    member: HouseMember
    way: str
    day: str
    ink: str
    number: str


def consent_line(consent: Consent) -> ConsentLine:
    day = chinese_date(consent.on) if consent.on else ""
    return ConsentLine(consent.member, consent.way, day, ink(consent.signature), consent.number)


def _disease(paper: Paper) -> str:
    if paper.agreement.kind != AgreementKind.SUPPLEMENTARY:
        return ""
    named = paper.agreement.disease
    return named or "、".join(one.name for one in paper.packages if one.kind == PackageKind.DISEASE_COURSE)


def _populations(paper: Paper) -> list[str]:
    """Of the resident, or of the whole household, each once."""
    kinds = [one.populations for one in paper.members] if paper.members else [paper.parties.b.populations]
    return list(dict.fromkeys(kind for some in kinds for kind in some))


def ink(signature: Signature | None) -> str:
    """A finger signature as a picture inside the page; "" for one on paper, or none: a line to sign on is drawn."""
    if signature is None or not signature.image:
        return ""
    return "data:image/png;base64," + base64.b64encode(bytes(signature.image)).decode()
