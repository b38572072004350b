"""Management pages of this room, one noun a file; importing them registers them."""

from teams.admin import accounts, logs, places

__all__ = ["accounts", "logs", "places"]
