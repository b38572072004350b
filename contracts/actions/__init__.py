"""The verbs of agreements. Whoever calls one has loaded its rows through ``visible_to``."""

from contracts.actions.ending import CannotTerminate, expire_ended, terminate
from contracts.actions.signatures import SignedBy
from contracts.actions.signing import CannotSign, sign
from contracts.actions.wording import CannotPublish, draft_package_version, keep_package, publish_template

__all__ = [
    "CannotPublish",
    "CannotSign",
    "CannotTerminate",
    "SignedBy",
    "draft_package_version",
    "expire_ended",
    "keep_package",
    "publish_template",
    "sign",
    "terminate",
]
