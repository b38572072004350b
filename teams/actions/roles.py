"""Verbs on roles: give one for a place from a day on, and end it."""

from datetime import date

from django.db import transaction

from core.constraints import refuse_on
from core.refusals import Refusal
from teams.choices import AREA_ROLES, Role
from teams.models import Institution, RoleAssignment, User


class CannotAssignRole(Refusal):
    """The role may not be given, or ended, this way."""


def assign_role(
    *,
    user: User,
    role: Role,
    by: User,
    on: date,
    starts_on: date,
    institution: Institution | None = None,
    area_code: str = "",
    ends_on: date | None = None,
) -> RoleAssignment:
    """Give a role for an area or an institution.

    Raises:
        CannotAssignRole: to oneself, for the wrong kind of place, in the past, or while another steward is in office.
    """
    if user.pk == by.pk:
        raise CannotAssignRole("own_role", "不能给自己任命角色，请由另一位管理员办理。", field="user")
    _check_place(role, institution, area_code)
    _check_days(starts_on, ends_on)
    if ends_on is not None and ends_on < on:
        raise CannotAssignRole("ends_in_past", "结束日期已经过去，请填今天或以后的日期。", field="ends_on")
    with transaction.atomic():
        if institution:
            Institution.objects.select_for_update().get(pk=institution.pk)
        with refuse_on(RoleAssignment, CannotAssignRole, one_steward_per_institution="institution"):
            return RoleAssignment.objects.create(
                user=user,
                role=role,
                institution=institution,
                area_code=area_code,
                starts_on=starts_on,
                ends_on=ends_on,
            )


def _check_place(role: Role, institution: Institution | None, area_code: str) -> None:
    if role in AREA_ROLES:
        if not area_code:
            raise CannotAssignRole("area_missing", "这个角色按区划任命，请填写区划编码。", field="area_code")
        if institution:
            raise CannotAssignRole(
                "institution_given", "这个角色按区划任命，请不要选机构。", field="institution"
            )
        return
    if institution is None:
        raise CannotAssignRole("institution_missing", "这个角色按机构任命，请选择机构。", field="institution")
    if area_code:
        raise CannotAssignRole("area_given", "这个角色按机构任命，请不要填区划编码。", field="area_code")


def _check_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise CannotAssignRole("ends_before_start", "结束日期不能早于开始日期。", field="ends_on")


def end_role(*, assignment: RoleAssignment, ends_on: date | None, by: User, on: date) -> RoleAssignment:
    """Set the last day of a role; empty leaves it open. What is over stays as it was.

    Raises:
        CannotAssignRole: one's own role, one that is over, or a day before it began.
    """
    with transaction.atomic():
        row = RoleAssignment.objects.select_for_update().get(pk=assignment.pk)
        if row.user_id == by.pk:
            raise CannotAssignRole("own_role", "不能变更自己的角色，请由另一位管理员办理。", field="ends_on")
        if row.ends_on is not None and row.ends_on < on:
            raise CannotAssignRole("already_over", "此任命已经结束，需要时请新建任命。", field="ends_on")
        _check_days(row.starts_on, ends_on)
        row.ends_on = ends_on
        with refuse_on(RoleAssignment, CannotAssignRole, one_steward_per_institution="ends_on"):
            row.save(update_fields=["ends_on"])
    return row
