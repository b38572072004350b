"""Two mirrored halves of a district, with a row of everything that has a page of its own."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import models
from django.urls import reverse
from django.utils import timezone

from care.models import PointGoods, PointRule, RuleTable
from contracts.actions import (
    Done,
    Proof,
    add_evidence,
    fulfill,
    link_for_paper,
    raise_dispute,
    request_doctor,
)
from contracts.choices import EvidenceKind, ProofKind
from contracts.models import (
    Agreement,
    AgreementTemplate,
    Dispute,
    DoctorRequest,
    Fulfillment,
    FulfilmentStandard,
    HomeCareLabel,
    MassOperation,
    Refusal,
    ResidentLink,
    ReviewFlag,
    ServiceItem,
    ServicePackage,
    Signature,
    SigningEvidence,
    Transfer,
)
from contracts.policy import policy_on
from contracts.queries.mass import Asked
from core.models import JobRun, PolicySetting, ReadLog, WorkDay
from grids.choices import PairingLevel, PostingRole
from grids.models import Area, Building, Dwelling, Grid, GridResponsibility, Organization, Pairing, Posting
from outreach.models import (
    Digest,
    Evaluation,
    NewTechnique,
    PersonnelChange,
    PolicyNotice,
    PosterRun,
    SeasonEntry,
    SentinelLeave,
)
from residents.actions import merge_residents
from residents.choices import RiskKind
from residents.models import (
    ComparisonLine,
    ContactPhone,
    DuplicatePair,
    Guardian,
    Household,
    PopulationFlag,
    Resident,
    ResidentMerge,
    RiskScheme,
    RosterImport,
)
from residents.policy import policy_on as residents_policy
from residents.searchable import phone_index
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
from tests.factories import community, rosters
from tests.factories.contracts import sign_agreement
from tests.factories.grids import DwellingFactory, OrganizationFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.risk import elder_tier
from tests.factories.teams import DepartmentFactory, RoleAssignmentFactory, TeamFactory, UserFactory
from tests.house import care_world, field_world, public_world
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
    **public_world.SHOWN,
    **field_world.SHOWN,
    "team-": Team,
    "agreement-": Agreement,
    "approval-": Agreement,
    "dispute-": Dispute,
    "public-": ResidentLink,
    "package-": ServicePackage,
    "panel-": Institution,
    "review-": ReviewFlag,
    "transfer-": Transfer,
    "refusal-": Resident,
    "mass-": MassOperation,
    "resident-": Resident,
    "household-": Household,
    "guardian-add": Resident,
    "flag-add": Resident,
    "phone-add": Resident,
    "phone-remove": ContactPhone,
    "guardian-end": Guardian,
    "flag-end": PopulationFlag,
    "flag-edit": PopulationFlag,
    "risk-": Resident,
    "roster-": RosterImport,
    "comparison-": ComparisonLine,
    "duplicate-": DuplicatePair,
    "merge-": ResidentMerge,
    "inbox-": Digest,
    "admin:teams_user_": User,
    **care_world.SHOWN,
}


@dataclass
class Half:
    """One side of the district: its rows by model, and a marker that stands in every name on it."""

    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    resident: Resident | None = None
    rosters: dict[User, RosterImport] = field(default_factory=dict)
    comparisons: dict[User, ComparisonLine] = field(default_factory=dict)
    digests: dict[User, Digest] = field(default_factory=dict)

    def _roster_of(self, user: User) -> RosterImport:
        """A roster is seen by whom it was uploaded by, so everybody has his own."""
        if user not in self.rosters:
            self.rosters[user] = rosters.checked(user)
        return self.rosters[user]

    def _comparison_of(self, user: User) -> ComparisonLine:
        if user not in self.comparisons:
            self.comparisons[user] = rosters.compared(user)
        return self.comparisons[user]

    def _digest_of(self, user: User) -> Digest:
        """So has everybody his own messages."""
        if user not in self.digests:
            today, now = timezone.localdate(), timezone.now()
            self.digests[user] = Digest.objects.get_or_create(
                recipient=user, on=today, defaults={"shown_at": now}
            )[0]
        return self.digests[user]

    def arguments(self, route: Route, user: User | None) -> dict[str, object]:
        """Values for the parameters of a route; a KeyError means: say in SHOWN whose page it is."""
        if not route.params:
            return {}
        model = _model_of(route)
        if model is RosterImport:
            return {route.params[0]: self._roster_of(user or self.rows[User]).pk}
        if model is ComparisonLine:
            line = self._comparison_of(user or self.rows[User])
            return {name: {"pk": line.roster_id, "line": line.pk}[name] for name in route.params}
        if model is Digest:
            return {route.params[0]: self._digest_of(user or self.rows[User]).pk}
        if model is PosterRun:
            return {"token": public_world.poster_run_of(user or self.rows[User]).token}
        if model is None:
            return {name: {"url": "no-such-page", "app_label": "teams"}[name] for name in route.params}
        found: dict[str, object] = dict.fromkeys(route.params[:1], self.rows[model].pk)
        if "kind" in route.params:
            found["kind"] = RiskKind.ELDER.value
        if "signature" in route.params:
            found["signature"] = self.rows[Signature].pk
        if "evidence" in route.params:
            found["evidence"] = self.rows[SigningEvidence].pk
        if "done" in route.params:
            found["done"] = self.rows[Fulfillment].pk
        if "asked" in route.params:
            found["asked"] = self.rows[DoctorRequest].pk
        if "job" in route.params:
            found["job"] = self.rows[JobRun].job
        if "doctor" in route.params:
            found["doctor"] = self.rows[TeamMembership].user_id
        found |= care_world.care_arguments(self.rows, route.params)
        found |= field_world.field_arguments(self.rows, route.name, route.params)
        return found | public_world.public_arguments(self.rows, route.name, route.params)

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
    Evaluation,
    FulfilmentStandard,
    Grid,
    GridResponsibility,
    HomeCareLabel,
    Household,
    Institution,
    JobRun,
    LoginRecord,
    NewTechnique,
    Organization,
    Pairing,
    PersonnelChange,
    PointGoods,
    PointRule,
    PolicyNotice,
    PolicySetting,
    Posting,
    ReadLog,
    Resident,
    RiskScheme,
    RoleAssignment,
    RosterImport,
    RuleTable,
    SeasonEntry,
    SentinelLeave,
    ServiceItem,
    ServicePackage,
    TeamMembership,
    Team,
    User,
    WorkDay,
)


def make_half(cast, district, side: str) -> Half:
    """Side "a" or "b": a signed resident, people, places and logs around team A or team B."""
    team, doctor = getattr(cast, f"team_{side}"), cast.li if side == "a" else cast.zhao
    resident = ResidentFactory(
        name=f"标记{side}甲某",
        grid=getattr(district, f"grid_{side}"),
        managing_team=team,
        address=f"标记{side}路1号",
        born_on=dt.date(1950, 1, 1),
    )
    agreement = sign_agreement(resident, team, doctor, on=timezone.localdate())
    found = [
        *_papers(cast, agreement, doctor, side),
        *_places(resident.grid, getattr(district, f"village_{side}"), doctor, side),
        *_staff(team, doctor, side),
        *_settings_and_logs(resident, doctor),
        *_persons(resident, doctor, side),
        *care_world.care_rows(resident, agreement, team, doctor, side),
        *field_world.field_rows(resident, team, doctor, _sentinel(cast, side), side),
        *public_world.public_rows(resident, team, doctor, agreement, side),
    ]
    return Half({type(row): row for row in found}, resident)


def _papers(cast, agreement: Agreement, doctor: User, side: str) -> list[models.Model]:
    """The agreement with everything that hangs on it, packages and standards."""
    today, team = timezone.localdate(), agreement.team
    resident, institution = agreement.enrollments.get().resident, team.institution
    return [
        agreement,
        agreement.template,
        ServiceItem.objects.create(code=f"mark_{side}", name=f"标记{side}项目", owner=institution),
        ServicePackage.objects.create(
            code=f"mark_{side}",
            name=f"标记{side}包",
            kind="key_population",
            owner=institution,
            is_enabled=False,
        ),
        FulfilmentStandard.objects.create(name=f"标准{side}", version=1),
        HomeCareLabel.objects.first(),
        agreement.signatures.first(),
        raise_dispute(on=today, agreement=agreement, complaint=f"标记{side}异议", text=""),
        _link(agreement),
        _done(agreement, doctor),
        _picture(agreement, doctor, side),
        _flag(agreement),
        _transfer(cast, agreement, doctor, side),
        _refusal(resident, team, doctor, side),
        _mass(team, doctor, side),
        request_doctor(
            by=doctor,
            on=today,
            agreement=agreement,
            wanted=None,
            reason=f"标记{side}理由",
            requested_on=today,
        ),
    ]


def _places(grid: Grid, village: Area, doctor: User, side: str) -> list[models.Model]:
    dwelling = DwellingFactory(building__grid=grid, building__name=f"标记{side}楼")
    posting = _leader(grid, side)
    pairing = Pairing.objects.create(
        level=PairingLevel.choices[0][0], user=doctor, posting=posting, starts_on=dt.date(2020, 1, 1)
    )
    school = OrganizationFactory(grid=grid, name=f"标记{side}学校")
    return [
        village,
        dwelling,
        dwelling.building,
        grid,
        grid.responsibilities.get(),
        school,
        posting,
        pairing,
    ]


def _staff(team: Team, doctor: User, side: str) -> list[models.Model]:
    institution = team.institution
    colleague = UserFactory(name=f"标记{side}员工", institution=institution)
    return [
        DepartmentFactory(institution=institution, name=f"标记{side}科"),
        institution,
        RoleAssignmentFactory(
            user=colleague, role=Role.DEDICATED_OFFICER, institution=institution, area_code=""
        ),
        team.memberships.get(is_leader=True),
        team,
        colleague,
    ]


def _settings_and_logs(resident: Resident, doctor: User) -> list[models.Model]:
    today = timezone.localdate()
    return [
        WorkDay.objects.order_by("day").first(),
        JobRun.objects.get_or_create(job="clear-drafts", day=today, state="done")[0],
        LoginRecord.objects.create(username=doctor.username, user=doctor, outcome="in"),
        PolicySetting.objects.create(room="teams", payload={}, in_force_from=today, source="测试"),
        ReadLog.objects.create(
            user_id=doctor.pk,
            user_name=doctor.username,
            action="view",
            subject="resident",
            subject_ids=[resident.pk],
        ),
    ]


def _persons(resident: Resident, doctor: User, side: str) -> list[models.Model]:
    """The resident with household, guardian, further phone, flag, tier, and those who may be the same person."""
    return [
        resident.household,
        resident,
        Guardian.objects.create(
            resident=resident,
            name=f"标记{side}监护",
            relation="子女",
            phone="13800000000",
            starts_on=dt.date(2020, 1, 1),
        ),
        ContactPhone.objects.create(
            resident=resident,
            phone="13800000001",
            phone_index=phone_index("13800000001"),
            owner=f"标记{side}子",
        ),
        PopulationFlagFactory(resident=resident),
        _pair(resident, side),
        _merge(resident, doctor, side),
        elder_tier(resident, "yellow", doctor, timezone.localdate()).scheme,
    ]


def _leader(grid: Grid, side: str) -> Posting:
    """With an account, as is everybody who works a grid; there is one to a grid."""
    standing = Posting.objects.filter(role=PostingRole.GRID_LEADER, grid=grid).first()
    return standing or community.leader(grid, user=UserFactory(name=f"标记{side}网格长"))


def _sentinel(cast, side: str) -> Posting | None:
    """孙网格员 on the side where he works."""
    return cast.sun.postings.get() if side == "a" else None


def _link(agreement: Agreement) -> ResidentLink:
    """As the first printing makes it."""
    today = timezone.localdate()
    link_for_paper(agreement=agreement, at=timezone.now(), policy=policy_on(today))
    return agreement.links.get()


def _done(agreement: Agreement, doctor: User) -> Fulfillment:
    """A service that somebody wrote down by hand."""
    item, person = ServiceItem.objects.get(code="regular_contact", owner=None), agreement.enrollments.get()
    today = timezone.localdate()
    fact = Done(agreement.pk, person.pk, item.pk, today, ProofKind.CONTACT, f"hand:{agreement.pk}")
    fulfill(by=doctor, on=today, facts=[fact])
    return agreement.fulfillments.get()


def _picture(agreement: Agreement, doctor: User, side: str) -> SigningEvidence:
    proof = Proof(EvidenceKind.PHOTO, side.encode(), note=f"标记{side}照片")
    today, now = timezone.localdate(), timezone.now()
    return add_evidence(by=doctor, on=today, now=now, agreement=agreement, proofs=[proof])[0]


def _flag(agreement: Agreement) -> ReviewFlag:
    return ReviewFlag.objects.create(
        agreement=agreement, kind="night", key="night", facts={"at": "23:10"}, found_on=timezone.localdate()
    )


def _transfer(cast, agreement: Agreement, doctor: User, side: str) -> Transfer:
    """To a team of neither side."""
    today = timezone.localdate()
    return Transfer.objects.create(
        enrollment=agreement.enrollments.get(),
        from_team=agreement.team,
        to_team=TeamFactory(institution=cast.hospital, name=f"标记{side}新团队"),
        reason=f"标记{side}转签",
        opened_on=today,
        opened_by=doctor,
        object_until=today,
    )


def _refusal(resident: Resident, team: Team, doctor: User, side: str) -> Refusal:
    today = timezone.localdate()
    return Refusal.objects.create(
        resident=resident, team=team, reason="other", note=f"标记{side}拒签", refused_on=today,
        ask_again_on=today, recorded_by=doctor,
    )  # fmt: skip


def _mass(team: Team, doctor: User, side: str) -> MassOperation:
    today = timezone.localdate()
    asked = Asked(ends_until=today, signed_on=today, years=1, is_archived=True).dumps()
    return MassOperation.objects.create(
        kind="renew", team=team, asked=asked, counts={"todo": 0}, digest="", reason=f"标记{side}事由",
        created_by=doctor,
    )  # fmt: skip


def _pair(resident: Resident, side: str) -> DuplicatePair:
    """Somebody who may be the same person."""
    other = ResidentFactory(name=f"标记{side}乙某", grid=resident.grid)
    return DuplicatePair.objects.create(
        first=resident, second=other, score=60, reasons=["near_number"], found_on=timezone.localdate()
    )


def _merge(resident: Resident, doctor: User, side: str) -> ResidentMerge:
    """Two entries that were merged, and may be taken apart."""
    kept, dropped = (ResidentFactory(name=f"标记{side}丙某", grid=resident.grid) for _ in range(2))
    today = timezone.localdate()
    return merge_residents(
        kept=kept, dropped=dropped, take=(), reason=f"标记{side}核实", policy=residents_policy(today), by=doctor,
        at=timezone.now(), on=today,
    )  # fmt: skip


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
        "community_steward": community.steward(district.village_a).user,
        "grid_leader": _leader(district.grid_a, "a").user,
        "sentinel": cast.sun,
        "auditor": cast.shen,
    }


def _with_role(role: Role, **place: object) -> User:
    user = UserFactory(name=f"职工{role.value}", institution=place.get("institution"))
    RoleAssignmentFactory(user=user, role=role, **{"area_code": "", **place})
    return user
