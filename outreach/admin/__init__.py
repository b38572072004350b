from outreach.admin import community, messages

__all__ = ["community", "messages"]
