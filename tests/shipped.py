"""What the migrations put into the tables, put there again: tests with real transactions empty every table."""

from django.apps import apps

from care.catalog import load_points
from care.models import CareRule, PointGoods, PointRule, RuleTable
from care.rule_data import load_tables
from contracts.catalog import load_catalog
from contracts.models import AgreementTemplate, PackageItem, ServicePackage
from contracts.wording import load_texts, load_wording
from core.calendar import load_known
from core.holidays import known_days
from outreach.models import SeasonEntry
from outreach.season_data import load_seasons
from residents.models import RiskScheme
from residents.risk_data import load_schemes


def load_shipped() -> None:
    """Rows that stand are left as they are."""
    load_schemes(RiskScheme)
    load_seasons(SeasonEntry)
    load_known(known_days(), source="国务院办公厅节假日安排通知")
    if not PackageItem.objects.exists():
        load_wording(AgreementTemplate, ServicePackage)
        load_texts(AgreementTemplate)
        load_catalog(lambda name: apps.get_model("contracts", name))
    if not RuleTable.objects.exists():
        load_tables(RuleTable, CareRule)
    if not PointRule.objects.exists():
        load_points(PointRule, PointGoods)
