"""Nobody forgets the scope: models that can say what is visible, doors that ask them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models

from residents.models import Resident
from teams.admin_base import Scoped
from teams.models import Team, User

ROOT = Path(settings.BASE_DIR)
ROOMS = ("core", "teams", "grids", "residents", "contracts", "care", "outreach", "assessment", "config")
PEOPLE = (Resident, User, Team)

# Rows about people that no door ever loads by themselves, each with its reason.
WITHOUT_SCOPE = {
    "teams.PasswordRecord": "hashes of one's own former passwords, read by the password rule alone",
    "grids.AreaCodeChange": "a public code that was replaced; the person is who entered it",
    "residents.RiskScheme": "a decision table in force for everybody; the person is who issued it",
    "contracts.SigningDraft": "what somebody has typed himself; read and dropped by that person alone",
    "care.RuleTable": "rules in force for everybody; the person is who issued them",
    "residents.HeaderMemory": "a column title; the person is who explained it, and the worker reads it by institution",
    "outreach.Survey": "questions to the whole district; the person is who made it",
    "care.PointRule": "what earns points, in force for everybody; the person is who entered it",
}


def own_models() -> list[type[models.Model]]:
    """Models of our rooms, without the history tables that triggers write."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in ROOMS and not hasattr(model, "pgh_tracked_model")
    ]


def reaches_people(model: type[models.Model], depth: int = 4) -> bool:
    """Whether the model is about a resident, a colleague or a team, by whatever foreign keys."""
    if model in PEOPLE:
        return True
    forward = [field.related_model for field in model._meta.fields if field.is_relation]
    return depth > 0 and any(reaches_people(one, depth - 1) for one in forward if one is not model)


PERSONAL = [model for model in own_models() if reaches_people(model)]


def can_scope(model: type[models.Model]) -> bool:
    return hasattr(model._default_manager, "visible_to")


@pytest.mark.parametrize("model", PERSONAL, ids=lambda model: model._meta.label)
def test_models_about_people_say_what_is_visible(model):
    assert can_scope(model) != (model._meta.label in WITHOUT_SCOPE)


def test_the_list_of_exceptions_names_only_such_models():
    assert set(WITHOUT_SCOPE) <= {model._meta.label for model in PERSONAL}


def test_the_rule_finds_the_models_that_matter():
    found = {model.__name__ for model in PERSONAL}
    assert {
        "Resident",
        "PopulationFlag",
        "Agreement",
        "Enrollment",
        "Signature",
        "LoginRecord",
        "Posting",
    } <= found
    assert "Area" not in found


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model", [one for one in own_models() if can_scope(one)], ids=lambda one: one._meta.label
)
def test_somebody_without_a_role_sees_nothing(model, half_a):
    from tests.factories.teams import UserFactory

    nobody = UserFactory()
    visible = model._default_manager.visible_to(nobody)
    assert not visible.exclude(pk=nobody.pk).exists() if model is User else not visible.exists()


# Pages that see to it themselves, since they show more than visible_to, or a log without foreign keys.
SCOPED_BY_HAND = {"grids.Grid", "core.ReadLog"}


@pytest.mark.django_db
@pytest.mark.parametrize("page", list(admin.site._registry.values()), ids=lambda page: page.model._meta.label)
def test_management_pages_are_scoped(page, rf, half_a):
    from tests.factories.teams import UserFactory

    label = page.model._meta.label
    assert isinstance(page, Scoped)
    assert page.is_scoped == (can_scope(page.model) and label not in SCOPED_BY_HAND)
    for inline in page.inlines:
        assert issubclass(inline, Scoped)
        assert inline.is_scoped == can_scope(inline.model)
    if page.is_scoped or label in SCOPED_BY_HAND:
        request = rf.get("/admin/")
        request.user = UserFactory()
        assert (
            not page.get_queryset(request)
            .exclude(pk=request.user.pk if page.model is User else None)
            .exists()
        )


# Doors: where people come in. Actions and queries below them get rows that a door has loaded.
DOORS = ("views", "admin", "mobile", "public", "api", "forms")
SCOPED_NAMES = {model.__name__ for model in own_models() if can_scope(model)}
# Scoping methods, and ``none``: an empty choice that the form fills with scoped rows.
SCOPING = {"visible_to", "recruitable_by", "assignable_by", "none"}
# What the search below finds and a person has looked at: (door, what) -> why it is right.
SEEN_TO = {
    ("care/views/officers.py", "Handover.objects"): "one's own teams', or what was offered to oneself",
    (
        "care/views/record_changes.py",
        "User.objects",
    ): "who gave the service, added to the colleagues on offer",
    ("care/views/referral_counts.py", "Referral.objects"): "counts of the own places, which name nobody",
    ("care/views/referral_new.py", "Institution.objects"): "one's own institutions, by the scope itself",
    (
        "contracts/forms/deed.py",
        "ServicePackage.objects",
    ): "the packages of the sheet, which offers one's own teams' only",
    (
        "contracts/forms/life.py",
        "ServicePackage.objects",
    ): "the packages on offer for this agreement, as the view read them",
    ("contracts/forms/life.py", "PackageItem.objects"): "the menus of those packages",
    ("contracts/views/life.py", "PackageItem.objects"): "what the agreement shown has chosen",
    ("contracts/views/agreements.py", "Team.objects"): "one's own teams, by the ids of the scope itself",
    ("grids/admin/grids.py", "GridResponsibility.objects"): "narrows rows that are scoped already",
    ("grids/admin/responsibilities.py", "Grid.objects"): "the grid that the form took from assignable_by",
    ("grids/views/teams.py", "Institution.objects"): "institutions of the teams that are shown",
    (
        "residents/views/lists.py",
        "PopulationFlag.objects",
    ): "narrows people who are scoped already, restricted kinds out",
    (
        "residents/forms/places.py",
        "Dwelling.objects",
    ): "by a building among the options, which come from the scope",
    (
        "residents/views/duplicates.py",
        "Resident.objects",
    ): "of a scoped pair, only where it leads; that page scopes again",
    ("residents/views/lists.py", "RiskTier.objects"): "narrows people who are scoped already",
    ("residents/views/people.py", "Team.objects"): "the team that answers for the grid of the resident shown",
    (
        "residents/views/risk.py",
        "RiskTier.objects",
    ): "the running tier of the resident that load() has scoped",
    (
        "outreach/views/proofs.py",
        "MonthlyDisclosure.objects",
    ): "the issue that the view has loaded through its scope",
    (
        "outreach/public/purposes.py",
        "Booking.objects",
    ): "the resident's own bookings, behind his link and second factor",
    (
        "outreach/views/timetables.py",
        "Team.objects",
    ): "teams that may serve the point, which is scoped itself",
    ("outreach/views/timetables.py", "TeamMembership.objects"): "who works in those teams",
    ("outreach/views/timetables.py", "User.objects"): "who works in those teams",
    ("teams/admin/places.py", "TeamMembership.objects"): "the membership that the action has just saved",
}


def doors() -> list[Path]:
    found = []
    for room in ROOMS:
        for name in DOORS:
            found += [ROOT / room / f"{name}.py"] if (ROOT / room / f"{name}.py").exists() else []
            found += sorted((ROOT / room / name).glob("*.py"))
    return found


def unscoped_loads(source: str) -> Iterator[tuple[int, str]]:
    """Lines that load a scoped model without asking who looks.

    ``Model.objects`` must be followed, somewhere in the same chain, by a scoping method; ``get_object_or_404(Model)``
    never is.
    """
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if _is_manager(node) and not SCOPING & set(_chain(node, parents)):
            yield node.lineno, f"{node.value.id}.{node.attr}"
        elif _is_shortcut(node):
            yield node.lineno, f"{node.func.id}({node.args[0].id})"


def _is_manager(node: ast.AST) -> bool:
    is_named_so = isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager")
    return is_named_so and _is_scoped_model(node.value)


def _is_shortcut(node: ast.AST) -> bool:
    """get_object_or_404(Model, ...), get_list_or_404(Model, ...)."""
    is_named_so = isinstance(node, ast.Call) and getattr(node.func, "id", "").startswith("get_")
    return is_named_so and bool(node.args) and _is_scoped_model(node.args[0])


def _is_scoped_model(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in SCOPED_NAMES


def _chain(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """Names of the methods called on the node, one after another; a subquery bound to an outer row counts as scoped."""
    while isinstance(parents.get(node), (ast.Attribute, ast.Call)):
        node = parents[node]
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif any(getattr(getattr(one.value, "func", None), "id", "") == "OuterRef" for one in node.keywords):
            yield "visible_to"


@pytest.mark.parametrize("path", doors(), ids=lambda path: str(path.relative_to(ROOT)))
def test_doors_load_rows_through_the_scope(path):
    name = str(path.relative_to(ROOT))
    assert [found for found in unscoped_loads(path.read_text()) if (name, found[1]) not in SEEN_TO] == []


def test_the_list_of_what_was_looked_at_is_not_longer_than_it_must_be():
    found = {
        (str(path.relative_to(ROOT)), what)
        for path in doors()
        for _, what in unscoped_loads(path.read_text())
    }
    assert set(SEEN_TO) <= found


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("Resident.objects.all()", True),
        ("Resident.objects.filter(pk=pk).first()", True),
        ("rows = Resident.objects", True),
        ("get_object_or_404(Resident, pk=pk)", True),
        ("get_object_or_404(Resident.objects.filter(pk=pk))", True),
        ("Resident.objects.visible_to(user).get(pk=pk)", False),
        ("Resident.objects.present().visible_to(user)", False),
        ("get_object_or_404(Resident.objects.visible_to(user), pk=pk)", False),
        ("User.objects.recruitable_by(user)", False),
        ("ServicePackage.objects.all()", True),
        ("AgreementTemplate.objects.all()", False),
    ],
)
def test_the_search_for_unscoped_loads_finds_them(line, is_found):
    assert bool(list(unscoped_loads(line))) is is_found


def test_there_are_doors_to_look_at():
    assert len(doors()) > 10
