"""A start that cannot be right does not happen, and says why."""

import base64
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from config.environment import (
    DEMO_FIELD_KEY,
    DEMO_INDEX_KEY,
    DEMO_SECRET_KEY,
    Environment,
    read,
    refuse_unsafe,
)

ROOT = Path(__file__).resolve().parents[2]
SAFE = Environment(
    kind="production",
    debug=False,
    secret_key="k" * 50,
    field_key=b"f" * 32,
    index_key=b"i" * 32,
    allowed_hosts=("jiayi.example",),
    csrf_trusted_origins=(),
    log_level="INFO",
    statement_timeout_ms=0,
    session_idle_minutes=30,
    session_hours=12,
    behind_tls=True,
    proxy_count=1,
    database={"ENGINE": "django.db.backends.postgresql"},
    redis_url="redis://127.0.0.1/0",
    sms_sender="none",
    sms_gateway_url="",
    sms_gateway_app="",
    sms_gateway_secret="",
    wecom_robots={},
    public_url="https://jiayi.example",
)
PRODUCTION = {
    "FDCS_ENV": "production",
    "SECRET_KEY": "Zk3-w9Xq_7hT" * 5,
    "FIELD_KEY": base64.b64encode(b"a-real-key-of-thirty-two-bytes-1").decode(),
    "INDEX_KEY": base64.b64encode(b"a-real-key-of-thirty-two-bytes-2").decode(),
    "ALLOWED_HOSTS": "jiayi.example",
    "DATABASE_URL": "postgres://fdcs@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PROXY_COUNT": "1",
}


def test_a_safe_production_environment_is_accepted():
    refuse_unsafe(SAFE)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"debug": True}, "DEBUG"),
        ({"sms_sender": "file"}, "SMS_SENDER"),
        ({"sms_sender": "pigeon"}, "SMS_SENDER"),
        ({"sms_sender": "gateway"}, "SMS_GATEWAY_URL"),
        (
            {"sms_sender": "gateway", "sms_gateway_url": "http://sms.example.cn", "sms_gateway_secret": "x"},
            "SMS_GATEWAY_URL 须以 https",
        ),
        ({"wecom_robots": {"*": "http://robot.example.cn"}}, "WECOM_ROBOTS"),
        ({"public_url": "http://jiayi.example"}, "PUBLIC_URL"),
        ({"public_url": "https://jiayi.example/p"}, "PUBLIC_URL"),
        ({"public_url": "https://elsewhere.example"}, "PUBLIC_URL"),
        ({"secret_key": DEMO_SECRET_KEY}, "SECRET_KEY"),
        ({"secret_key": "k" * 49}, "SECRET_KEY"),
        ({"field_key": base64.b64decode(DEMO_FIELD_KEY)}, "FIELD_KEY"),
        ({"index_key": base64.b64decode(DEMO_INDEX_KEY)}, "INDEX_KEY"),
        ({"index_key": b"f" * 32}, "不得相同"),
        ({"allowed_hosts": ()}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ("jiayi.example", "*")}, "ALLOWED_HOSTS"),
        ({"database": None}, "DATABASE_URL"),
        ({"redis_url": ""}, "REDIS_URL"),
        ({"kind": "prod"}, "FDCS_ENV"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
    ],
)
def test_production_refuses(change, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        refuse_unsafe(replace(SAFE, **change))


def test_every_fault_is_named_at_once():
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_unsafe(replace(SAFE, debug=True, allowed_hosts=(), redis_url=""))
    for named in ("DEBUG", "ALLOWED_HOSTS", "REDIS_URL"):
        assert named in str(refused.value)


def test_demo_needs_nothing_set():
    refuse_unsafe(
        replace(SAFE, kind="development", secret_key=DEMO_SECRET_KEY, allowed_hosts=(), database=None)
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("FIELD_KEY", "not base64!", "base64"),
        ("FIELD_KEY", base64.b64encode(b"short").decode(), "32 字节"),
        ("SESSION_IDLE_MINUTES", "half an hour", "SESSION_IDLE_MINUTES"),
        ("DEBUG", "perhaps", "DEBUG"),
    ],
)
def test_unreadable_values_stop_the_start(monkeypatch, name, text, said):
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=said):
        read(Env())


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_production_settings_pass_django_s_own_deployment_check():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_process_with_the_demo_secret_does_not_start_in_production():
    done = manage("check", **{name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"})
    assert done.returncode != 0
    assert "不能启动：SECRET_KEY 须自行设置" in done.stderr


@pytest.mark.slow
def test_production_cookies_and_transport():
    script = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000, s.DEBUG)"
    )
    done = manage("shell", "--no-imports", "-c", script, **PRODUCTION)
    assert done.stdout.split() == ["__Host-fdcs", "__Host-fdcs-csrf", "True", "True", "True", "True", "False"]
