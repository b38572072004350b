"""Strict reading of environment variables: a wrong value stops the start with a sentence, never a guess."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from environs import Env, EnvError

# Published on purpose: a demo must start with nothing set. Production refuses every one of them.
DEMO_SECRET_KEY = "demo-only-not-a-secret-demo-only-not-a-secret-demo-only"  # noqa: S105
DEMO_FIELD_KEY = base64.b64encode(b"demo-field-key-32-bytes-long-000").decode()
DEMO_INDEX_KEY = base64.b64encode(b"demo-index-key-32-bytes-long-000").decode()

KINDS = ("development", "test", "production")
SMS_SENDERS = ("none", "file", "gateway")
# Scheme and host, perhaps a port: the paths behind it are ours.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")


@dataclass(frozen=True)
class Environment:
    """Everything the process reads from outside, parsed once."""

    kind: str
    debug: bool
    secret_key: str
    field_key: bytes
    index_key: bytes
    allowed_hosts: tuple[str, ...]
    csrf_trusted_origins: tuple[str, ...]
    log_level: str
    statement_timeout_ms: int
    session_idle_minutes: int
    session_hours: int
    behind_tls: bool
    proxy_count: int
    database: dict | None
    redis_url: str
    sms_sender: str
    sms_gateway_url: str
    sms_gateway_app: str
    sms_gateway_secret: str
    wecom_robots: dict[str, str]
    public_url: str

    @property
    def is_production(self) -> bool:
        return self.kind == "production"


def _key(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured(f"{name} 不是有效的 base64：请用 32 字节随机数的 base64。") from error
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} 解码后应为 32 字节，实际 {len(key)} 字节。")
    return key


def _robots(rows: list[str]) -> dict[str, str]:
    """机构编码=地址 -> {code: address}; the code "*" stands for every institution without a robot of its own."""
    found = {}
    for row in rows:
        code, _, address = row.partition("=")
        if not code.strip() or not address.strip().startswith("http"):
            raise ImproperlyConfigured("WECOM_ROBOTS 须写成 机构编码=机器人地址，多个用逗号隔开。")
        found[code.strip()] = address.strip()
    return found


def read(env: Env) -> Environment:
    """Parse the variables.

    Raises:
        ImproperlyConfigured: a value cannot be read, or production is not safe to start.
    """
    try:
        found = Environment(
            kind=env.str("FDCS_ENV", "development"),
            debug=env.bool("DEBUG", False),
            secret_key=env.str("SECRET_KEY", DEMO_SECRET_KEY),
            field_key=_key("FIELD_KEY", env.str("FIELD_KEY", DEMO_FIELD_KEY)),
            index_key=_key("INDEX_KEY", env.str("INDEX_KEY", DEMO_INDEX_KEY)),
            allowed_hosts=tuple(env.list("ALLOWED_HOSTS", [])),
            csrf_trusted_origins=tuple(env.list("CSRF_TRUSTED_ORIGINS", [])),
            log_level=env.str("LOG_LEVEL", "INFO").upper(),
            statement_timeout_ms=env.int("STATEMENT_TIMEOUT_MS", 0),
            session_idle_minutes=env.int("SESSION_IDLE_MINUTES", 30),
            session_hours=env.int("SESSION_HOURS", 12),
            behind_tls=env.bool("BEHIND_TLS", env.str("FDCS_ENV", "development") == "production"),
            proxy_count=env.int("PROXY_COUNT", 0),
            database=env.dj_db_url("DATABASE_URL") if env.str("DATABASE_URL", "") else None,
            redis_url=env.str("REDIS_URL", ""),
            sms_sender=env.str("SMS_SENDER", "none"),
            sms_gateway_url=env.str("SMS_GATEWAY_URL", ""),
            sms_gateway_app=env.str("SMS_GATEWAY_APP", ""),
            sms_gateway_secret=env.str("SMS_GATEWAY_SECRET", ""),
            wecom_robots=_robots(env.list("WECOM_ROBOTS", [])),
            public_url=env.str("PUBLIC_URL", "").rstrip("/"),
        )
    except EnvError as error:
        raise ImproperlyConfigured(f"环境变量有误：{error}") from error
    refuse_unsafe(found)
    return found


def refuse_unsafe(found: Environment) -> None:
    """Refuse a start that cannot be right; every fault is named at once."""
    faults = []
    if found.kind not in KINDS:
        faults.append(f"FDCS_ENV={found.kind} 未知，可用：{'、'.join(KINDS)}")
    if found.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        faults.append(f"LOG_LEVEL={found.log_level} 未知")
    if found.sms_sender not in SMS_SENDERS:
        faults.append(f"SMS_SENDER={found.sms_sender} 未知，可用：{'、'.join(SMS_SENDERS)}")
    if found.sms_sender == "gateway" and not (found.sms_gateway_url and found.sms_gateway_secret):
        faults.append("SMS_SENDER=gateway 须同时设置 SMS_GATEWAY_URL 和 SMS_GATEWAY_SECRET")
    if found.public_url and not _ORIGIN.fullmatch(found.public_url):
        faults.append("PUBLIC_URL 须形如 https://域名，不带路径")
    if found.is_production:
        faults += _production_faults(found)
    if faults:
        raise ImproperlyConfigured("不能启动：" + "；".join(faults) + "。")


def _production_faults(found: Environment) -> list[str]:
    checks = [
        (found.debug, "生产环境不得打开 DEBUG"),
        (
            found.secret_key == DEMO_SECRET_KEY or len(found.secret_key) < 50,
            "SECRET_KEY 须自行设置且不少于 50 个字符",
        ),
        (found.field_key == base64.b64decode(DEMO_FIELD_KEY), "FIELD_KEY 须自行设置"),
        (found.index_key == base64.b64decode(DEMO_INDEX_KEY), "INDEX_KEY 须自行设置"),
        (found.field_key == found.index_key, "FIELD_KEY 与 INDEX_KEY 不得相同"),
        (not found.allowed_hosts or "*" in found.allowed_hosts, "ALLOWED_HOSTS 须写明域名，不能为空或 *"),
        (found.sms_sender == "file", "SMS_SENDER=file 把短信写进文件，只用于演示和开发"),
        (
            found.sms_sender == "gateway" and not found.sms_gateway_url.startswith("https://"),
            "SMS_GATEWAY_URL 须以 https:// 开头，号码和内容才不会明文传输",
        ),
        (
            any(not one.startswith("https://") for one in found.wecom_robots.values()),
            "WECOM_ROBOTS 的地址须以 https:// 开头",
        ),
        (
            found.public_url.startswith("http://"),
            "PUBLIC_URL 须以 https:// 开头，居民扫码后才不会明文传输",
        ),
        (
            bool(found.public_url) and not _is_allowed(found.public_url, found.allowed_hosts),
            "PUBLIC_URL 的域名须列在 ALLOWED_HOSTS 里",
        ),
        (found.database is None, "DATABASE_URL 须指向正式数据库"),
        (not found.redis_url, "REDIS_URL 须指向正式 Redis"),
    ]
    return [sentence for is_fault, sentence in checks if is_fault]


def _is_allowed(address: str, hosts: tuple[str, ...]) -> bool:
    return validate_host(urlsplit(address).hostname or "", hosts)
