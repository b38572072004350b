"""Where each of the ten items comes from: one module an item (or a few alike), each with a ``Source``."""

from outreach.choices import DisclosureTopic
from outreach.disclosures.base import Source
from outreach.disclosures.sources.activities import activities
from outreach.disclosures.sources.changes import changes
from outreach.disclosures.sources.clinics import checkups, immunization, specialists
from outreach.disclosures.sources.last_month import last_month
from outreach.disclosures.sources.notices import policies, techniques
from outreach.disclosures.sources.plan import plan_of_month
from outreach.disclosures.sources.seasons import season_of_month

SOURCES: dict[DisclosureTopic, Source] = {
    DisclosureTopic.SEASON: season_of_month,
    DisclosureTopic.CHECKUPS: checkups,
    DisclosureTopic.IMMUNIZATION: immunization,
    DisclosureTopic.ACTIVITIES: activities,
    DisclosureTopic.PLAN: plan_of_month,
    DisclosureTopic.LAST_MONTH: last_month,
    DisclosureTopic.SPECIALISTS: specialists,
    DisclosureTopic.TECHNIQUES: techniques,
    DisclosureTopic.POLICIES: policies,
    DisclosureTopic.OTHER: changes,
}
