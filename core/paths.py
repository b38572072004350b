"""What of an address may be written down."""

import re

# An address such as /p/a/<secret>/ (paper), /p/l/<secret>/ (sent for one purpose) or /p/points/<code>/booked/<token>/
# opens somebody's own page: whoever reads it in a log could open it as well.
_SECRET = re.compile(r"(/p/(?:[al]|points/[^/\s]+/booked)/)[^/\s?\"'#<>]+")


def without_secret(text: str) -> str:
    """The same text, stars for the secrets of residents' links in it."""
    return _SECRET.sub(r"\1***", text)
