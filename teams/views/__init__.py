"""Doors of the accounts pages (accounts, second_factor) and of the team pages."""
