"""Two mirrored halves of a district, with a row of everything that has a page of its own."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import models
from django.urls import reverse
from django.utils import timezone

from contracts.models import Agreement, AgreementTemplate, ServicePackage, Signature
from core.models import PolicySetting, ReadLog
from grids.choices import PairingLevel, PostingRole
from grids.models import Area, Building, Dwelling, Grid, GridResponsibility, Organization, Pairing, Posting
from residents.actions.roster import stage_roster
from residents.models import Guardian, Household, PopulationFlag, Resident, RosterImport
from residents.policy import policy_on as residents_policy
from teams.choices import Role
from teams.models import (
    Department,
    Institution,
    LoginRecord,
    RoleAssignment,
    Team,
    TeamMembership,
    User,
)
from tests.factories.contracts import sign_agreement
from tests.factories.grids import DwellingFactory, OrganizationFactory, PostingFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory, id_number
from tests.factories.teams import DepartmentFactory, RoleAssignmentFactory, UserFactory
from tests.house.routes import Route

ROLES = (
    "anonymous",
    "system_admin",
    "bureau",
    "street",
    "institution_steward",
    "team_leader",
    "team_member",
    "dedicated_officer",
    "hospital_staff",
    "community_steward",
    "grid_leader",
    "sentinel",
    "auditor",
)

# Whose row a page without the model's name in its URL name shows: beginning of the name -> model.
SHOWN = {
    "team-detail": Team,
    "agreement-": Agreement,
    "resident-": Resident,
    "household-": Household,
    "guardian-add": Resident,
    "flag-add": Resident,
    "guardian-end": Guardian,
    "flag-end": PopulationFlag,
    "roster-": RosterImport,
    "admin:teams_user_": User,
}


@dataclass
class Half:
    """One side of the district: its rows by model, and a marker that stands in every name on it."""

    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    resident: Resident | None = None
    rosters: dict[User, RosterImport] = field(default_factory=dict)

    def _roster_of(self, user: User) -> RosterImport:
        """A roster is seen by whom it was uploaded by, so everybody has his own."""
        if user not in self.rosters:
            village = self.rows[Area]
            line = f"花甲某,{id_number(dt.date(1960, 1, 1), 77)},{village.name}"
            today = timezone.localdate()
            self.rosters[user] = stage_roster(
                file_name="花名册.csv",
                data=f"姓名,身份证号,村居\n{line}\n".encode(),
                policy=residents_policy(today),
                by=user,
                on=today,
            )
        return self.rosters[user]

    def arguments(self, route: Route, user: User | None) -> dict[str, object]:
        """Values for the parameters of a route; a KeyError means: say in SHOWN whose page it is."""
        if not route.params:
            return {}
        model = _model_of(route)
        if model is RosterImport:
            return {route.params[0]: self._roster_of(user or self.rows[User]).pk}
        if model is None:
            return {name: {"url": "no-such-page", "app_label": "teams"}[name] for name in route.params}
        found: dict[str, object] = dict.fromkeys(route.params[:1], self.rows[model].pk)
        if "signature" in route.params:
            found["signature"] = self.rows[Signature].pk
        return found

    def address(self, route: Route, user: User | None) -> str:
        arguments = self.arguments(route, user)
        try:
            return reverse(route.name, kwargs=arguments)
        except Exception:
            path = route.path.replace("(?P<url>.*)$", "no-such-page").lstrip("^")
            for name, value in arguments.items():
                for kind in ("path", "int", "uuid", "str"):
                    path = path.replace(f"<{kind}:{name}>", str(value))
            return f"/{path}"


def _model_of(route: Route) -> type[models.Model] | None:
    for model in MODELS:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        short = f"admin:admin/{model._meta.app_label}/{model._meta.model_name}/"
        if route.name.startswith((stem, short)):
            return model
    if route.is_admin:
        return None
    return next(model for beginning, model in SHOWN.items() if route.name.startswith(beginning))


MODELS = (
    AgreementTemplate,
    Agreement,
    Area,
    Building,
    Department,
    Dwelling,
    Grid,
    GridResponsibility,
    Household,
    Institution,
    LoginRecord,
    Organization,
    Pairing,
    PolicySetting,
    Posting,
    ReadLog,
    Resident,
    RoleAssignment,
    RosterImport,
    ServicePackage,
    TeamMembership,
    Team,
    User,
)


def make_half(cast, district, side: str) -> Half:
    """Side "a" or "b": a signed resident, people, places and logs around team A or team B."""
    grid, village = getattr(district, f"grid_{side}"), getattr(district, f"village_{side}")
    team, institution = getattr(cast, f"team_{side}"), getattr(cast, f"institution_{side}")
    doctor = cast.li if side == "a" else cast.zhao
    colleague = UserFactory(name=f"标记{side}员工", institution=institution)
    resident = ResidentFactory(
        name=f"标记{side}甲某",
        grid=grid,
        managing_team=team,
        address=f"标记{side}路1号",
        born_on=dt.date(1950, 1, 1),
    )
    dwelling = DwellingFactory(building__grid=grid, building__name=f"标记{side}楼")
    posting = PostingFactory(role=PostingRole.GRID_LEADER, grid=grid, name=f"标记{side}网格长")
    agreement = sign_agreement(resident, team, doctor, on=timezone.localdate())
    guardian = Guardian.objects.create(
        resident=resident,
        name=f"标记{side}监护",
        relation="子女",
        phone="13800000000",
        starts_on=dt.date(2020, 1, 1),
    )
    pairing = Pairing.objects.create(
        level=PairingLevel.choices[0][0], user=doctor, posting=posting, starts_on=dt.date(2020, 1, 1)
    )
    read = ReadLog.objects.create(
        user_id=doctor.pk,
        user_name=doctor.username,
        action="view",
        subject="resident",
        subject_ids=[resident.pk],
    )
    found = [
        agreement,
        agreement.template,
        agreement.packages.first(),
        agreement.signatures.first(),
        village,
        dwelling,
        dwelling.building,
        DepartmentFactory(institution=institution, name=f"标记{side}科"),
        grid,
        grid.responsibilities.get(),
        resident.household,
        institution,
        LoginRecord.objects.create(username=doctor.username, user=doctor, outcome="in"),
        OrganizationFactory(grid=grid, name=f"标记{side}学校"),
        pairing,
        PolicySetting.objects.create(
            room="teams", payload={}, in_force_from=timezone.localdate(), source="测试"
        ),
        posting,
        read,
        resident,
        guardian,
        PopulationFlagFactory(resident=resident),
        RoleAssignmentFactory(
            user=colleague, role=Role.DEDICATED_OFFICER, institution=institution, area_code=""
        ),
        team.memberships.get(is_leader=True),
        team,
        colleague,
    ]
    return Half({type(row): row for row in found}, resident)


def people(cast, district) -> dict[str, User | None]:
    """Somebody of side A in every role."""
    return {
        "anonymous": None,
        "system_admin": cast.xu,
        "bureau": cast.zhou,
        "street": cast.he,
        "institution_steward": cast.qian,
        "team_leader": cast.li,
        "team_member": cast.wang,
        "dedicated_officer": _with_role(Role.DEDICATED_OFFICER, institution=cast.institution_a),
        "hospital_staff": _with_role(Role.HOSPITAL_STAFF, institution=cast.hospital),
        "community_steward": _with_role(Role.COMMUNITY_STEWARD, area_code=district.village_a.code),
        "grid_leader": _with_role(Role.GRID_LEADER, area_code=district.grid_a.code),
        "sentinel": cast.sun,
        "auditor": cast.shen,
    }


def _with_role(role: Role, **place: object) -> User:
    user = UserFactory(name=f"职工{role.value}", institution=place.get("institution"))
    RoleAssignmentFactory(user=user, role=role, **{"area_code": "", **place})
    return user
