"""Code lists of reports."""

from django.db.models import TextChoices


class Level(TextChoices):
    """What one row of a coverage table stands for."""

    TOWNSHIP = "township", "镇街"
    VILLAGE = "village", "村居"
    GRID = "grid", "网格"
    TEAM = "team", "团队"


class Order(TextChoices):
    """Columns that a coverage table can be sorted by; empty means the order of the codes."""

    RESIDENTS = "residents", "常住居民"
    SIGNED = "signed", "已签约"
    RATE = "rate", "签约率"
    CHANGE = "change", "变化"
    KEY = "key", "重点人群签约率"
    NEAR = "near", "60-64岁签约率"
    FAMILY = "family", "家庭签约占比"
