"""Agreements over the registry of ``bench.registry``: nine of ten people signed, one fifth of them as households.

Made by a few statements: agreements spread over a year of working hours, two signatures each, a place for one in ten,
and a few of everything that the nightly search looks for.
"""

from datetime import date

from django.db import connection, transaction
from django.utils.timezone import localdate

from bench.registry import NAMES, TEAMS
from contracts.models import AgreementTemplate
from core.rebuilding import indexes_aside
from teams.models import User

FILLED = ("contracts_agreement", "contracts_enrollment", "contracts_signature")
DAY = localdate()  # the registry was filled today


def sign_up(doctor: User) -> int:
    """Fill the tables; how many agreements there are."""
    template = AgreementTemplate.objects.filter(
        kind="individual"
    ).first() or AgreementTemplate.objects.create(
        kind="individual", version=1, title="测试", body="测试", in_force_from=date(2020, 1, 1)
    )
    home = doctor.institution
    made = User.objects.bulk_create(
        User(username=f"{NAMES}doctor{at}", name=f"测试医生{at}", institution=home) for at in range(TEAMS)
    )
    params = {"first": made[0].pk, "template": template.pk, "teams": TEAMS, "day": DAY}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        with indexes_aside(FILLED):
            for one in (_AGREEMENTS, _PEOPLE, _SIGNATURES):
                cursor.execute(one, params)
        cursor.execute(_PLACES, params)
        cursor.execute(_FLAGS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contracts_signingevidence; ANALYZE residents_populationflag")
        cursor.execute("SELECT count(*) FROM contracts_agreement")
        return cursor.fetchone()[0]


_AGREEMENTS = """
INSERT INTO contracts_agreement (
    id, number, kind, state, team_id, signatory, doctor_id, household_id, template_id, disease, representative_id,
    signed_on, starts_on, ends_on, term_years, renewal_kind, waits_for, channel, mode, as_signed, client_token,
    created_by_id, created_at
) OVERRIDING SYSTEM VALUE
SELECT p.id, 'B' || p.id, CASE WHEN p.id %% 5 = 0 THEN 'household' ELSE 'individual' END, 'active', team.id, 'team',
    %(first)s + team.place - 1, p.household_id, %(template)s, '', p.id, at::date, at::date, at::date + 364, 1, 'first',
    '', 'clinic_visit', 'electronic', '\\x00', gen_random_uuid(), %(first)s + team.place - 1, at
FROM residents_resident p
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM teams_team) AS team
    ON team.place = p.grid_id / 4 %% %(teams)s + 1,
    LATERAL (SELECT ((%(day)s::date - 1 - (p.id %% 360)::int) + time '08:00' + (p.id * 7919 %% 32400) * interval '1 second')
        AT TIME ZONE 'Asia/Shanghai' AS at) AS moment
WHERE p.id %% 10 <> 3
"""
_PEOPLE = """
INSERT INTO contracts_enrollment (agreement_id, resident_id, state, starts_on, ends_on, is_supplementary, end_reason,
    consent, guardian_name, position)
SELECT id, id, state, starts_on, ends_on, false, '', 'signed', '', 1 FROM contracts_agreement
"""
_SIGNATURES = """
INSERT INTO contracts_signature (agreement_id, occasion, party, signer_name, image, sha256, signed_at)
SELECT id, 'signing', party, '测试', '\\x00', md5(party || id / CASE WHEN id %% 5000 < 2 THEN 2 ELSE 1 END) || md5(party),
    created_at
FROM contracts_agreement, unnest(ARRAY['resident', 'doctor']) AS party
"""
_PLACES = """
INSERT INTO contracts_signingevidence (agreement_id, kind, sealed, sha256, latitude, longitude, accuracy_m, note,
    added_by_id, added_at)
SELECT id, 'photo', '\\x00', md5('e' || id) || md5(id::text), 37.4 + id %% 97 / 9700.0 + (id %% 20000 = 0)::int,
    122.1 + id %% 89 / 8900.0, 20, '', created_by_id, created_at
FROM contracts_agreement WHERE id %% 10 = 0
"""
_FLAGS = """
INSERT INTO residents_populationflag (resident_id, kind, evidence, detail, source, starts_on, end_reason, recorded_at)
SELECT id, (ARRAY['hypertension', 'diabetes_t2', 'tb', 'disabled'])[id %% 4 + 1], 4, '', '', '2022-01-01', '', now()
FROM residents_resident WHERE id %% 4 < 3
""".replace("%%", "%")
