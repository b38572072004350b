"""Short codes for public addresses and square codes: letters and digits of which none looks like another."""

import secrets

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 8  # more than 850 billion; the unique constraint of the table has the last word


def public_code(length: int = LENGTH) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))
