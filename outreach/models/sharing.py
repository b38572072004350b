"""Ways in for residents and the public: short links, links good for one thing, surveys, posters made in bulk."""

import uuid

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from contracts.models import Agreement
from core.history import keep_history
from core.periods import Period, ends_after_start
from outreach import querysets
from outreach.choices import AnswerWay, LinkPurpose, PaperSize, PublicKind, RunState, SurveyKind
from outreach.models.disclosures import MonthlyDisclosure
from residents.models import Resident
from teams.models import Team, User


class ShortLink(models.Model):
    """A short public address of a team, a grid, a village, an issue: what a square code carries.

    Attributes:
        key: id of the thing, "" for those of which there is one.
    """

    code = models.CharField(
        "编码", max_length=10, unique=True, validators=[RegexValidator(r"^[a-z2-9]{6,10}$")]
    )
    kind = models.CharField("指向", max_length=12, choices=PublicKind)
    key = models.CharField("编号", max_length=20, blank=True)
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = verbose_name_plural = "公开短链接"
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="short_link_once")]

    def __str__(self) -> str:
        return self.code


@keep_history()
class Survey(Period):
    """Questions to residents (4.8): answered once each, by link, by telephone or on paper.

    Attributes:
        questions: [{"code", "text", "kind": "choice" | "score" | "words", "options": [...], "is_needed"}].
    """

    title = models.CharField("标题", max_length=60)
    kind = models.CharField("类别", max_length=15, choices=SurveyKind)
    introduction = models.CharField("说明", max_length=300, blank=True)
    questions = models.JSONField("问题")
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="建立人", related_name="+", db_index=False)

    objects = querysets.SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问卷"
        constraints = [
            ends_after_start("survey_ends_after_start"),
            models.CheckConstraint(
                name="survey_ends",
                condition=Q(ends_on__isnull=False),
                violation_error_message="问卷须填截止日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PersonalLink(models.Model):
    """A link to one resident, good for one purpose, for some days, and for what changes anything only once.

    Only the keyed digest of its secret is kept; before the second factor it shows half a name and nothing else.

    Attributes:
        tries: wrong answers since the last right one.
    """

    purpose = models.CharField("用途", max_length=10, choices=LinkPurpose)
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="personal_links")
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        verbose_name="协议",
        null=True,
        related_name="personal_links",
        db_index=False,
    )
    survey = models.ForeignKey(Survey, models.PROTECT, verbose_name="问卷", null=True, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    tries = models.PositiveSmallIntegerField("连续输错次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="发送人", related_name="+", db_index=False)
    made_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)

    objects = querysets.PersonalLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民一次性链接"
        constraints = [
            models.CheckConstraint(
                name="personal_link_whole",
                condition=Q(purpose=LinkPurpose.SURVEY, survey__isnull=False)
                | Q(purpose=LinkPurpose.BOOK, survey__isnull=True)
                | Q(
                    purpose__in=[LinkPurpose.CONFIRM, LinkPurpose.PROGRESS, LinkPurpose.DISPUTE],
                    agreement__isnull=False,
                    survey__isnull=True,
                ),
                violation_error_message="问卷链接须选问卷，签约类链接须选协议。",
            )
        ]
        indexes = [models.Index(fields=["-made_at", "-id"], name="personal_link_made")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.made_at:%F}"


class SurveyAnswer(models.Model):
    """What one resident answered, once.

    Attributes:
        answers: question code -> code of an option, a score, or words.
        team: whom he is signed with on that day; answers are counted for it.
    """

    survey = models.ForeignKey(
        Survey, models.PROTECT, verbose_name="问卷", related_name="replies", db_index=False
    )
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="survey_answers")
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="团队", null=True, related_name="survey_answers"
    )
    link = models.OneToOneField(PersonalLink, models.PROTECT, null=True, related_name="answer")
    way = models.CharField("方式", max_length=5, choices=AnswerWay)
    answers = models.JSONField("回答")
    answered_at = models.DateTimeField("回答时间")
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )

    objects = querysets.SurveyAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问卷回答"
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "resident"],
                name="survey_answered_once",
                violation_error_message="这份问卷已经回答过了，谢谢。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="survey_answer_frozen", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.answered_at:%F}"


class PosterRun(models.Model):
    """The posters of a month for a whole area or institution, made in the background into one file.

    Attributes:
        issues: ids of the issues, fixed when it was asked for.
        base: beginning of the addresses in the square codes, as it was when somebody asked.
        made: posters drawn so far. failed: {issue id: sentence}.
        token: its address.
    """

    month = models.DateField("月份")
    size = models.CharField("纸张", max_length=2, choices=PaperSize)
    base = models.CharField("公开网址", max_length=200)
    issues = models.JSONField("各期", default=list)
    state = models.CharField("状态", max_length=10, choices=RunState, default=RunState.WAITING)
    made = models.PositiveIntegerField("已生成", default=0)
    failed = models.JSONField("失败", default=dict)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.ForeignKey(User, models.PROTECT, verbose_name="申请人", related_name="poster_runs")
    asked_at = models.DateTimeField("申请时间")
    beat_at = models.DateTimeField("最近进展", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    message = models.CharField("结果", max_length=200, blank=True)

    objects = querysets.OwnRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量海报"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_state_display()}"


class PosterSheet(models.Model):
    """One drawn poster of a run, kept until the run is cleared: a worker who takes the run up again goes on from here."""

    run = models.ForeignKey(PosterRun, models.CASCADE, related_name="sheets", db_index=False)
    disclosure = models.ForeignKey(
        MonthlyDisclosure, models.PROTECT, verbose_name="十公开", related_name="+", db_index=False
    )
    pdf = models.BinaryField()

    objects = querysets.OfRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "已生成的海报"
        constraints = [models.UniqueConstraint(fields=["run", "disclosure"], name="poster_sheet_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.disclosure_id}"
