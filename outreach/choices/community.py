"""Code lists of the community health team: evaluations and changes of persons (S2-22, S2-23, S2-37)."""

from django.db.models import TextChoices


class EvaluationKind(TextChoices):
    LEADER = "leader", "健康管家评价网格长"
    SENTINEL = "sentinel", "网格长评价健康哨兵"


class PersonnelChangeKind(TextChoices):
    JOINED = "joined", "新增"
    LEFT = "left", "离任"
    REPLACED = "replaced", "更换"
    PHONE = "phone", "电话变更"


class ChangeState(TextChoices):
    NEW = "new", "待镇街办理"
    APPLIED = "applied", "已办理"
    REFUSED = "refused", "退回"
