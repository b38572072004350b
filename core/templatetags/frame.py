"""Tags of the page frame."""

from django import template
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("partials/nav_link.html", takes_context=True)
def nav_link(context: template.Context, name: str, label: str, sections: str = "") -> dict:
    """A menu entry. It is current on its own page, and on pages whose URL name starts with one of ``sections``
    (separated by spaces)."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = (match.view_name if match else None) or ""
    is_current = here == name or here.startswith(tuple(sections.split()))
    return {"url": reverse(name), "label": label, "is_current": is_current}
