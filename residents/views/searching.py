"""What was typed into a search box stays out of every address: it waits sealed in the session, under a random word.

So a result page can be reloaded and returned to by the back button, and no identity number stands in a log, a history
or a shared link.
"""

import base64
import secrets

from django.http import HttpRequest

from core.crypto import Unreadable, seal, unseal

KEPT = 20  # searches of one session
LONGEST = 60  # characters
_KEY, _PURPOSE = "searches", "session.search"


def remember(request: HttpRequest, text: str) -> str:
    """Keep a search text; the word by which ``recall`` finds it ("" for nothing)."""
    text = text.strip()[:LONGEST]
    if not text:
        return ""
    word = secrets.token_urlsafe(6)
    kept = dict(list(request.session.get(_KEY, {}).items())[-KEPT + 1 :])
    kept[word] = base64.b64encode(seal(text, purpose=_PURPOSE)).decode()
    request.session[_KEY] = kept
    return word


def recall(request: HttpRequest, word: str) -> str:
    """The text behind a word; "" when it was never kept here or has been pushed out."""
    sealed = request.session.get(_KEY, {}).get(word)
    if not sealed:
        return ""
    try:
        return unseal(base64.b64decode(sealed), purpose=_PURPOSE)
    except Unreadable:
        return ""
