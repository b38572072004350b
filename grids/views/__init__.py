"""Doors of the pages on places and on the teams that cover them."""
