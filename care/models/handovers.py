"""Persons handed over to a dedicated officer for one population class, and back; everything else stays with the team
(S1-22, C7)."""

import pgtrigger
from django.db import models
from django.db.models import Q

from care import querysets
from care.choices import RUNNING_HANDOVERS, HandoverReason, HandoverState, Program
from residents.choices import Population
from residents.models import Resident
from teams.models import Team, User


class Handover(models.Model):
    """One person of one class, offered to one officer.

    Attributes:
        program: whose tasks go with the person; "" for a class that no programme serves.
        answer_by: last day on which the officer answers in time.
        decided_by, decided_on, reason, note: the last word so far: accepted, declined, withdrawn, returned, ended;
            decided_by None for the nightly job.
        accepted_on: first day with the officer.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="officer_handovers"
    )
    population = models.CharField("人群", max_length=20, choices=Population)
    program = models.CharField("项目", max_length=20, choices=Program, blank=True, default="")
    from_team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="移交团队", related_name="officer_handovers"
    )
    to_officer = models.ForeignKey(
        User, models.PROTECT, verbose_name="专干", related_name="officer_handovers"
    )
    state = models.CharField("状态", max_length=10, choices=HandoverState, default=HandoverState.OFFERED)
    offered_on = models.DateField("移交日期")
    offered_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="移交人", related_name="+", db_index=False
    )
    offer_note = models.CharField("移交说明", max_length=200, blank=True)
    answer_by = models.DateField("答复期限")
    accepted_on = models.DateField("接收日期", null=True)
    decided_on = models.DateField("最近办理日期", null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="最近办理人", null=True, related_name="+", db_index=False
    )
    reason = models.CharField("原因", max_length=20, choices=HandoverReason, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = querysets.HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专干移交"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "population"],
                condition=Q(state__in=RUNNING_HANDOVERS),
                name="one_handover_per_class",
                violation_error_message="该居民的这类人群已移交专干，请勿重复移交。",
            ),
            models.UniqueConstraint(
                fields=["resident", "program"],
                condition=Q(state__in=RUNNING_HANDOVERS) & ~Q(program=""),
                name="one_officer_per_program",
                violation_error_message="该居民的这个服务项目已移交专干，请勿重复移交。",
            ),
            models.CheckConstraint(
                name="handover_back_with_reason",
                condition=~Q(state__in=["declined", "returned", "ended"]) | ~Q(reason=""),
                violation_error_message="未接收、交回和结束须写明原因。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["answer_by"], name="handover_clock", condition=Q(state=HandoverState.OFFERED)
            )
        ]

    def __str__(self) -> str:
        return f"{self.resident_id}/{self.population}"


class HandoverEvent(models.Model):
    """Who did what to a handover, when and why. Append-only."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="events")
    state = models.CharField("事项", max_length=10, choices=HandoverState)
    on = models.DateField("日期")
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", null=True, related_name="+", db_index=False
    )
    reason = models.CharField("原因", max_length=20, choices=HandoverReason, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = querysets.HandoverEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专干移交经过"
        triggers = [
            pgtrigger.Protect(
                name="handover_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.on}"
