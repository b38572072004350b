"""Where signings are found that are worth a second look: one statement a kind over all agreements of some days.

Each gives agreement, key and facts. What tells of the act of signing (burst, night, ink, place) is looked for among the
agreements entered on the days asked, by the policy of those days; what the registry tells (a phone, a death) may come to
light any day and is looked for among all that run.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.utils import timezone

from contracts.choices import RUNNING, ReviewKind
from contracts.models import Agreement, ReviewFlag
from contracts.policy import ROOM, ContractsPolicy
from core.models import PolicySetting
from residents.rules.phones import normal_phone
from residents.searchable import phone_index
from teams.models import Institution, Team, User

OTHERS_NEEDED = 5  # places of other signings, before one can be far from them


@dataclass(frozen=True)
class Signal:
    """A kind and the statement that finds it: columns agreement_id, key, facts."""

    kind: ReviewKind
    sql: str
    params: dict[str, Any]


def spans_to_search(on: date) -> list[tuple[date, date]]:
    """The days since the last search that found anything, both ends included, parted where the policy changed.

    A search that was missed is caught up by the next one; one that looks again at a day finds nothing twice.
    Three queries.
    """
    found = ReviewFlag.objects.exclude(kind=ReviewKind.DISPUTED).filter(found_on__lte=on)
    first = found.aggregate(last=Max("found_on"))["last"] or _first_day()
    if first is None or first > on:
        return []
    turns = PolicySetting.objects.filter(room=ROOM, in_force_from__gt=first, in_force_from__lte=on)
    begins = [first, *sorted(set(turns.values_list("in_force_from", flat=True)))]
    ends = [day - timedelta(days=1) for day in begins[1:]]
    return list(zip(begins, [*ends, on], strict=True))


def _first_day() -> date | None:
    """When the first agreement of all was entered."""
    moment = Agreement.objects.aggregate(first=Min("created_at"))["first"]
    return timezone.localtime(moment).date() if moment else None  # noqa: TID251 - a stored moment


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def signals_of_signing(first: date, last: date, policy: ContractsPolicy) -> list[Signal]:
    """What the agreements entered from one day to another, both included, tell of how they were signed."""
    params = {
        "since": _midnight(first),
        "until": _midnight(last + timedelta(days=1)),
        "zone": settings.TIME_ZONE,
    }
    burst = {"window": timedelta(minutes=policy.burst_minutes), "least": policy.burst_signings}
    night = {"night_from": policy.night_from_hour, "night_to": policy.night_to_hour}
    far = {"far_km": policy.far_away_km, "others": OTHERS_NEEDED}
    return [
        Signal(ReviewKind.BURST, _BURST, params | burst | {"minutes": policy.burst_minutes}),
        Signal(ReviewKind.NIGHT, _NIGHT, params | night),
        Signal(ReviewKind.SAME_INK, _SAME_INK, params),
        Signal(ReviewKind.FAR_AWAY, _FAR_AWAY, params | far),
    ]


def signals_of_registry(on: date, policy: ContractsPolicy) -> list[Signal]:
    """What the registry tells today of the persons whose agreements run."""
    known = _work_phones()
    running = {"on": on, "running": list(RUNNING)}
    columns = {"phones": [one[0] for one in known], "users": [one[1] for one in known]}
    columns["names"] = [one[2] for one in known]
    shared = running | {"phones": columns["phones"], "least": policy.shared_phone_households}
    return [
        Signal(ReviewKind.AFTER_DEATH, _AFTER_DEATH, {}),
        Signal(ReviewKind.STAFF_PHONE, _STAFF_PHONE, running | columns),
        Signal(ReviewKind.SHARED_PHONE, _SHARED_PHONE, shared),
    ]


def _work_phones() -> list[tuple[str, int, str]]:
    """Blind index, user and name of every phone of staff; user 0 for those of institutions and teams. Three queries."""
    staff = User.objects.exclude(phone="").values_list("phone", "pk", "name")
    offices = {
        phone
        for rows in (
            Institution.objects.values_list("phone", "complaint_phone"),
            Team.objects.values_list("phone"),
        )
        for row in rows
        for phone in row
    }
    read = [(normal_phone(phone), pk, name) for phone, pk, name in staff]
    read += [(normal_phone(phone), 0, "") for phone in sorted(offices)]
    return [(str(phone_index(phone)), pk, name) for phone, pk, name in read if phone]


# Renewals by the calendar and by mass operation are nobody's signing; a supplement follows its agreement at once.
_BURST = """
    WITH entered AS (
        SELECT one.id, one.created_by_id, one.created_at, one.mode FROM contracts_agreement one
        WHERE one.created_at >= %(since)s - %(window)s AND one.created_at < %(until)s + %(window)s
            AND one.state NOT IN ('void', 'draft') AND one.kind <> 'supplementary' AND one.renewal_kind <> 'auto'
            AND NOT EXISTS (SELECT FROM contracts_massline line WHERE line.successor_id = one.id)
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY created_by_id ORDER BY created_at
            RANGE BETWEEN %(window)s PRECEDING AND CURRENT ROW) AS before
        FROM entered
    ), crowded AS (
        SELECT *, max(before) OVER (PARTITION BY created_by_id ORDER BY created_at
            RANGE BETWEEN CURRENT ROW AND %(window)s FOLLOWING) AS most
        FROM counted
    )
    SELECT id AS agreement_id, to_char(created_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD') AS key,
        jsonb_build_object('count', most, 'minutes', %(minutes)s::int, 'paper', mode = 'paper') AS facts
    FROM crowded WHERE most >= %(least)s AND created_at >= %(since)s AND created_at < %(until)s
"""

# A paper is typed in when there is time for it, so only an electronic signing has an hour.
_NIGHT = """
    SELECT one.id AS agreement_id, 'night' AS key, jsonb_build_object('at', to_char(moment, 'HH24:MI')) AS facts
    FROM contracts_agreement one, LATERAL (SELECT one.created_at AT TIME ZONE %(zone)s AS moment) AS local
    WHERE one.created_at >= %(since)s AND one.created_at < %(until)s
        AND one.state NOT IN ('void', 'draft') AND one.mode = 'electronic' AND one.renewal_kind <> 'auto'
        AND (extract(hour FROM moment) >= %(night_from)s OR extract(hour FROM moment) < %(night_to)s)
"""

# The same image under the names of two persons; of a doctor, who signs many: on two agreements.
_SAME_INK = """
    WITH fresh AS (
        SELECT DISTINCT ink.sha256 FROM contracts_agreement one JOIN contracts_signature ink ON ink.agreement_id = one.id
        WHERE one.created_at >= %(since)s AND one.created_at < %(until)s AND ink.sha256 <> ''
            AND EXISTS (SELECT FROM contracts_signature twin WHERE twin.sha256 = ink.sha256 AND twin.id <> ink.id)
    ), used AS (
        SELECT ink.sha256, ink.agreement_id, ink.party = 'doctor' AS is_doctor,
            CASE ink.party WHEN 'doctor' THEN -ink.agreement_id
                ELSE coalesce(ink.resident_id, one.representative_id, (SELECT min(person.resident_id)
                    FROM contracts_enrollment person WHERE person.agreement_id = one.id)) END AS signer
        FROM fresh JOIN contracts_signature ink USING (sha256) JOIN contracts_agreement one ON one.id = ink.agreement_id
        WHERE ink.occasion = 'signing' AND one.state NOT IN ('void', 'draft')
    ), shared AS (
        SELECT sha256, count(DISTINCT signer) AS signers, count(DISTINCT agreement_id) AS agreements,
            bool_and(is_doctor) AS is_doctor
        FROM used GROUP BY sha256 HAVING count(DISTINCT signer) > 1
    )
    SELECT DISTINCT used.agreement_id, sha256 AS key, jsonb_build_object('signers', signers, 'agreements', agreements,
        'party', CASE WHEN shared.is_doctor THEN 'doctor' ELSE 'resident' END) AS facts
    FROM shared JOIN used USING (sha256)
"""

# An agreement's place is that of its first picture that has one. The middle place of the others of its village: the
# places stand in order, the own one is left out, and the one or two in the middle are taken.
_FAR_AWAY = """
    WITH place AS (
        SELECT DISTINCT ON (proof.agreement_id) proof.agreement_id, grid.village_id,
            proof.latitude::float8 AS lat, proof.longitude::float8 AS lon, coalesce(proof.accuracy_m, 0) AS accuracy_m,
            proof.added_at >= %(since)s AND proof.added_at < %(until)s AS is_fresh
        FROM contracts_signingevidence proof
        JOIN contracts_agreement one ON one.id = proof.agreement_id
        JOIN contracts_enrollment person ON person.agreement_id = one.id
        JOIN residents_resident resident ON resident.id = person.resident_id
        JOIN grids_grid grid ON grid.id = resident.grid_id
        WHERE proof.latitude IS NOT NULL AND proof.longitude IS NOT NULL AND one.state NOT IN ('void', 'draft')
        ORDER BY proof.agreement_id, proof.id, person.position
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY village_id ORDER BY lat, agreement_id) AS lat_at,
            row_number() OVER (PARTITION BY village_id ORDER BY lon, agreement_id) AS lon_at
        FROM place WHERE village_id IN (SELECT village_id FROM place WHERE is_fresh)
    ), village AS (
        SELECT village_id, count(*) - 1 AS others, array_agg(lat ORDER BY lat, agreement_id) AS lats,
            array_agg(lon ORDER BY lon, agreement_id) AS lons
        FROM ranked GROUP BY village_id HAVING count(*) > %(others)s
    ), middle AS (
        SELECT agreement_id, others, lat, lon, accuracy_m,
            (lats[low + (low >= lat_at)::int] + lats[high + (high >= lat_at)::int]) / 2 AS mid_lat,
            (lons[low + (low >= lon_at)::int] + lons[high + (high >= lon_at)::int]) / 2 AS mid_lon
        FROM ranked JOIN village USING (village_id),
            LATERAL (SELECT ((others + 1) / 2)::int AS low, ((others + 2) / 2)::int AS high) AS at
        WHERE is_fresh
    ), apart AS (
        SELECT agreement_id, others, 6371 * sqrt(radians(lat - mid_lat) ^ 2
            + (radians(lon - mid_lon) * cos(radians((lat + mid_lat) / 2))) ^ 2) - accuracy_m / 1000.0 AS km
        FROM middle
    )
    SELECT agreement_id, 'place' AS key, jsonb_build_object('km', round(km::numeric, 1), 'others', others) AS facts
    FROM apart WHERE km > %(far_km)s
"""

# Who joined later agreed later; what the calendar renewed nobody agreed to.
_AFTER_DEATH = """
    SELECT DISTINCT ON (one.id, person.resident_id) one.id AS agreement_id, 'resident:' || person.resident_id AS key,
        jsonb_build_object('days', agreed_on - resident.life_status_on) AS facts
    FROM residents_resident resident
    JOIN contracts_enrollment person ON person.resident_id = resident.id
    JOIN contracts_agreement one ON one.id = person.agreement_id,
        LATERAL (SELECT greatest(person.consented_on, one.signed_on) AS agreed_on) AS consent
    WHERE resident.life_status = 'deceased' AND one.state NOT IN ('void', 'draft') AND one.renewal_kind <> 'auto'
        AND agreed_on > resident.life_status_on
"""

_STAFF_PHONE = """
    WITH known AS (
        SELECT * FROM unnest(%(phones)s::uuid[], %(users)s::bigint[], %(names)s::text[]) AS k (phone_index, user_id, name)
    )
    SELECT one.id AS agreement_id, known.phone_index::text AS key, jsonb_build_object(
        'whose', CASE WHEN bool_or(known.user_id > 0) THEN 'staff' ELSE 'office' END,
        'is_signer', bool_or(known.user_id IN (one.doctor_id, one.created_by_id))) AS facts
    FROM known
    JOIN residents_resident resident ON resident.phone_index = known.phone_index
    JOIN contracts_enrollment person ON person.resident_id = resident.id
    JOIN contracts_agreement one ON one.id = person.agreement_id
    WHERE person.state = ANY(%(running)s) AND NOT person.is_supplementary AND person.ends_on >= %(on)s
    GROUP BY one.id, known.phone_index
    HAVING NOT bool_or(known.name = resident.name)
"""

_SHARED_PHONE = """
    WITH signed AS (
        SELECT person.agreement_id, resident.phone_index, coalesce(resident.household_id, -resident.id) AS home
        FROM contracts_enrollment person JOIN residents_resident resident ON resident.id = person.resident_id
        WHERE person.state = ANY(%(running)s) AND NOT person.is_supplementary AND person.ends_on >= %(on)s
            AND resident.phone_index IS NOT NULL AND resident.phone_index <> ALL(%(phones)s::uuid[])
    ), shared AS (
        SELECT phone_index, count(DISTINCT home) AS homes FROM signed
        GROUP BY phone_index HAVING count(DISTINCT home) >= %(least)s
    )
    SELECT DISTINCT agreement_id, phone_index::text AS key, jsonb_build_object('households', homes) AS facts
    FROM shared JOIN signed USING (phone_index)
"""
