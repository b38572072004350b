"""Settings. What differs between installations comes from the environment (config/environment.py)."""

from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env

from config import runtime
from config.environment import read
from config.logging import logging_config
from config.timetable import NIGHT_BEGINS, TIMETABLE

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read(Env())
IS_TEST = ENVIRONMENT.kind == "test"

SECRET_KEY = ENVIRONMENT.secret_key
FIELD_KEY = ENVIRONMENT.field_key
INDEX_KEY = ENVIRONMENT.index_key
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts) or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.csrf_trusted_origins)
IS_PRODUCTION = ENVIRONMENT.is_production

INSTALLED_APPS = [
    "config.apps.FdcsAdminConfig",
    "django.contrib.auth",
    "django.forms",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "axes",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_structlog",
    "pgtrigger",
    "pghistory",
    "core",
    "teams",
    "grids",
    "residents",
    "contracts",
    "care",
    "outreach",
    "assessment",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.published_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "core.middleware.RequestLog",
    "teams.middleware.SignInRequired",
    "teams.middleware.SessionGuard",
    "outreach.mobile.answers.own_entries_only",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.middleware.private_pages",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.HistoryOf",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "teams.context.navigation",
                "outreach.context.inbox",
                "outreach.context.running_visit",
            ],
        },
    },
]
FORM_RENDERER = "core.forms.HouseRenderer"

# Database: a web page's statement is cut off in time (config/wsgi.py), jobs set their own bound. An empty
# pgtrigger.ignore spares every history trigger an exception a row.
DATABASES = {"default": ENVIRONMENT.database or runtime.database_settings()}
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s -c pgtrigger.ignore={} "
    f"-c statement_timeout={ENVIRONMENT.statement_timeout_ms}"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENVIRONMENT.redis_url or runtime.cache_url(),
    }
}

# Celery: at-least-once delivery, every task may run twice, no results kept, no ETA tasks.
CELERY_BROKER_URL = ENVIRONMENT.redis_url or runtime.broker_url()
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = TIMETABLE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

EVENT_WIRING = "config.wiring.WIRING"  # who consumes which announced fact
NIGHTLY_JOBS = "config.jobs.JOBS"  # what is done once a night, in its order
NIGHTLY_AT = NIGHT_BEGINS

# What reaches people outside: text messages, group robots, and the address in the square code on residents' paper
SMS_SENDER = ENVIRONMENT.sms_sender
SMS_FILE = runtime.texts_file()
SMS_GATEWAY_URL = ENVIRONMENT.sms_gateway_url
SMS_GATEWAY_APP = ENVIRONMENT.sms_gateway_app
SMS_GATEWAY_SECRET = ENVIRONMENT.sms_gateway_secret
WECOM_ROBOTS = ENVIRONMENT.wecom_robots
PUBLIC_URL = ENVIRONMENT.public_url
PUBLIC_PATH = "/p/"  # below it stands what residents see without an account

# Accounts
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["teams.hashers.HouseArgon2Hasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "teams.passwords.HouseValidator"}]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "teams.views.accounts.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a lock ends when the page said it would
AXES_CLIENT_IP_CALLABLE = "core.addresses.client_ip"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # teams.LoginRecord is our log
AXES_ENABLE_ADMIN = False
OTP_TOTP_ISSUER = "家庭医生签约服务"

SESSION_ENGINE = "teams.sessions"
SESSION_COOKIE_AGE = ENVIRONMENT.session_hours * 3600
SESSION_IDLE_SECONDS = ENVIRONMENT.session_idle_minutes * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

# Transport and headers
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.behind_tls
SESSION_COOKIE_NAME = "__Host-fdcs" if ENVIRONMENT.behind_tls else "fdcs"
CSRF_COOKIE_NAME = "__Host-fdcs-csrf" if ENVIRONMENT.behind_tls else "fdcs-csrf"
SECURE_SSL_REDIRECT = ENVIRONMENT.behind_tls
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.behind_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.behind_tls
PROXY_COUNT = ENVIRONMENT.proxy_count
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.proxy_count else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Uploads: what a form may carry. The roster import sets its own, tighter, bounds.
FILE_UPLOAD_HANDLERS = [
    "core.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MAX_UPLOAD_BYTES = 512 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["core.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = None if IS_TEST else BASE_DIR / "staticfiles"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = (
    IS_TEST or DEBUG
)  # tests read the sources, nothing is collected
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_TEST
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

LOGGING = logging_config(ENVIRONMENT.log_level, quiet=IS_TEST)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it would believe X-Forwarded-For from anybody
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_COMMAND_LOGGING_ENABLED = False

REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
