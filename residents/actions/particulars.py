"""What somebody typed about a person -> values that can be stored, or the refusal of the action that was asked."""

from datetime import date

from core.refusals import Refusal
from core.text import clean, clean_name
from residents.actions.records import refuse_if
from residents.choices import IdKind, Sex
from residents.rules.faults import Fault
from residents.rules.identity import Identity, disagreement, read_document
from residents.rules.phones import is_placeholder, normal_phone


def usable_identity(
    kind: str, number: str, *, sex: int, born_on: date | None, on: date, refusal: type[Refusal]
) -> Identity:
    """The identity to store; without a document sex and birth date must be given."""
    if kind == IdKind.NONE:
        if clean(number):
            raise refusal("number_without_kind", "填写了号码，请同时选择证件类型。", field="id_kind")
        found = Identity("", IdKind.NONE, None, Sex.UNKNOWN)
    else:
        read = read_document(kind, number, on=on)
        if isinstance(read, Fault):
            raise refusal(read.code, read.sentence, field="id_number")
        found = read
    fault = disagreement(found, sex=sex, born_on=born_on)
    refuse_if(fault, refusal, "born_on" if fault and fault.code == "birth_disagrees" else "sex")
    born = found.born_on or _usable_birth(born_on, on, refusal)
    stated = found.sex or sex
    if stated not in (Sex.MALE, Sex.FEMALE):
        raise refusal("sex_missing", "该证件不含性别，请选择男或女。", field="sex")
    return Identity(found.number, found.kind, born, stated)


def _usable_birth(born_on: date | None, on: date, refusal: type[Refusal]) -> date:
    if born_on is None:
        raise refusal("birth_missing", "该证件不含出生日期，请填写出生日期。", field="born_on")
    if born_on > on:
        raise refusal("birth_future", "出生日期还没有到，请核对。", field="born_on")
    return born_on


def usable_name(text: str, refusal: type[Refusal]) -> str:
    name = clean_name(text)
    if not name:
        raise refusal("name_missing", "请填写姓名。", field="name")
    if any(one.isdigit() for one in name):
        raise refusal("name_digits", "姓名中不应有数字，请核对是否填错了栏目。", field="name")
    return name


def usable_phone(text: str, refusal: type[Refusal]) -> str:
    if not clean(text):
        return ""
    phone = normal_phone(text)
    if not phone:
        raise refusal("phone_form", "请填 11 位手机号，或带区号的座机号（如 0631-5231234）。", field="phone")
    if is_placeholder(phone):
        raise refusal("phone_placeholder", "这像是占位号码，请填真实电话；确实没有请留空。", field="phone")
    return phone
