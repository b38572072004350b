#!/usr/bin/env python
"""Django's command line. Finds, and when it is down starts, the same embedded database as `make up`."""

import os
import sys

# These answer without a database, so they must not start one.
WITHOUT_DATABASE = {
    "collectstatic",
    "compilemessages",
    "findstatic",
    "help",
    "makemessages",
    "startapp",
    "startproject",
    "version",
}


def needs_database(words: list[str]) -> bool:
    """Whether this command line talks to the database."""
    if not words or words[0].startswith("-") or "--help" in words or "-h" in words:
        return False
    if words[0] == "check":
        return any(word.startswith("--database") for word in words)
    if words[0] == "makemigrations":
        return "--check" not in words
    return words[0] not in WITHOUT_DATABASE


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        print("找不到 Django：请用 make up 准备环境，再用 .venv/bin/python manage.py …", file=sys.stderr)
        return 1
    from config import runtime

    try:
        if needs_database(sys.argv[1:]):
            runtime.ensure()
    except runtime.Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
