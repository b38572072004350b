"""How the first account of a new installation comes about; afterwards accounts come from accounts."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from core.addresses import Visitor
from core.refusals import Refusal
from teams.actions.accounts import add_person
from teams.choices import Role
from teams.models import AREA_CODE, RoleAssignment, User


class CannotFound(Refusal):
    """There is an administrator already, or the account cannot be made."""


def open_first_account(*, person: User, area_code: str, on: date, at: datetime) -> str:
    """Save the first system administrator of a district.

    Returns:
        The first password. It is shown once and kept nowhere.

    Raises:
        CannotFound: a system administrator is in office, the name is taken, or the code is no area code.
    """
    try:
        AREA_CODE(area_code)
    except ValidationError as error:
        raise CannotFound("bad_area", f"区划代码“{area_code}”不对：{AREA_CODE.message}") from error
    with transaction.atomic():
        in_office = RoleAssignment.objects.active_on(on).filter(role=Role.SYSTEM_ADMIN, user__is_active=True)
        if first := in_office.select_related("user").first():
            raise CannotFound(
                "already_founded", f"已有系统管理员“{first.user.username}”，其他账号请由其在管理端新增。"
            )
        if User.objects.filter(username=person.username).exists():
            raise CannotFound("name_taken", f"登录名“{person.username}”已被使用，请换一个。")
        password = add_person(person=person, by=None, on=on, at=at, visitor=Visitor())
        RoleAssignment.objects.create(user=person, role=Role.SYSTEM_ADMIN, area_code=area_code, starts_on=on)
    return password
