"""A rule table in the words that a clinician reads: when it begins, when it is due, what counts, what a visit is."""

from collections.abc import Sequence
from dataclasses import dataclass

from care.choices import Program, ScheduleKind, ServiceMode
from care.rules.conditions import in_words
from care.rules.tables import ClassRow, Point, Schedule, ServiceRule, Table
from residents.choices import Population, RiskColor, RiskKind

_TRIGGERS = {
    "enrolled": "签约生效后",
    "household": "家庭协议生效后，每户一份，记在签约代表名下",
    "born": "出生后",
    "discharged": "新生儿出院后（没有登记出院的从出生算起）",
    "reading:abnormal": "居家监测值异常后",
    "referral": "没有随访记录的转诊后",
}
_EPISODES = {
    "perinatal": "登记怀孕后，从末次月经算起",
    "perinatal:delivered_on": "登记分娩后",
    "perinatal:discharged_on": "登记产后出院后（没有登记出院的从分娩算起）",
    "tb": "接到肺结核管理通知后",
    "tb:stopped_on": "登记停止治疗后",
}
_UNTIL = {"delivered_on": "到分娩为止", "stopped_on": "到停止治疗为止"}
_PERIODS = {
    "month": "每月",
    "quarter": "每季度",
    "half_year": "每半年",
    "year": "每年",
    "contract_year": "每个协议年度",
}


@dataclass(frozen=True)
class RuleWords:
    """One rule as a row of the page; every text is ready to be shown."""

    code: str
    name: str
    begins: str
    due: str
    window: str
    how: str
    yearly: str
    proof: str
    source: str
    note: str


@dataclass(frozen=True)
class ClassWords:
    """One class: the conditions as lines, of which the first says how they go together."""

    label: str
    conditions: tuple[str, ...]
    joined: str
    sentence: str
    starts: tuple[str, ...]
    is_referred: bool
    interval: str


def rule_in_words(rule: ServiceRule, table: Table, forms: Sequence[str]) -> RuleWords:
    """
    Args:
        forms: names of the forms that prove it.
    """
    needs = "，".join(in_words(one, table) for one in rule.needs)
    proof = "、".join(forms) or "联系记录（联系上）"
    return RuleWords(
        code=rule.code,
        name=rule.name,
        begins=_begins(rule, table) + (f"，{_UNTIL[rule.until]}" if rule.until else ""),
        due=_due(rule.schedule),
        window=_window(rule.schedule),
        how=_how(rule),
        yearly=f"{rule.yearly_minimum} 次" if rule.yearly_minimum else "",
        proof=f"{proof}（{needs}）" if needs else proof,
        source=rule.source,
        note=rule.note,
    )


def _begins(rule: ServiceRule, table: Table) -> str:
    kind, _, rest = rule.trigger.partition(":")
    if rule.trigger in _TRIGGERS:
        return _TRIGGERS[rule.trigger]
    if kind in ("flag", "aged"):
        who, _, others = rest.partition(":")
        first = f"登记为{Population(who).label}后" if kind == "flag" else f"年满 {who} 岁后"
        names = "、".join(Population(one).label for one in others.split(",") if one)
        return f"{first}，{names}除外" if names else first
    if kind == "tier":
        scheme, color = rest.split(":")
        return f"{RiskKind(scheme).label}为{RiskColor(color).label}后"
    if kind == "episode":
        return _EPISODES.get(rest, f"建立{Program(rest.split(':')[0]).label}专案后")
    rows = [row for one in table.classes.values() for row in one.rows if rule.code in row.verdict.starts]
    return "分类为“" + "”“".join(dict.fromkeys(row.verdict.label for row in rows)) + "”的当天起"


def _due(schedule: Schedule) -> str:
    if schedule.kind == ScheduleKind.INTERVAL:
        return f"每 {_span(schedule.step_months, schedule.step_days)}一次，从上次服务算起"
    if schedule.kind == ScheduleKind.CALENDAR:
        return f"{_PERIODS[schedule.period]} {schedule.times} 次，应在期末 {schedule.after_days} 天之前"
    if schedule.kind == ScheduleKind.POINTS:
        return "、".join(one.label for one in schedule.points)
    return f"{_span(schedule.first_months, schedule.first_days)}内"


def _window(schedule: Schedule) -> str:
    if schedule.kind == ScheduleKind.INTERVAL:
        return f"提前 {schedule.before_days} 天至推后 {schedule.after_days} 天"
    if schedule.kind == ScheduleKind.CALENDAR:
        least = f"；期内签约不满 {schedule.min_days} 天的不要求" if schedule.min_days else ""
        return f"整个周期{least}"
    if schedule.kind == ScheduleKind.POINTS:
        windows = dict.fromkeys(_point(one) for one in schedule.points)
        grace = f"；最后一次可补办 {schedule.grace_days} 天" if schedule.grace_days else ""
        return "；".join(windows) + grace
    last = schedule.first_days + schedule.after_days
    months = f"{schedule.first_months} 个月" if schedule.first_months else ""
    closes = f"{months}{f' {last} 天' if last else ''}".strip()
    first = "当天" if not schedule.opens_days else f"第 {schedule.opens_days} 天"
    return f"{first}至{closes}；超期可补办 {schedule.grace_days} 天"


def _point(point: Point) -> str:
    if not point.months:
        return f"{point.label}：第 {point.days - point.before} 至 {point.days + point.after} 天"
    if point.after_months:
        return f"满周岁起 {_span(point.after_months, 0)}内"
    return f"提前 {point.before} 天至推后 {point.after} 天"


def _span(months: int, days: int) -> str:
    return (f"{months} 个月" if months else "") + (f"{days} 天" if days or not months else "")


def _how(rule: ServiceRule) -> str:
    if rule.modes:
        return "、".join(ServiceMode(one).label for one in rule.modes)
    return "须当面" if rule.is_face_to_face else "不限，可以电话"


def class_in_words(row: ClassRow, table: Table) -> ClassWords:
    verdict = row.verdict
    labels = {one.verdict.code: one.verdict.label for c in table.classes.values() for one in c.rows}
    conditions = [in_words(one, table) for one in row.all_of]
    any_of = "，或者".join(in_words(one, table) for one in row.any_of)
    if any_of:
        conditions.append(any_of)
    if row.after:
        conditions.append("上一次为" + "、".join(labels[one] for one in row.after))
    interval = f"下次 {_span(verdict.interval.months, verdict.interval.days)}后" if verdict.interval else ""
    starts = [table.rule(one) for one in verdict.starts]
    return ClassWords(
        label=verdict.label,
        conditions=tuple(conditions),
        joined="同时：" if len(conditions) > 1 else ("" if conditions else "其余情况"),
        sentence=verdict.sentence,
        starts=tuple(one.name for one in starts if one),
        is_referred=verdict.refer,
        interval=interval,
    )
