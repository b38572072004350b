"""Management pages of this room, one noun a file; importing them registers them."""

from care.admin import points, rules

__all__ = ["points", "rules"]
