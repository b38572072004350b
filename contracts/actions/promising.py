"""Whose packages: what an agreement promises, written down person by person."""

from collections.abc import Collection

from core.sql import run

# A package of a key population is for those who belong to it; of one person alone it was asked before he signed. What
# hangs on a color is for whoever has that color. The family menu is the household's and stands on the agreement.
_PROMISE = """
    INSERT INTO contracts_enrolledpackage (enrollment_id, package_id)
    SELECT one.id, package.id
    FROM contracts_enrollment AS one
    JOIN contracts_agreement AS deed ON deed.id = one.agreement_id
    JOIN contracts_agreement_packages AS held ON held.agreement_id = one.agreement_id
    JOIN contracts_servicepackage AS package ON package.id = held.servicepackage_id
    WHERE one.agreement_id = ANY(%(agreements)s) AND one.state IN ('pending_confirm', 'active')
        AND package.kind <> 'family_menu'
        AND (
            deed.kind <> 'household' OR package.kind <> 'key_population' OR (
                (cardinality(package.populations) = 0 OR EXISTS (
                    SELECT FROM residents_populationflag AS flag
                    WHERE flag.resident_id = one.resident_id AND flag.ends_on IS NULL
                        AND flag.kind = ANY(package.populations)
                ))
                AND (cardinality(package.elder_colors) = 0 OR EXISTS (
                    SELECT FROM residents_risktier AS tier
                    WHERE tier.resident_id = one.resident_id AND tier.ends_on IS NULL AND tier.kind = 'elder'
                        AND tier.color = ANY(package.elder_colors)
                ))
                AND (cardinality(package.cardio_colors) = 0 OR EXISTS (
                    SELECT FROM residents_risktier AS tier
                    WHERE tier.resident_id = one.resident_id AND tier.ends_on IS NULL AND tier.kind = 'cardiovascular'
                        AND tier.color = ANY(package.cardio_colors)
                ))
            )
        )
    ON CONFLICT (enrollment_id, package_id) DO NOTHING
"""


def write_promises(agreements: Collection[int]) -> int:
    """Promise to each person under these agreements what is his; how many rows were new. One statement.

    Run again after a member joined, a package was added or a person got a new population: what stands is left alone,
    and nothing is taken back.
    """
    return run(_PROMISE, {"agreements": list(agreements)}) if agreements else 0
