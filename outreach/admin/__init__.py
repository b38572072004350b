from outreach.admin import calendars, community, messages

__all__ = ["calendars", "community", "messages"]
