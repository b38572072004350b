"""Doors of the registry, one noun a page: load through ``visible_to``, ask the permission, one action, answer."""
