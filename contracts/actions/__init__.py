"""The verbs of agreements. Whoever calls one has loaded its rows through ``visible_to``."""

from contracts.actions.amending import Amendment, CannotAmend, amend
from contracts.actions.approving import CannotApprove, approve_signing, reject_signing
from contracts.actions.confirming import (
    CannotConfirm,
    confirm_by_code,
    confirm_by_document,
    confirm_by_link,
    send_code,
)
from contracts.actions.disputes import CannotDispute, answer_dispute, raise_dispute
from contracts.actions.doctors import CannotChangeDoctor, accept_doctor, refuse_doctor, request_doctor
from contracts.actions.drafts import CannotKeepDraft, clear_drafts, drop_draft, keep_draft
from contracts.actions.ending import CannotTerminate, terminate
from contracts.actions.evidence import CannotAddEvidence, Proof, add_evidence
from contracts.actions.expiring import close_terms, expire_ended
from contracts.actions.first_steps import note_first_steps
from contracts.actions.following import follow_departures
from contracts.actions.fulfilling import CannotFulfill, Done, fulfill, withdraw
from contracts.actions.handover import CannotReassign, reassign
from contracts.actions.links import CannotLink, link_for_paper, open_link, revoke_link
from contracts.actions.mass import (
    CannotRunMass,
    confirm_mass,
    drop_mass,
    preview_again,
    preview_mass,
    undo_mass,
)
from contracts.actions.members import CannotChangeMembers, join, name_representative
from contracts.actions.packages import (
    CannotKeepPackage,
    draft_package_version,
    keep_item,
    keep_package,
    publish_package,
    set_contents,
    withdraw_package,
)
from contracts.actions.promising import write_promises
from contracts.actions.reaching import CannotNoteReached, note_reached, take_back_reached
from contracts.actions.refusals import CannotRecordRefusal, record_refusal
from contracts.actions.renewing import renew_automatically, write_successors
from contracts.actions.reviewing import CannotReview, find_review_flags, raise_flag, record_review
from contracts.actions.signatures import SignedBy
from contracts.actions.signing import CannotSign, Joining, sign, sign_household, sign_supplement
from contracts.actions.standards import (
    CannotKeepStandard,
    draft_standard,
    keep_label,
    publish_standard,
    set_standard_items,
)
from contracts.actions.transfers import (
    CannotTransfer,
    agree_to_transfer,
    decide_transfer,
    object_to_transfer,
    open_transfer,
    settle_transfers,
    withdraw_transfer,
)
from contracts.actions.voiding import CannotVoid, void
from contracts.actions.wording import CannotPublish, publish_template

__all__ = [
    "Amendment",
    "CannotAddEvidence",
    "CannotAmend",
    "CannotApprove",
    "CannotChangeDoctor",
    "CannotChangeMembers",
    "CannotConfirm",
    "CannotDispute",
    "CannotFulfill",
    "CannotKeepDraft",
    "CannotKeepPackage",
    "CannotKeepStandard",
    "CannotLink",
    "CannotNoteReached",
    "CannotPublish",
    "CannotReassign",
    "CannotRecordRefusal",
    "CannotReview",
    "CannotRunMass",
    "CannotSign",
    "CannotTerminate",
    "CannotTransfer",
    "CannotVoid",
    "Done",
    "Joining",
    "Proof",
    "SignedBy",
    "accept_doctor",
    "add_evidence",
    "agree_to_transfer",
    "amend",
    "answer_dispute",
    "approve_signing",
    "clear_drafts",
    "close_terms",
    "confirm_by_code",
    "confirm_by_document",
    "confirm_by_link",
    "confirm_mass",
    "decide_transfer",
    "draft_package_version",
    "draft_standard",
    "drop_draft",
    "drop_mass",
    "expire_ended",
    "find_review_flags",
    "follow_departures",
    "fulfill",
    "join",
    "keep_draft",
    "keep_item",
    "keep_label",
    "keep_package",
    "link_for_paper",
    "name_representative",
    "note_first_steps",
    "note_reached",
    "object_to_transfer",
    "open_link",
    "open_transfer",
    "preview_again",
    "preview_mass",
    "publish_package",
    "publish_standard",
    "publish_template",
    "raise_dispute",
    "raise_flag",
    "reassign",
    "record_refusal",
    "record_review",
    "refuse_doctor",
    "reject_signing",
    "renew_automatically",
    "request_doctor",
    "revoke_link",
    "send_code",
    "set_contents",
    "set_standard_items",
    "settle_transfers",
    "sign",
    "sign_household",
    "sign_supplement",
    "take_back_reached",
    "terminate",
    "undo_mass",
    "void",
    "withdraw",
    "withdraw_package",
    "withdraw_transfer",
    "write_promises",
    "write_successors",
]
