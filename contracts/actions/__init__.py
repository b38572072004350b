"""The verbs of agreements. Whoever calls one has loaded its rows through ``visible_to``."""

from contracts.actions.ending import CannotTerminate, expire_ended, terminate
from contracts.actions.following import follow_departures
from contracts.actions.packages import (
    CannotKeepPackage,
    draft_package_version,
    keep_item,
    keep_package,
    publish_package,
    set_contents,
    withdraw_package,
)
from contracts.actions.signatures import SignedBy
from contracts.actions.signing import CannotSign, sign
from contracts.actions.standards import (
    CannotKeepStandard,
    draft_standard,
    keep_label,
    publish_standard,
    set_standard_items,
)
from contracts.actions.wording import CannotPublish, publish_template

__all__ = [
    "CannotKeepPackage",
    "CannotKeepStandard",
    "CannotPublish",
    "CannotSign",
    "CannotTerminate",
    "SignedBy",
    "draft_package_version",
    "draft_standard",
    "expire_ended",
    "follow_departures",
    "keep_item",
    "keep_label",
    "keep_package",
    "publish_package",
    "publish_standard",
    "publish_template",
    "set_contents",
    "set_standard_items",
    "sign",
    "terminate",
    "withdraw_package",
]
