"""The text-message gateway: JSON over HTTP, signed, each message under a key by which the gateway knows it again.

POST {"app", "id", "phone", "text"} with ``X-Timestamp`` (seconds) and ``X-Signature`` = HMAC-SHA-256 of "timestamp.body" in
hex. 200 or 409 (a key it has seen): accepted. 400, 404, 413, 422: it will never take this one. Anything else, and silence:
unknown, to be asked again under the same key.
"""

import hashlib
import hmac
import json
import time

import httpx2
from django.conf import settings

TIMEOUT = httpx2.Timeout(10, connect=5)  # seconds; the worker's lease is longer
ACCEPTED, NEVER = (200, 201, 202, 409), (400, 404, 413, 422)


class GatewayRefused(Exception):
    """The gateway will not take this message, however often it is asked."""


class GatewayFailed(Exception):
    """The gateway could not take it now; nobody knows whether it did."""


def send(phone: str, text: str, key: str) -> None:
    """Hand one text over.

    Args:
        key: the same for every try of one message; the gateway sends it once.

    Raises:
        GatewayRefused: never again.
        GatewayFailed: later again, under the same key.
    """
    body = json.dumps(
        {"app": settings.SMS_GATEWAY_APP, "id": key, "phone": phone, "text": text}, ensure_ascii=False
    ).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": key,
        "X-Timestamp": stamp,
        "X-Signature": signature(stamp, body),
    }
    try:
        answer = httpx2.post(settings.SMS_GATEWAY_URL, content=body, headers=headers, timeout=TIMEOUT)
    except httpx2.HTTPError as error:  # its own words could quote the number
        raise GatewayFailed(type(error).__name__) from None
    if answer.status_code in NEVER:
        raise GatewayRefused(f"HTTP {answer.status_code}")
    if answer.status_code not in ACCEPTED:
        raise GatewayFailed(f"HTTP {answer.status_code}")


def signature(stamp: str, body: bytes) -> str:
    """What proves to the gateway that it is us."""
    secret = settings.SMS_GATEWAY_SECRET.encode()
    return hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
