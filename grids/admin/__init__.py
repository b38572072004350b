"""Management pages of places, one noun a file; importing them registers them."""

from grids.admin import areas, buildings, grids, postings, responsibilities

__all__ = ["areas", "buildings", "grids", "postings", "responsibilities"]
