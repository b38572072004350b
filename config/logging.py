"""JSON lines with request id and user. No request body, no identity number, ever.

Code is not supposed to log personal data. Should it happen all the same (a database error quotes the row that it
refused), the last step takes it out again.
"""

import re
from typing import Any

import structlog

from core.paths import without_secret

# Runs of digits as long as an identity number or a mobile phone; a UUID's groups are shorter or hold letters.
_PERSONAL = re.compile(r"(?<![0-9a-fA-F-])(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?![0-9a-fA-F])")
# psycopg: "DETAIL:  Failing row contains (7, 张三, ...)", "CONTEXT:  COPY roster_row, line 7: "张三...", to the end of the line.
_ROW_VALUES = re.compile(r"(DETAIL:\s*|CONTEXT:\s*COPY [^\n:]*:)[^\n]*")


# What JSON leaves as it is, and some programs take for the end of a line, or the beginning of a terminal command.
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


def without_personal_data(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
    """Stars for identity numbers, phones, secrets of residents' links and row values that Postgres quotes.

    One line stays one line.
    """
    return {key: _cleaned(value) for key, value in line.items()}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return without_secret(_PERSONAL.sub("***", _ROW_VALUES.sub(r"\1***", value))).translate(_CONTROLS)
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _cleaned(repr(value))


_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def logging_config(level: str, *, quiet: bool = False) -> dict:
    """The LOGGING setting; ``quiet`` keeps request lines out of test output."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    without_personal_data,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "ERROR" if quiet else level},
        "loggers": {
            "django": {"handlers": [], "level": "ERROR" if quiet else level, "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Sign-ins are in teams.LoginRecord; axes would repeat them with what was typed as name.
            "axes": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }
