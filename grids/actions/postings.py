"""Naming the people who work a village or a grid, with or without an account (S2-4 to S2-6, S3-8)."""

from datetime import date

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from grids.choices import VILLAGE_POSTS, AreaLevel, PostingRole, SentinelOrigin
from grids.models import Area, Grid, Posting
from teams.choices import Role
from teams.models import RoleAssignment, User

# Posts whose holder may sign in, and as what; outside partners (S3-8) have no page of their own.
ROLE_OF_POST = {
    PostingRole.COMMUNITY_STEWARD: Role.COMMUNITY_STEWARD,
    PostingRole.GRID_LEADER: Role.GRID_LEADER,
    PostingRole.SENTINEL: Role.SENTINEL,
}


class CannotAppoint(Refusal):
    """This person may not take up the post like this."""


class CannotEndPosting(Refusal):
    """The post may not end on that day."""


def appoint(
    *, role: str, name: str, starts_on: date, by: User, on: date, grid: Grid | None = None,
    village: Area | None = None, phone: str = "", origin: str = "", user: User | None = None,
    ends_on: date | None = None,
) -> Posting:  # fmt: skip
    """A person takes up a post. With an account, the role that lets him sign in begins in the same transaction.

    Raises:
        CannotAppoint: the wrong kind of place, a closed place, a sentinel without origin, an account for a post that
            has no page, or a second leader or steward at once.
    """
    post = PostingRole(role)
    place = _place_of(post, grid, village)
    _check_place_open(place, starts_on)
    if post == PostingRole.SENTINEL and not origin:
        raise CannotAppoint("origin_missing", "请选择哨兵来源（如专职网格员、楼长）。", field="origin")
    if user and post not in ROLE_OF_POST:
        raise CannotAppoint("no_account", f"{post.label}不使用本系统，请清空登录账号。", field="user")
    with transaction.atomic(), credited_to(by):
        # The place is locked first: two leaders of one grid at once would else wait for each other.
        type(place)._default_manager.select_for_update().get(pk=place.pk)
        with refuse_on(
            Posting, CannotAppoint,
            one_leader_per_grid="grid", one_steward_per_village="village", posting_ends_after_start="ends_on",
        ):  # fmt: skip
            posting = Posting.objects.create(
                role=post, grid=grid, village=village, name=name, phone=phone, user=user,
                origin=origin if post == PostingRole.SENTINEL else SentinelOrigin.NONE,
                starts_on=starts_on, ends_on=ends_on,
            )  # fmt: skip
        if user:
            posting.role_assignment = _role_for(posting, user, starts_on)
            posting.save(update_fields=["role_assignment"])
    return posting


def _place_of(post: PostingRole, grid: Grid | None, village: Area | None) -> Grid | Area:
    if post in VILLAGE_POSTS:
        if village is None or village.level != AreaLevel.VILLAGE:
            raise CannotAppoint("village_missing", f"{post.label}按村居任职，请选择村居。", field="village")
        if grid:
            raise CannotAppoint("grid_given", f"{post.label}按村居任职，请清空网格。", field="grid")
        return village
    if grid is None:
        raise CannotAppoint("grid_missing", f"{post.label}按网格任职，请选择网格。", field="grid")
    if village:
        raise CannotAppoint("village_given", f"{post.label}按网格任职，请清空村居。", field="village")
    return grid


def _check_place_open(place: Grid | Area, day: date) -> None:
    if isinstance(place, Grid) and place.closed_on and place.closed_on <= day:
        raise CannotAppoint("place_closed", f"“{place}”已于 {place.closed_on} 停用。", field="grid")
    if isinstance(place, Area) and place.valid_to and place.valid_to < day:
        raise CannotAppoint("place_closed", f"“{place}”已于 {place.valid_to} 停用。", field="village")


def _role_for(posting: Posting, user: User, starts_on: date) -> RoleAssignment:
    place = posting.grid or posting.village
    return RoleAssignment.objects.create(
        user=user,
        role=ROLE_OF_POST[PostingRole(posting.role)],
        area_code=place.code if place else "",
        starts_on=starts_on,
        ends_on=posting.ends_on,
    )


def amend_posting(*, posting: Posting, name: str, phone: str, origin: str, by: User, on: date) -> Posting:
    """Correct how a person is named and reached; post, place and days stay.

    Raises:
        CannotAppoint: a sentinel without origin.
    """
    with transaction.atomic(), credited_to(by):
        row = Posting.objects.select_for_update().get(pk=posting.pk)
        if row.role == PostingRole.SENTINEL and not origin:
            raise CannotAppoint("origin_missing", "请选择哨兵来源（如专职网格员、楼长）。", field="origin")
        row.name, row.phone = name, phone
        row.origin = origin if row.role == PostingRole.SENTINEL else SentinelOrigin.NONE
        row.save(update_fields=["name", "phone", "origin"])
    return row


def give_account(*, posting: Posting, user: User, by: User, on: date) -> Posting:
    """Let somebody already in post sign in: the role runs from today to the end of the posting.

    Raises:
        CannotAppoint: he has an account, the post is over, or it has no page.
    """
    with transaction.atomic(), credited_to(by):
        row = Posting.objects.select_for_update().get(pk=posting.pk)
        post = PostingRole(row.role)
        if row.user_id:
            raise CannotAppoint(
                "has_account", "该任职已关联账号；换人请先结束任职，再登记新的任职。", field="user"
            )
        if row.ends_on and row.ends_on < on:
            raise CannotAppoint("over", f"该任职已于 {row.ends_on} 结束。", field="user")
        if post not in ROLE_OF_POST:
            raise CannotAppoint("no_account", f"{post.label}不使用本系统，请清空登录账号。", field="user")
        row.user = user
        row.role_assignment = _role_for(row, user, max(on, row.starts_on))
        row.save(update_fields=["user", "role_assignment"])
    return row


def end_posting(*, posting: Posting, ends_on: date, by: User, on: date) -> Posting:
    """The last day in post. The role that came with it ends that day, and so do the person's pairings (S2-7).

    Raises:
        CannotEndPosting: over by then already, or before its first day.
    """
    with transaction.atomic(), credited_to(by):
        row = (
            Posting.objects.select_for_update(of=("self",))
            .select_related("role_assignment")
            .get(pk=posting.pk)
        )
        if row.ends_on and row.ends_on <= ends_on:
            raise CannotEndPosting("ended", f"该任职已于 {row.ends_on} 结束。", field="ends_on")
        if ends_on < row.starts_on:
            raise CannotEndPosting(
                "before_start", f"结束日期不能早于任职开始日期 {row.starts_on}。", field="ends_on"
            )
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        if row.role_assignment:
            _end_role(row.role_assignment, ends_on)
        running = row.pairings.exclude(ends_on__lte=ends_on)
        running.filter(starts_on__gt=ends_on).delete()
        running.update(ends_on=ends_on)
    return row


def _end_role(assignment: RoleAssignment, ends_on: date) -> None:
    """A role given after that day, by ``give_account``, ends on its first day: a row is not erased."""
    assignment.ends_on = max(ends_on, assignment.starts_on)
    assignment.save(update_fields=["ends_on"])
