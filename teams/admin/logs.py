"""Read-only pages of the logs, for auditors: who signed in, and who looked at whom."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from core.models import ReadLog
from teams.access import Permission
from teams.admin_base import ScopedAdmin
from teams.models import LoginRecord, User

# The log keeps codes; an auditor reads names. By URL name, of every page that shows persons.
SUBJECTS = {
    "resident": "居民",
    "team": "团队",
    "booking": "预约",
    "posting": "网格人员",
    "report": "网格上报",
}
PAGES = {
    "home": "首页",
    "inbox-message": "每日提醒",
    "whistle-list": "网格上报列表",
    "whistle-detail": "网格上报",
    "whistle-step": "办理网格上报",
    "whistle-reveal": "网格上报显示姓名电话",
    "whistle-photo": "网格上报照片",
    "whistle-person": "网格上报查找居民",
    "whistle-confirm": "网格上报核实确认",
    "whistle-register": "网格上报登记新居民",
    "whistle-book": "网格上报登记服务",
    "whistle-urgent": "紧急上报",
    "grid-urgent": "网格端紧急上报",
    "point-bookings": "服务点预约（待告知）",
    "point-bookings-visit": "预约名单",
    "point-booking-new": "登记预约",
    "errand-list": "代办列表",
    "errand-detail": "代办",
    "errand-receipt": "代办签收单",
    "errand-new": "安排代办",
    "errand-ask": "改派代办",
    "errand-cancel": "取消代办",
    "grid-errands": "网格端代办列表",
    "grid-errand": "网格端代办",
    "grid-errand-finish": "网格端办妥代办",
    "grid-errand-fail": "网格端代办未办成",
    "grid-errand-decline": "网格端退回代办",
    "personal-link-list": "居民链接列表",
    "personal-link-new": "居民链接与问卷",
    "personal-link-detail": "居民链接",
    "survey-answer": "登记问卷回答",
    "public-mine": "居民一次性链接",
    "guide-grid": "网格分布导引图",
    "guide-village": "村居分布导引图",
    "guide-grid-people": "导引图：网格人员名单",
    "guide-village-people": "导引图：村居人员名单",
    "guide-grid-unplaced": "导引图：网格未登记住房",
    "guide-village-unplaced": "导引图：村居未登记住房",
    "guide-grid-print": "打印网格导引图",
    "guide-village-print": "打印村居导引图",
    "guide-building": "楼栋导引图",
    "guide-building-print": "打印楼栋导引图",
    "guide-door": "导引图：一户",
    "guide-contact": "导引图：联系居民",
    "member-table": "成员明细表",
    "member-pairings": "结对情况",
    "task-detail": "任务",
    "task-close": "关闭任务",
    "task-plan": "安排任务",
    "task-route": "路线单",
    "fulfilment-team": "团队履约情况",
    "fulfilment-silent": "长期没有服务的居民",
    "resident-list": "居民列表",
    "resident-search": "居民列表（查找）",
    "resident-find": "查找居民",
    "resident-create": "登记居民",
    "resident-detail": "居民详情",
    "resident-edit": "修改登记信息",
    "resident-number": "更正证件号码",
    "resident-death": "登记死亡",
    "resident-move-out": "登记迁出",
    "resident-lost": "登记失访",
    "resident-return": "恢复在册",
    "resident-confirm": "核实居民",
    "resident-reveal": "查看明文",
    "resident-move": "迁户",
    "resident-agreements": "居民的协议",
    "flag-add": "登记人群标识",
    "flag-end": "取消人群标识",
    "flag-edit": "更正人群标识",
    "risk-assess": "风险分级",
    "guardian-add": "登记监护人",
    "guardian-end": "结束监护",
    "resident-duplicates": "登记时提示疑似重复",
    "duplicate-list": "疑似重复",
    "duplicate-detail": "核实疑似重复",
    "duplicate-different": "认定不是同一人",
    "duplicate-merge": "合并登记",
    "merge-undo": "撤销合并",
    "contact-new": "联系居民",
    "contact-bulk": "批量登记联系",
    "contact-void": "作废联系",
    "contact-numbers": "号码错误的居民",
    "contact-silent": "多次联系不上的居民",
    "reading-new": "居家监测",
    "episode-list": "专案管理",
    "episode-pregnancy-new": "登记妊娠",
    "episode-pregnancy-edit": "更正妊娠信息",
    "episode-delivery": "登记分娩和出院",
    "episode-pregnancy-end": "结束妊娠管理",
    "episode-discharge": "登记新生儿出院",
    "episode-tb-new": "登记肺结核管理通知",
    "episode-tb-edit": "肺结核治疗阶段和督导",
    "episode-tb-stop": "肺结核停止治疗",
    "episode-tb-close": "肺结核结案",
    "sheet-household": "全家一张表",
    "record-print": "打印健康管理计划、健康教育处方",
    "service-list": "协商上门服务",
    "service-new": "申请上门服务",
    "service-detail": "上门服务",
    "service-consent": "上门服务风险告知",
    "service-schedule": "约定上门日期",
    "service-finish": "上门服务完成",
    "service-cancel": "取消上门服务",
    "bed-list": "家庭病床",
    "bed-new": "家庭病床评估",
    "bed-detail": "家庭病床详情",
    "bed-open": "建家庭病床",
    "bed-close": "撤家庭病床",
    "grid-households": "网格端：我的住户",
    "grid-call": "网格端：打电话给居民",
    "point-served": "外出服务统计",
    "visit-detail": "外出服务",
    "visit-end": "外出服务登记完成",
    "visit-person": "外出服务逐人登记",
    "household-list": "家庭列表",
    "household-detail": "家庭详情",
    "household-create": "建户",
    "household-head": "变更户主",
    "household-place": "变更家庭住址",
    "household-split": "分户",
    "household-merge": "并户",
    "household-confirm": "全户核实",
    "household-steward": "确定家庭健康掌门人",
    "household-training": "登记掌门人培训",
    "agreement-promises": "协议的承诺与履约",
    "household-promises": "家庭的承诺与履约",
    "agreement-promise-withdraw": "撤回履约登记",
    "agreement-confirm": "请居民确认",
    "public-dispute": "居民本人提出异议",
    "public-confirm": "居民本人确认",
    "public-agreement": "居民本人查看协议",
    "dispute-answer": "居民异议",
    "quality-list": "登记质量",
    "quality-confirm": "批量核实",
    "phone-add": "登记其他电话",
    "phone-remove": "删除其他电话",
    "roster-upload": "花名册上传",
    "roster-template": "花名册模板",
    "roster-detail": "花名册核对",
    "roster-progress": "花名册进度",
    "roster-map": "花名册指定列",
    "roster-retry": "花名册重新核对",
    "roster-remap": "花名册重新指定列",
    "roster-undo": "花名册撤销",
    "roster-apply": "花名册导入",
    "roster-cancel": "花名册取消",
    "roster-errors": "花名册错误行",
    "comparison-list": "名单对照",
    "comparison-detail": "名单对照结果",
    "comparison-settle": "名单对照处理",
    "comparison-refresh": "名单对照重新比对",
    "comparison-register": "名单对照登记",
    "comparison-export": "名单对照导出",
    "agreement-list": "协议列表",
    "agreement-detail": "协议详情",
    "agreement-sign": "签约",
    "agreement-signature": "协议签名",
    "agreement-sign-household": "为全家签约",
    "agreement-supplement": "签补充协议",
    "agreement-evidence": "补充签约凭证",
    "agreement-picture": "签约凭证照片",
    "approval-list": "补录审批列表",
    "approval-detail": "审批补录签约",
    "agreement-reassign": "移交协议",
    "handover-list": "移交清单",
    "transfer-list": "转签列表",
    "transfer-open": "转签查询（证件号码）",
    "transfer-detail": "转签详情",
    "transfer-agree": "同意转签",
    "transfer-object": "提出转签异议",
    "transfer-decide": "处理转签异议",
    "transfer-withdraw": "撤回转签",
    "refusal-list": "拒签与再次联系",
    "refusal-record": "登记拒签",
    "mass-detail": "批量办理",
    "agreement-print": "打印协议",
    "agreement-notice": "打印告知书",
    "team-card": "打印联系卡",
    "team-letter": "打印致居民的信",
    "team-board": "打印团队公示牌",
    "agreement-terminate": "解约",
    "agreement-reached": "登记联系",
    "agreement-amend": "协议更正或变更",
    "agreement-join": "家庭协议成员加入",
    "agreement-representative": "变更家庭代表",
    "agreement-doctor": "更换医生申请",
    "agreement-doctor-answer": "处理更换医生申请",
    "agreement-void": "作废协议",
    "panel-detail": "医生签约居民",
    "review-list": "签约核查清单",
    "review-export": "签约核查导出",
    "review-detail": "签约核查",
    "care-resident": "居民的服务",
    "record-new": "登记服务记录",
    "record-detail": "服务记录",
    "record-correct": "更正服务记录",
    "record-void": "作废服务记录",
    "officer-list": "专干移交",
    "officer-inbox": "移交给我的居民",
    "officer-offer": "移交居民给专干",
    "officer-detail": "专干移交详情",
    "officer-answer": "答复专干移交",
    "officer-recall": "撤回或收回专干移交",
    "referral-list": "双向转诊",
    "referral-new": "上转",
    "referral-down": "下转",
    "referral-detail": "转诊单",
    "referral-step": "办理转诊",
    "points-account": "居民的健康积分",
    "points-household": "家庭的健康积分",
    "points-desk": "积分兑换",
    "points-redeem": "兑换积分",
    "points-receipt": "积分兑换凭证",
    "points-cancel": "取消积分兑换",
}


@admin.register(LoginRecord)
class LoginRecordAdmin(ScopedAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "username", "user", "outcome", "by", "ip", "agent")
    list_filter = ("outcome", ("at", admin.DateFieldListFilter))
    list_select_related = ("user", "by")
    search_fields = ("username__startswith", "user__name__contains", "ip__startswith")
    search_help_text = "按登录名、姓名或 IP 地址查找。"
    ordering = ("-at", "-pk")
    fields = ("at", "username", "user", "outcome", "by", "ip", "agent")


@admin.register(ReadLog)
class ReadLogAdmin(ScopedAdmin):
    """Rows of people in one's scope. The log keeps ids, so a person is found by his number in the system."""

    view_permission = Permission.AUDIT_VIEW
    list_display = ("at", "user_name", "action", "subject_name", "count", "reason", "page_name", "ip")
    list_filter = ("action", ("at", admin.DateFieldListFilter))
    search_fields = ("user_name__startswith",)
    search_help_text = "按登录名查找；输入数字则查找谁看过该编号的对象。"
    ordering = ("-at", "-pk")
    fields = readonly_fields = (
        "at",
        "user_name",
        "ip",
        "action",
        "subject_name",
        "subject_ids",
        "reason",
        "page_name",
    )
    is_scoped = False  # by hand below: the log has no foreign key, it outlives what it speaks of

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return (
            super()
            .get_queryset(request)
            .filter(user_id__in=User.objects.visible_to(request.user).values("pk"))
        )

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str) -> tuple:
        if search_term.isascii() and search_term.isdigit() and len(search_term) < 18:
            return queryset.filter(subject_ids__contains=[int(search_term)]), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="人数")
    def count(self, row: Any) -> int:
        return len(row.subject_ids)

    @admin.display(description="对象类别", ordering="subject")
    def subject_name(self, row: Any) -> str:
        return SUBJECTS.get(row.subject, row.subject)

    @admin.display(description="页面", ordering="page")
    def page_name(self, row: Any) -> str:
        return PAGES.get(row.page, row.page)
