from django.contrib.auth.hashers import Argon2PasswordHasher


class HouseArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at the OWASP minimum (19 MiB, t=2, p=1): a morning of 5,000 sign-ins must not take the whole server."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
