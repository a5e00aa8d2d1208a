"""The one settings file. Everything that differs between installations comes from the environment.

A required variable that is missing, or one with a malformed value, stops the start with its name.
"""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from environs import Env, validate

from ozgstatus.database.connection import Connection

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- what an operator sets -------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=32))
SITE_URL = env.url("SITE_URL").geturl().rstrip("/")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", validate=[validate.Length(min=1), validate.ContainsNoneOf([""])]
)
env.str("DATABASE_URL", validate=validate.Regexp("postgres(ql)?://"))
DATABASES = {"default": env.dj_db_url("DATABASE_URL", engine="ozgstatus.database")}
MAIL_FROM = env.str("MAIL_FROM", validate=validate.Length(min=3))
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))

# "plain" relaxes everything that needs TLS, for the demo and tests on a loopback address.
PLAIN_HTTP = env.str("HTTP", default="tls", validate=validate.OneOf(["tls", "plain"])) == "plain"

# Number of proxies in front whose X-Forwarded-Proto is believed; 0 believes nobody.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0, validate=validate.Range(min=0, max=5))

# Who counts the figures that nobody computes, after "von", and the portal on which most services run: words of choices.
SURVEYED_BY = env.str("SURVEYED_BY", default="der SAKD", validate=validate.Length(min=2, max=60))
SERVICE_PORTAL = env.str("SERVICE_PORTAL", default="Amt24", validate=validate.Length(min=2, max=30))

# The state by the first two digits of its municipalities' keys: which of them are read from a register.
STATE_KEY = env.str("STATE_KEY", default="14", validate=validate.Regexp(r"\d\d\Z"))

# How many bytes of pages each process of the web server keeps; 0 keeps none.
PAGE_CACHE_BYTES = env.int("PAGE_CACHE_BYTES", default=64 * 1024 * 1024, validate=validate.Range(min=0))

# --- Django ----------------------------------------------------------------------------------

DEBUG = False
ROOT_URLCONF = "ozgstatus.urls"
WSGI_APPLICATION = "ozgstatus.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "pghistory",  # first: it listens to the models of the others being made
    "newsletter.apps.NewsletterConfig",
    "projects.apps.ProjectsConfig",
    "rollout.apps.RolloutConfig",
    "catalogue.apps.CatalogueConfig",
    "stand.apps.StandConfig",
    "ozgstatus.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "adminsortable2",
    "csp",
    "django_filters",
    "django_prose_editor",
    "django_tables2",
    "pgtrigger",
    "ozgstatus.apps.SiteConfig",  # last: its groups need the permissions of all others
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ozgstatus.middleware.HistoryMiddleware",
    "ozgstatus.middleware.RequestSanityMiddleware",
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
                "ozgstatus.context_processors.site",
            ],
            "builtins": ["stand.templatetags.stand"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool keeps the connections
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
DATABASES["default"]["OPTIONS"]["pool"] = {
    "connection_class": Connection,
    "min_size": 1,
    "max_size": 8,
    "timeout": 0.25,  # after each of which ozgstatus.database looks whether there is an outage
    "reconnect_timeout": 5,
}

LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
USE_TZ = True

# --- static files ----------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("kern", BASE_DIR / "node_modules" / "@kern-ux" / "native" / "dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True

# --- mail ------------------------------------------------------------------------------------

env.str("EMAIL_URL", validate=validate.Regexp("(console|dummy|file|memory|smtps?|submissions?)://"))
vars().update(env.dj_email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10  # seconds that a mail server may keep a visitor waiting
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
# How many mails about subscriptions all visitors together can make the site send in an hour.
SUBSCRIPTION_MAILS_PER_HOUR = env.int(
    "SUBSCRIPTION_MAILS_PER_HOUR", default=500, validate=validate.Range(min=1)
)

# Mails of the newsletter a minute, of all senders together; 0 is no limit.
MAIL_RATE = env.int("MAIL_RATE", default=600, validate=validate.Range(min=0, max=100_000))

# The mailbox of MAIL_FROM, to which mails return that could not be delivered; empty: nobody looks.
IMAP_URL = env.str("IMAP_URL", default="", validate=validate.Regexp("(imaps?://[^/]+(/.*)?)?$"))

# --- login -----------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES  # whose attempts to log in are counted together
ACCOUNT_ADAPTER = "ozgstatus.accounts.EditorsOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset request for an unknown address sends nothing
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

# --- transport and browser policies ----------------------------------------------------------

SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SESSION_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = SESSION_COOKIE_AGE
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # KERN's icons are data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

# --- admin -----------------------------------------------------------------------------------

# An edition with its blocks and rows is one form; 60 rows of 15 fields must not hit the default of 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Control characters, which no XLSX can hold, leave as a replacement sign. Formulae are escaped in stand/exchange.py:
# the library's own setting drops the "=", and an import would not give back what was exported.
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True
# The register is a file of 4 MB; what is uploaded stays in memory, and nothing larger is received.
LARGEST_REQUEST = FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

# --- history ---------------------------------------------------------------------------------

# The moment of the change and not of the transaction's start, so that changes keep their order.
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
PGHISTORY_MIDDLEWARE_METHODS = ("POST",)

# --- logs ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "ozgstatus.logs.MaskingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {"faults": {"()": "ozgstatus.logs.FaultsWithoutTraceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"filters": ["faults"]},
        "weasyprint": {"level": "WARNING"},  # it tells every page that it lays out
        # A refused host name is the visitor's business, not an error of ours.
        "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
