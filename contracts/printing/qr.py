"""The square code on a paper."""

import segno


def qr_image(link: str) -> str:
    """A link as a picture to be set into ``<img src>``; "" without a link."""
    if not link:
        return ""
    return segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=2)
