"""Management pages of this room, one noun a file; importing them registers them."""

from contracts.admin import agreements, items, packages, standards, wording

__all__ = ["agreements", "items", "packages", "standards", "wording"]
