"""Every setting, from the environment only. A wrong value stops the start with a clear message.

`PARTNERS_MODE=sandbox` (the default) needs nothing else. `PARTNERS_MODE=production` does not start
without its own secrets. Any variable may come from a file instead: `NAME_FILE=/path`.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
from pathlib import Path
from typing import Any

import dj_database_url
import environs
import structlog
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environs.FileAwareEnv()


def sandbox_key(purpose: str) -> str:
    """A Fernet-shaped key for the sandbox: the same at every start, worth nothing elsewhere."""
    digest = hashlib.sha256(f"partners sandbox {purpose}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


# -- mode -----------------------------------------------------------------------------------------
PARTNERS_MODE = env.str(
    "PARTNERS_MODE", "sandbox", validate=environs.validate.OneOf(["sandbox", "production"])
)
IN_PRODUCTION = PARTNERS_MODE == "production"
# The stand-in for Google. A system check refuses it in production (clevertap_partners/checks.py).
SANDBOX = env.bool("PARTNERS_SANDBOX", not IN_PRODUCTION)
SANDBOX_URL = env.str("PARTNERS_SANDBOX_URL", "http://127.0.0.1:8081")
SANDBOX_GRPC_PORT = env.int("PARTNERS_SANDBOX_GRPC_PORT", 8082)
DEBUG = env.bool("DJANGO_DEBUG", False)

# -- secrets --------------------------------------------------------------------------------------
if IN_PRODUCTION:
    SECRET_KEY = env.str("DJANGO_SECRET_KEY")
    PARTNERS_SECRET_KEYS = env.list("PARTNERS_SECRET_KEYS")
else:
    SECRET_KEY = env.str("DJANGO_SECRET_KEY", sandbox_key("django"))
    PARTNERS_SECRET_KEYS = env.list("PARTNERS_SECRET_KEYS", [sandbox_key("ring")])

# -- where state lives ----------------------------------------------------------------------------
VAR_DIR = env.path("PARTNERS_VAR_DIR", BASE_DIR / "var")
DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'partners.sqlite3'}")
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
LAKE_URL = env.str("PARTNERS_LAKE_URL", str(VAR_DIR / "lake"))
# How long the lake keeps files and versions that nothing needs any more, at least.
LAKE_RETENTION_DAYS = env.int(
    "PARTNERS_LAKE_RETENTION_DAYS", 14, validate=environs.validate.Range(min=3)
)
# Spilled sorts and files on their way to a bucket; emptied by the operating system or by us.
SCRATCH_DIR = env.path("PARTNERS_SCRATCH_DIR", VAR_DIR / "scratch")

# -- Django ---------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list(
    "DJANGO_ALLOWED_HOSTS", [] if IN_PRODUCTION else ["localhost", "127.0.0.1"]
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", [])
ROOT_URLCONF = "clevertap_partners.urls"
WSGI_APPLICATION = "clevertap_partners.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "clevertap_partners.core.operations_app.OperationsConfig",  # Django's admin, in our order
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "heroicons",
    "django_rq",
    "axes",
    "django_prometheus",
    "clevertap_partners.core",
    "clevertap_partners.accounts",
    "clevertap_partners.accounts.security",
    "clevertap_partners.eventstore",
    "clevertap_partners.webhooks",
    "clevertap_partners.mail",
    "integrations",
    "exports",
    "imports",
]
if SANDBOX:
    INSTALLED_APPS.append("clevertap_partners.sandbox")

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages; static files are compressed when they are collected. Django pads what it compresses, so
    # that lengths tell nothing about tokens.
    "django.middleware.gzip.GZipMiddleware",
    "clevertap_partners.core.browser_security.BrowserSecurity",
    "csp.middleware.CSPMiddleware",
    "clevertap_partners.accounts.security.middleware.Sessions",
    "clevertap_partners.accounts.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clevertap_partners.accounts.security.middleware.NoteSession",
    "clevertap_partners.core.origin.NoteOrigin",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clevertap_partners.core.browser_security.BoundedBody",
    "clevertap_partners.core.browser_security.QueuePages",
    "clevertap_partners.accounts.middleware.SignInForFragments",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

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
                "clevertap_partners.core.context_processors.settings_for_templates",
                "clevertap_partners.accounts.context_processors.frame",
            ],
            "builtins": [
                "clevertap_partners.core.templatetags.ui",
                "clevertap_partners.core.templatetags.fields",
                "heroicons.templatetags.heroicons",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Web, workers and scheduler write at once: readers never wait, writers queue up instead of
    # failing, and a transaction takes its write lock at the start so that it cannot deadlock.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }

# -- sign-in --------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# How many proxies of ours a request passes: so many addresses in X-Forwarded-For are theirs to say.
PARTNERS_PROXIES = env.int(
    "PARTNERS_PROXIES", 1 if IN_PRODUCTION else 0, validate=environs.validate.Range(min=0)
)
# Wrong passwords in 15 minutes: for a person from one address, and from one address for anybody.
AXES_FAILURE_LIMIT = 8
LOGIN_FAILURES_PER_ADDRESS = 50
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "clevertap_partners.accounts.security.throttle.Throttle"
AXES_LOCKOUT_CALLABLE = "clevertap_partners.accounts.security.throttle.locked_out"
AXES_CLIENT_IP_CALLABLE = "clevertap_partners.core.address.neighbourhood_of"
AXES_USERNAME_CALLABLE = "clevertap_partners.accounts.security.throttle.username_tag"
AXES_CLIENT_STR_CALLABLE = "clevertap_partners.accounts.security.throttle.client_in_words"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # sessions tell who is signed in
AXES_ENABLE_ADMIN = False  # its pages would show what people typed
# Axes keeps the other fields of a form whose password was wrong.
AXES_SENSITIVE_PARAMETERS = [
    "username", "new_password1", "new_password2", "code", "csrfmiddlewaretoken",
]  # fmt: skip
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A session ends after a week without use, and a month after the sign-in whatever happens.
SESSION_ENGINE = "clevertap_partners.accounts.security.session_store"
SESSION_COOKIE_AGE = 7 * 86_400
SESSION_MAX_AGE = datetime.timedelta(days=30)

# -- language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]
LOCALE_PATHS = [BASE_DIR / "clevertap_partners" / "locale"]
FORMAT_MODULE_PATH = "clevertap_partners.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = IN_PRODUCTION
TIME_ZONE = "UTC"
USE_TZ = True

# -- static files ---------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
if IN_PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
else:
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True  # a changed stylesheet shows without a restart

# -- browser security -----------------------------------------------------------------------------
# Nothing inline anywhere. `require-trusted-types-for` is not here: htmx puts parts into the page as
# HTML, which it forbids.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
CSRF_FAILURE_VIEW = "clevertap_partners.core.views.form_expired"
X_FRAME_OPTIONS = "DENY"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# Lax, not strict: a link in a letter leads to where it says, not to the sign-in.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if IN_PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("DJANGO_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("DJANGO_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    # Browsers take a cookie of such a name over TLS only, and from this very host.
    SESSION_COOKIE_NAME = "__Host-partners"
    CSRF_COOKIE_NAME = "__Host-partners-csrf"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
# No request is larger, files included; what it says about its length is all that is read of it.
REQUEST_MAX_BYTES = 2_000_000
# A pasted service account key is about 2.5 kB; a form may carry several.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The map of an import sends four fields for each of up to a thousand columns.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# -- jobs -----------------------------------------------------------------------------------------
_QUEUE = {
    "URL": REDIS_URL,
    "CONNECTION_KWARGS": {"socket_timeout": 10, "socket_connect_timeout": 3},
}
# `high` answers people who wait (credential tests); `default` does the exports; `alerts` calls
# receivers of other people, which may hang.
RQ_QUEUES = {"high": _QUEUE, "default": _QUEUE, "alerts": _QUEUE}
RQ = {"COMMIT_MODE": "auto"}  # core/queue.py rings after commit itself
RQ_SHOW_ADMIN_LINK = True

# How long a worker may be silent before its work is given to another, and how often it says that it
# is alive. Three missed heartbeats and the lease is over.
LEASE_S = env.int("PARTNERS_LEASE_S", 30)
HEARTBEAT_S = env.float("PARTNERS_HEARTBEAT_S", 8.0)
SCHEDULER_TICK_S = env.float("PARTNERS_SCHEDULER_TICK_S", 3.0)
# A worker whose clock differs from the database's by more takes no work.
CLOCK_TOLERANCE_S = env.float("PARTNERS_CLOCK_TOLERANCE_S", 10.0)

SCHEDULER_TICKS = [
    "exports.recurrence.windows_tick",
    "exports.services.exports_tick",
    "imports.ticks.slots_tick",
    "imports.ticks.imports_tick",
    "integrations.testing.ring_waiting_tests",
    "integrations.testing.connections_test_daily",
    "clevertap_partners.mail.services.mails_tick",
    "exports.escalation.incidents_tick",
    "clevertap_partners.webhooks.sending.ring_due_deliveries",
    "clevertap_partners.eventstore.upkeep.upkeep_tick",
    "clevertap_partners.accounts.security.services.sessions_tick",
]

# -- exports --------------------------------------------------------------------------------------
EXPORT_MAX_DAYS_BACK = 60
# Rows that are mapped, judged and written at once; a worker holds a few such batches.
IMPORT_BATCH_ROWS = env.int("PARTNERS_IMPORT_BATCH_ROWS", 50_000)
# Streams of a run, so the number of workers that can read it at once.
IMPORT_MAX_STREAMS = env.int("PARTNERS_IMPORT_MAX_STREAMS", 8)
# Failed rows of a run that are kept to be read, downloaded and tried again, and for how many days;
# all are counted.
IMPORT_FAILED_ROWS_DAYS = env.int("PARTNERS_IMPORT_FAILED_ROWS_DAYS", 30)
IMPORT_FAILED_ROWS_KEPT = env.int("PARTNERS_IMPORT_FAILED_ROWS_KEPT", 200_000)
EXPORT_FILE_MAX_BYTES = env.int("PARTNERS_EXPORT_FILE_MAX_BYTES", 100_000_000)
# DuckDB's share of the 400 MB that a worker may use.
ENGINE_MEMORY_MB = env.int("PARTNERS_ENGINE_MEMORY_MB", 160)

# -- Google ---------------------------------------------------------------------------------------
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  (an address, not a secret)
# A pasted key names the address that we then call: only these are ever called.
GOOGLE_TOKEN_URLS = [GOOGLE_TOKEN_URL]
GOOGLE_STORAGE_URL = "https://storage.googleapis.com"
GOOGLE_BIGQUERY_URL = "https://bigquery.googleapis.com"
GOOGLE_BIGQUERY_STORAGE_ADDRESS = "bigquerystorage.googleapis.com:443"
if SANDBOX:
    GOOGLE_TOKEN_URLS.append(f"{SANDBOX_URL}/token")
    GOOGLE_STORAGE_URL = SANDBOX_URL
    GOOGLE_BIGQUERY_URL = SANDBOX_URL
    GOOGLE_BIGQUERY_STORAGE_ADDRESS = f"127.0.0.1:{SANDBOX_GRPC_PORT}"
# Shown in the setup guide for customers who allow-list addresses: {"eu1": ["203.0.113.0/29"]}.
EGRESS_IP_RANGES: Any = env.json("PARTNERS_EGRESS_IP_RANGES", {})

# -- mail -----------------------------------------------------------------------------------------
# The sandbox has a mail server of its own, whose console page shows what was sent.
EMAIL_HOST = env.str("EMAIL_HOST", "127.0.0.1" if SANDBOX else "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 8025 if SANDBOX else 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Partners <partners@localhost>")
# Workers write links into mail, and no request tells them the address that people use.
PARTNERS_BASE_URL = env.str("PARTNERS_BASE_URL", "" if IN_PRODUCTION else "http://127.0.0.1:8000")
if SANDBOX:
    SANDBOX_MAIL_DIR = VAR_DIR / "sandbox" / "mail"

# -- logs -----------------------------------------------------------------------------------------
_CHAIN: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _CHAIN,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer()
                if IN_PRODUCTION
                else structlog.processors.LogfmtRenderer(bool_as_flag=False),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}, "rq": {"level": "WARNING"}},
}
