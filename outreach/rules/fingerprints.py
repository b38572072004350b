"""A picture's difference hash: the same scene photographed, shrunk or saved again gives nearly the same 64 bits. Pure.

Each of eight rows of the gray picture, shrunk to nine columns, says eight times whether it gets darker to the right. It
does not see a picture turned, mirrored or cut; it is meant for the photo of last month sent once more.
"""

from io import BytesIO

from PIL import Image

_SIDE = 8
_BITS = _SIDE * _SIDE


def difference_hash(picture: bytes) -> int:
    """64 bits as the signed number a bigint column holds.

    Args:
        picture: a JPEG drawn anew (contracts.pictures); its size was bounded there.
    """
    with Image.open(BytesIO(picture), formats=("JPEG",)) as image:
        gray = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS)
    shades = gray.tobytes()
    bits = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            at = row * (_SIDE + 1) + column
            bits = bits << 1 | (shades[at] > shades[at + 1])
    return bits - (1 << _BITS) if bits >> (_BITS - 1) else bits


def bits_apart(one: int, other: int) -> int:
    """In how many of the 64 bits two fingerprints differ; as the database counts it."""
    return ((one ^ other) & ((1 << _BITS) - 1)).bit_count()
