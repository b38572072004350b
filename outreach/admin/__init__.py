from outreach.admin import messages

__all__ = ["messages"]
