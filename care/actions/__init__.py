"""The verbs of care. Whoever calls one has loaded its rows through ``visible_to``."""

from care.actions.closing import (
    CannotAssignTasks,
    CannotCloseTask,
    CannotReopenTask,
    assign_tasks,
    close_task,
    reopen_task,
)
from care.actions.correcting import CannotVoidRecord, correct_record, void_record
from care.actions.drafts import (
    CannotKeepRecordDraft,
    clear_record_drafts,
    drop_record_drafts,
    keep_record_draft,
)
from care.actions.following import follow_changes, follow_households, follow_merges, follow_people
from care.actions.opening import Missed, Opened, miss_tasks, open_tasks
from care.actions.planning import end_rule, start_rule
from care.actions.recording import (
    CannotRecord,
    Entry,
    Saved,
    check_entry,
    save_record,
    save_visit,
    token_of,
)
from care.actions.replanning import Replanned, replan
from care.actions.settling import Settled, settle, settle_contact, unsettle
from care.actions.versions import VersionPreview, apply_versions, preview_version, verify_plans

__all__ = [
    "CannotAssignTasks",
    "CannotCloseTask",
    "CannotKeepRecordDraft",
    "CannotRecord",
    "CannotReopenTask",
    "CannotVoidRecord",
    "Entry",
    "Missed",
    "Opened",
    "Replanned",
    "Saved",
    "Settled",
    "VersionPreview",
    "apply_versions",
    "assign_tasks",
    "check_entry",
    "clear_record_drafts",
    "close_task",
    "correct_record",
    "drop_record_drafts",
    "end_rule",
    "follow_changes",
    "follow_households",
    "follow_merges",
    "follow_people",
    "keep_record_draft",
    "miss_tasks",
    "open_tasks",
    "preview_version",
    "reopen_task",
    "replan",
    "save_record",
    "save_visit",
    "settle",
    "settle_contact",
    "start_rule",
    "token_of",
    "unsettle",
    "verify_plans",
    "void_record",
]  # fmt: skip
