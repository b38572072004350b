"""Photos as a phone sends them."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw


def photo(
    width: int = 800, height: int = 600, *, form: str = "JPEG", mode: str = "RGB", shade: int = 0, **save
) -> bytes:
    """Left half red, right half blue; ``shade`` makes another picture of it."""
    image = Image.new(mode, (width, height), 40 if mode == "L" else "blue")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2, height), fill=200 if mode == "L" else "red")
    if shade:
        draw.rectangle((0, 0, width, shade * 10), fill="white")
    kept = BytesIO()
    image.save(kept, form, **save)
    return kept.getvalue()


def upload(raw: bytes | None = None, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo() if raw is None else raw, content_type="image/jpeg")
