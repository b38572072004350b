"""What stands on paper, kind by kind, with the names that life brings."""

import dataclasses
import time
from decimal import Decimal

import pytest

from contracts.choices import LETTERS, NOTICES, AgreementState, DocumentKind, PackageKind
from contracts.models import AgreementTemplate, ServicePackage, Signature
from contracts.parties import HouseMember
from contracts.printing.agreements import agreement_document, ink, parent_number
from contracts.printing.answers import bare_page
from contracts.printing.checklist import boxes, package_line
from contracts.printing.documents import document_of
from contracts.printing.placeholders import BLANK, names_in, object_to_text
from contracts.printing.qr import qr_image
from contracts.printing.samples import sample_document
from contracts.queries.paper import Consent
from contracts.wording import TITLES
from residents.choices import RESTRICTED, Population
from tests.contracts.printing.conftest import DAY, paper, shipped
from tests.factories.contracts import png

KINDS = list(DocumentKind)
ATTACK = "<script>alert(1)</script><img src=http://x/ onerror=x>{{协议编号}}"


def html(document) -> str:
    return bare_page(document)[0]


def squeezed(text: str) -> str:
    return "".join(text.split())


# --- the shipped texts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_ships_with_a_text_that_could_be_published(kind):
    text = shipped(kind)
    assert object_to_text(kind, text.title) == ""
    assert object_to_text(kind, text.body) == ""
    assert len(text.title) <= 60
    assert set(TITLES) == {one.value for one in DocumentKind}


@pytest.mark.parametrize("kind", [DocumentKind.HOUSEHOLD, DocumentKind.SUPPLEMENTARY])
def test_agreements_say_that_it_is_no_emergency_care_what_the_risk_is_and_what_data_are_for(kind):
    body = shipped(kind).body
    for words in ("签约服务不是急救服务", "120", "医疗风险", "同意甲方", "一式两份", "解"):
        assert words in body


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_with_its_text(kind, to_pdf):
    document = sample_document(shipped(kind), on=DAY)
    began = time.perf_counter()
    made = to_pdf(document)
    print(
        f"\n{kind.label}: {len(made.pages)} pages, {len(made.raw):,} bytes, {time.perf_counter() - began:.2f} s"
    )
    assert squeezed(document.pieces[0][1])[:30] in made.text
    assert "{{" not in made.text
    assert bare_page(document)[1] == ""


@pytest.mark.parametrize("kind", [*NOTICES, *LETTERS])
def test_official_letters_have_a_red_head_and_fit_two_pages(kind, to_pdf):
    document = sample_document(shipped(kind), on=DAY)
    assert 'class="doc doc-official' in html(document)
    assert 'class="doc-letterhead' in html(document)
    assert len(to_pdf(document).pages) <= 2


# --- agreements -------------------------------------------------------------------------------------------------


def test_an_individual_agreement_shows_both_sides_twice(to_pdf):
    text = to_pdf(agreement_document(paper(), on=DAY)).text
    for words in ("王建国", "李医生团队", "附一：服务包清单", "附二：团队成员", "监督电话", "首次签约"):
        assert text.count(words) >= 2
    assert "自2026年11月22日起至2027年11月21日止，共1年" in text


def test_a_household_of_thirty(to_pdf):
    one = paper(DocumentKind.HOUSEHOLD)
    members = tuple(
        HouseMember(
            f"成员{n:02d}", "户主" if n == 0 else "子", "男", "1980年1月1日", "居民身份证", f"{n:018d}", "", (),
            is_head=n == 0, needs_guardian=n >= 25, guardian_name="成员00", guardian_relation="父亲",
        )
        for n in range(30)
    )  # fmt: skip
    consents = tuple(Consent(m) for m in members)
    crowd = agreement_document(dataclasses.replace(one, members=members, consents=consents), on=DAY)
    began = time.perf_counter()
    made = to_pdf(crowd)
    print(
        f"\nhousehold of 30: {len(made.pages)} pages, {len(made.raw):,} bytes, {time.perf_counter() - began:.2f} s"
    )
    for n in range(30):
        assert made.text.count(f"{n:018d}") == 2
        assert made.text.count(f"成员{n:02d}") >= 4
    page = html(crowd)
    assert page.count("不同意</td>") == 2 * 30
    assert page.count("成员00（父亲）") == 2 * 5
    assert "签约人数</th><td>30人" in page


def test_a_consent_that_is_known_is_printed_and_none_is_claimed():
    one = paper(DocumentKind.HOUSEHOLD)
    head, child = one.members
    known = Consent(head, "本人签名", DAY, Signature(image=png(), sha256="x"))
    page = html(agreement_document(dataclasses.replace(one, consents=(known, Consent(child))), on=DAY))
    assert page.count("同意（本人签名）") == 2
    assert page.count("2026年11月22日</td>") == 2
    assert page.count("data:image/png;base64,") == 2
    assert page.count("不同意</td>") == 2


def test_a_supplementary_agreement_names_parent_disease_and_course():
    one = paper(DocumentKind.SUPPLEMENTARY)
    page = html(agreement_document(one, on=DAY))
    assert one.agreement.number == "FD371099-001-2026-000001-1-S01"
    assert "<td>FD371099-001-2026-000001-1</td>" in page
    assert '<td colspan="3">脑卒中</td>' in page
    assert "针对的疾病（专项）为：脑卒中。" in page
    assert "自2026年11月22日起至2027年11月21日止" in page
    assert parent_number(paper().agreement) == ""


def test_markup_in_names_is_text(to_pdf):
    one = paper()
    b = dataclasses.replace(one.parties.b, name=ATTACK, address="=HYPERLINK(1)", guardian_name=ATTACK)
    a = dataclasses.replace(one.parties.a, team=ATTACK)
    attacked = dataclasses.replace(one, parties=dataclasses.replace(one.parties, a=a, b=b))
    document = agreement_document(attacked, on=DAY)
    page = html(document)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    text = to_pdf(document).text
    assert "<script>alert(1)</script>" in text
    assert "{{协议编号}}" in text
    assert "=HYPERLINK(1)" in text


def test_a_value_cannot_make_itself_a_heading():
    text = AgreementTemplate(kind="individual", version=1, title="标题", body="{{居民姓名}}")
    document = document_of(text, {"居民姓名": "甲\n\n## 乙"})
    assert document.pieces == [("text", "甲\n\n## 乙")]


def test_a_long_name_is_broken_and_not_cut(to_pdf):
    one = paper(DocumentKind.HOUSEHOLD)
    name = "阿卜杜勒热合曼" * 8
    latin = "Wolfeschlegelsteinhausenbergerdorff" * 2
    members = tuple(dataclasses.replace(m, name=name, phone=latin) for m in one.members)
    made = to_pdf(agreement_document(dataclasses.replace(one, members=members), on=DAY))
    assert name in made.text
    assert latin in made.text


def test_a_signature_is_drawn_and_a_missing_one_leaves_a_line():
    one = paper()
    none = html(agreement_document(one, on=DAY))
    assert none.count('class="paper-blank"') == 4
    signed = dataclasses.replace(one, by_doctor=Signature(image=png(), sha256="x"), by_resident=Signature())
    page = html(agreement_document(signed, on=DAY))
    assert page.count("data:image/png;base64,") == 2
    assert page.count('class="paper-blank"') == 2
    assert ink(Signature(image=b"")) == ""


def test_an_ended_agreement_says_so_on_top():
    ended = dataclasses.replace(paper(), ended="本协议已解约，最后有效日为2026年11月22日。")
    assert html(agreement_document(ended, on=DAY)).count("本协议已解约") == 2


def test_the_code_is_drawn_only_for_a_link(to_pdf):
    assert qr_image("") == ""
    link = "https://example.invalid/p/abc"
    with_link = agreement_document(paper(), on=DAY, resident_link=link)
    assert html(with_link).count("data:image/svg+xml") == 2
    assert link not in html(with_link)
    assert "扫码查看" in to_pdf(with_link).text
    assert "二维码" not in html(agreement_document(paper(), on=DAY))


def test_a_character_outside_the_font_is_named_at_the_foot(to_pdf):
    one = paper()
    b = dataclasses.replace(one.parties.b, name="王𣇉")
    rare = agreement_document(dataclasses.replace(one, parties=dataclasses.replace(one.parties, b=b)), on=DAY)
    page, missing = bare_page(rare)
    assert missing == "𣇉"
    assert "“𣇉”由其他字体代印" in page
    assert to_pdf(rare).raw.startswith(b"%PDF")


def test_what_is_not_known_leaves_a_line_to_write_on():
    one = paper()
    a = dataclasses.replace(one.parties.a, service_times="")
    text = AgreementTemplate(kind="individual", version=1, title="标题", body="时间{{服务时间}}")
    bare = dataclasses.replace(one, parties=dataclasses.replace(one.parties, a=a))
    assert agreement_document(bare, on=DAY, template=text).pieces == [("text", f"时间{BLANK}")]


# --- boxes and packages -----------------------------------------------------------------------------------------


def test_boxes_of_the_population():
    held = [str(Population.HYPERTENSION.label), str(Population.ELDERLY_80.label), str(Population.COPD.label)]
    ticked = [one.label for one in boxes(held) if one.is_ticked]
    assert ticked == ["65岁及以上老年人", "高血压", "其他：慢阻肺患者"]
    assert [one.label for one in boxes([]) if one.is_ticked] == ["一般人群"]


def test_no_box_tells_a_restricted_diagnosis():
    assert not {str(kind.label) for kind in RESTRICTED} & {one.label for one in boxes([])}


def test_prices_and_who_pays():
    free = package_line(
        ServicePackage(
            name="基础", kind=PackageKind.BASIC_FREE, items="甲\n（可选）乙，每年1次\n（可选）丙，每年1次"
        ),
        {"乙"},
    )
    assert (free.price, free.payers, free.items) == ("免费", [], ["甲", "乙，每年1次"])
    split = package_line(
        ServicePackage(
            name="疗程", kind=PackageKind.DISEASE_COURSE, items="甲", price_yuan=Decimal("680"), discount_yuan=Decimal(80),
            fund_yuan=Decimal(100), insurance_yuan=Decimal("300.5"), individual_yuan=Decimal("199.50"),
            waives_registration_fee=True,
        ),
        (),
    )  # fmt: skip
    assert split.price == "680元/疗程"
    assert split.payers == ["优惠80元", "公卫经费100元", "医保基金300.50元", "个人199.50元", "免挂号费"]


def test_the_sample_fills_every_placeholder_of_its_kind():
    for kind in KINDS:
        text = AgreementTemplate(
            kind=kind, version=1, title="标题", body="\n\n".join(f"{{{{{one}}}}}" for one in _allowed(kind))
        )
        document = sample_document(text, on=DAY)
        assert names_in("".join(words for _, words in document.pieces)) == []
        assert BLANK not in "".join(words for _, words in document.pieces)


def _allowed(kind):
    from contracts.printing.placeholders import ALLOWED

    return ALLOWED[kind]


def test_samples_are_never_stored():
    one = paper()
    assert one.agreement.pk is None
    assert one.agreement.state == AgreementState.ACTIVE
