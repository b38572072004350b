"""Management pages of the registry, one noun a page. Residents are served by the registry's own pages, masked."""

from residents.admin import risk, rosters

__all__ = ["risk", "rosters"]
