"""Every nightly job of all rooms, on one page, in the order in which they run.

Each asks what is due up to a day, so that one run catches up all nights that were missed; none changes anything when it
is called again. What only concerns minutes stands in ``config/timetable.py``.
"""

from dataclasses import asdict
from datetime import date, datetime, timedelta

from care import actions as care
from care.actions.expiring import expire_points
from care.actions.figures import refresh_fulfilment
from care.actions.following import follow_changes
from care.actions.handovers import end_handovers
from contracts import actions as contracts
from core import events, texting, throttling
from core.calendar import check_calendar
from core.housekeeping import clear_sessions
from core.jobs import Job
from outreach import actions as outreach
from outreach.actions.drafting_disclosures import draft_month
from outreach.actions.livestreams import miss_streams, plan_streams
from outreach.actions.poster_runs import clear_poster_runs
from outreach.actions.short_links import link_teams
from outreach.policy import policy_on as outreach_policy_on
from residents import actions as residents
from residents.actions.rosters import clear_old_rosters
from residents.policy import policy_on as residents_policy_on

Counts = dict[str, int]
REPLANNED = {
    "started": "新计划",
    "ended": "结束计划",
    "moved": "改期",
    "retargeted": "换团队",
    "paused": "暂停",
    "resumed": "恢复",
    "cancelled": "取消任务",
    "opened": "新任务",
}
OVERLAP = timedelta(hours=26)  # what the looks of the day, each with a short one, may have missed


def _refresh_age_flags(on: date, now: datetime) -> Counts:
    return asdict(residents.refresh_age_flags(policy=residents_policy_on(on), on=on))


def _follow_departures(on: date, now: datetime) -> Counts:
    return {"ended": contracts.follow_departures(on=on)}


def _expire_agreements(on: date, now: datetime) -> Counts:
    renewed, closed = contracts.close_terms(on=on, now=now)
    return {"renewed": renewed, "closed": closed}


def _settle_transfers(on: date, now: datetime) -> Counts:
    return {"settled": contracts.settle_transfers(on=on)}


def _apply_versions(on: date, now: datetime) -> Counts:
    return asdict(care.apply_versions(on=on, now=now))


def _verify_plans(on: date, now: datetime) -> Counts:
    return asdict(care.verify_plans(on=on, now=now))


def _follow_changes(on: date, now: datetime) -> Counts:
    return asdict(follow_changes(on=on, now=now, overlap=OVERLAP))


def _end_handovers(on: date, now: datetime) -> Counts:
    return {"ended": end_handovers(on=on)}


def _miss_tasks(on: date, now: datetime) -> Counts:
    return asdict(care.miss_tasks(on=on))


def _open_tasks(on: date, now: datetime) -> Counts:
    return asdict(care.open_tasks(on=on))


def _expire_points(on: date, now: datetime) -> Counts:
    return {"points": expire_points(on=on, now=now)}


def _refresh_fulfilment(on: date, now: datetime) -> Counts:
    return refresh_fulfilment(on=on, now=now)


def _find_review_flags(on: date, now: datetime) -> Counts:
    return {"flags": sum(contracts.find_review_flags(on=on).values())}


def _find_duplicates(on: date, now: datetime) -> Counts:
    found = residents.find_duplicates(policy=residents_policy_on(on), on=on)
    return {"added": found.added, "changed": found.changed, "removed": found.removed}


def _clear_sessions(on: date, now: datetime) -> Counts:
    return asdict(clear_sessions(at=now))


def _clear_rosters(on: date, now: datetime) -> Counts:
    return {"rosters": clear_old_rosters(policy=residents_policy_on(on), on=on)}


def _clear_drafts(on: date, now: datetime) -> Counts:
    return {"drafts": contracts.clear_drafts(on=on, now=now)}


def _clear_announcements(on: date, now: datetime) -> Counts:
    return {"announcements": events.clear_announcements(at=now)}


def _clear_texts(on: date, now: datetime) -> Counts:
    return {"texts": texting.clear_texts(at=now), "tries": throttling.clear_tries(at=now)}


def _check_calendar(on: date, now: datetime) -> Counts:
    return {"missing": check_calendar(on=on)}


def _miss_visits(on: date, now: datetime) -> Counts:
    return {"missed": outreach.miss_visits(on=on, policy=outreach_policy_on(on))}


def _plan_visits(on: date, now: datetime) -> Counts:
    return asdict(outreach.plan_visits(on=on, now=now, policy=outreach_policy_on(on)))


def _miss_streams(on: date, now: datetime) -> Counts:
    return {"missed": miss_streams(on=on)}


def _plan_streams(on: date, now: datetime) -> Counts:
    return asdict(plan_streams(on=on, policy=outreach_policy_on(on)))


def _draft_disclosures(on: date, now: datetime) -> Counts:
    return asdict(draft_month(on=on, now=now, policy=outreach_policy_on(on)))


def _raise_reminders(on: date, now: datetime) -> Counts:
    return asdict(outreach.raise_reminders(on=on))


def _write_digests(on: date, now: datetime) -> Counts:
    return asdict(outreach.write_digests(on=on, now=now))


def _clear_reminders(on: date, now: datetime) -> Counts:
    return {"rows": outreach.clear_reminders(on=on)}


def _link_teams(on: date, now: datetime) -> Counts:
    return {"links": link_teams(on=on, now=now)}


def _clear_posters(on: date, now: datetime) -> Counts:
    return {"runs": clear_poster_runs(on=on, policy=outreach_policy_on(on))}


JOBS: tuple[Job, ...] = (
    Job(
        "refresh-age-flags",
        "更新年龄类人群标识",
        _refresh_age_flags,
        {"begun": "新增标识", "ended": "结束标识"},
        command="refresh_age_flags",
    ),
    Job(
        "follow-departures",
        "结束死亡、迁出居民的签约",
        _follow_departures,
        {"ended": "结束签约"},
        command="follow_departures",
    ),
    Job(  # after the departures: who died within his term did not run out
        "expire-agreements",
        "协议自动续签与到期",
        _expire_agreements,
        {"renewed": "自动续签", "closed": "到期结束"},
        command="expire_agreements",
        after=("follow-departures",),
    ),
    Job(
        "settle-transfers",
        "处理到期的转签",
        _settle_transfers,
        {"settled": "处理转签"},
        command="settle_transfers",
        after=("expire-agreements",),
    ),
    Job(
        "apply-versions",
        "新版服务规则生效",
        _apply_versions,
        REPLANNED,
        command="apply_versions",
        after=("refresh-age-flags", "expire-agreements"),
    ),
    Job(  # after everything that changes agreements and flags
        "follow-changes",
        "按变动调整服务计划",
        _follow_changes,
        REPLANNED,
        command="follow_changes",
        after=("refresh-age-flags", "expire-agreements", "apply-versions"),
    ),
    Job(  # once in seven days; on the others it finds nothing to do
        "verify-plans",
        "每周核对全部服务计划",
        _verify_plans,
        REPLANNED,
        command="replan",
        after=("follow-changes",),
    ),
    Job(
        "end-handovers",
        "结束专人随访移交",
        _end_handovers,
        {"ended": "结束移交"},
        after=("follow-changes",),
    ),
    Job(
        "miss-tasks",
        "过期任务记为未完成",
        _miss_tasks,
        {"missed": "未完成", "finished": "结束计划", "opened": "接续任务"},
        command="miss_tasks",
        after=("follow-changes",),
    ),
    Job(
        "open-tasks",
        "生成到期任务",
        _open_tasks,
        {"opened": "新任务"},
        command="open_tasks",
        after=("miss-tasks",),
    ),
    Job("expire-points", "积分到期清零", _expire_points, {"points": "清零积分"}),
    Job(
        "refresh-fulfilment",
        "更新履约统计",
        _refresh_fulfilment,
        {"items": "项目", "agreements": "协议", "tasks": "任务"},
    ),
    Job(
        "find-review-flags",
        "查找值得核实的签约",
        _find_review_flags,
        {"flags": "新增线索"},
        command="find_review_flags",
    ),
    Job(
        "find-duplicates",
        "查找疑似重复登记",
        _find_duplicates,
        {"added": "新增", "changed": "更新", "removed": "移出"},
        command="find_duplicates",
    ),
    Job("check-calendar", "核对工作日历", _check_calendar, {"missing": "缺少年份"}),
    Job(
        "miss-visits",
        "过去的外出服务记为未开展",
        _miss_visits,
        {"missed": "未开展"},
        command="plan_visits",
    ),
    Job(
        "plan-visits",
        "排好今后几周的巡诊",
        _plan_visits,
        {"made": "新排", "moved": "改期", "removed": "撤下", "cancelled": "取消", "kept": "已有预约而保留"},
        command="plan_visits",
    ),
    Job(
        "miss-streams",
        "过去的健康直播记为未开展",
        _miss_streams,
        {"missed": "未开展"},
        command="plan_livestreams",
    ),
    Job(
        "plan-streams",
        "排好今后几周的健康直播",
        _plan_streams,
        {"made": "新排", "removed": "撤下"},
        command="plan_livestreams",
    ),
    Job(  # after everything that its items count
        "draft-disclosures",
        "生成本月十公开",
        _draft_disclosures,
        {"issues": "新生成", "gaps": "待补充事项"},
        command="draft_disclosures",
        after=("open-tasks", "plan-visits"),
    ),
    Job(
        "link-teams",
        "为新团队生成公开短链接",
        _link_teams,
        {"links": "新链接"},
        command="link_teams",
    ),
    Job(  # after everything that makes or ends work
        "raise-reminders",
        "生成与结束提醒",
        _raise_reminders,
        {"raised": "新提醒", "changed": "更新", "closed": "结束"},
        command="remind",
    ),
    Job(
        "write-digests",
        "汇总每日提醒",
        _write_digests,
        {"written": "新汇总", "rewritten": "更新", "emptied": "已办完", "deliveries": "待发消息"},
        command="remind",
    ),
    Job("clear-reminders", "清除过期的提醒和消息", _clear_reminders, {"rows": "清除"}),
    Job(
        "clear-sessions",
        "清除过期的登录会话",
        _clear_sessions,
        {"sessions": "清除会话", "attempts": "清除登录失败记录"},
    ),
    Job(
        "clear-rosters",
        "清除过期的花名册上传",
        _clear_rosters,
        {"rosters": "清除花名册"},
        command="clear_rosters",
    ),
    Job(
        "clear-posters",
        "清除过期的批量海报",
        _clear_posters,
        {"runs": "清除批次"},
        command="clear_posters",
    ),
    Job("clear-drafts", "清除过期的签约草稿", _clear_drafts, {"drafts": "清除草稿"}, command="clear_drafts"),
    Job(
        "clear-announcements",
        "清除早已送达的通告",
        _clear_announcements,
        {"announcements": "清除通告"},
        command="clear_announcements",
    ),
    Job(
        "clear-texts",
        "清除过期的短信和输错记录",
        _clear_texts,
        {"texts": "清除短信", "tries": "清除输错记录"},
    ),
)
