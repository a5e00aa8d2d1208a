"""The one settings file. Everything that differs between installations comes from the environment.

A required variable that is missing, or one with a malformed value, stops the start with its name.
"""

import datetime
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv, validate

from ozgstatus.database.connection import Connection

# Every variable may come from a file that the same name with _FILE points to, as secrets of Docker do.
env = FileAwareEnv(strip_whitespace=True)

BASE_DIR = Path(__file__).resolve().parent.parent


def read_url(read, name: str):
    """What a library makes of an address with a password; it must not tell in its error what it could not read."""
    try:
        return read(name)
    except EnvError as error:  # names the variable and not its value; its cause does
        raise EnvError(str(error)) from None
    except Exception:
        raise ImproperlyConfigured(f'Environment variable "{name}" is no valid address.') from None


# --- what an operator sets -------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=32))
# Earlier ones, after a change: second factors and mailed links that they made still hold.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_URL = env.url("SITE_URL").geturl().rstrip("/")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", validate=[validate.Length(min=1), validate.ContainsNoneOf([""])]
)
env.str("DATABASE_URL", validate=validate.Regexp("postgres(ql)?://"))
DATABASES = {
    "default": read_url(lambda name: env.dj_db_url(name, engine="ozgstatus.database"), "DATABASE_URL")
}
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

# Whether nobody gets into the admin without a code from a second device. Off for the demo and tests only.
SECOND_FACTOR = env.str("SECOND_FACTOR", default="on", validate=validate.OneOf(["on", "off"])) == "on"

# Whether mails that a file backend has written are shown to whoever is logged in. On for the demo only.
DEMO_MAILBOX = env.str("DEMO_MAILBOX", default="off", validate=validate.OneOf(["on", "off"])) == "on"

# --- security.txt (RFC 9116) -----------------------------------------------------------------


def _uris(values: list[str]) -> None:
    for value in values:
        validate.Regexp(r"(mailto:|https://|tel:)[^\s]+\Z")(value)


# Where weaknesses are reported, and until when that holds; without a contact there is no such file.
SECURITY_CONTACT: list[str] = env.list("SECURITY_CONTACT", default=[], validate=_uris)
SECURITY_EXPIRES = env.date("SECURITY_EXPIRES") if SECURITY_CONTACT else None
SECURITY_POLICY = env.str("SECURITY_POLICY", default="", validate=validate.Regexp(r"(https://[^\s]+)?\Z"))
SECURITY_LANGUAGES = env.str(
    "SECURITY_LANGUAGES", default="de, en", validate=validate.Regexp(r"[A-Za-z-]+(, ?[A-Za-z-]+)*\Z")
)

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
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "adminsortable2",
    "axes",
    "csp",
    "django_filters",
    "django_prose_editor",
    "django_tables2",
    "pgtrigger",
    "ozgstatus.apps.SiteConfig",  # last: its groups need the permissions of all others
]

MIDDLEWARE = [
    "ozgstatus.memory.roomy",  # first: what it is for is everything below it
    # What they put on an answer belongs on every one: static files, redirects to HTTPS and errors too.
    "ozgstatus.middleware.PolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "ozgstatus.middleware.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ozgstatus.middleware.HistoryMiddleware",
    "ozgstatus.middleware.RequestSanityMiddleware",
    # After what refuses a cookie that no session can have.
    "ozgstatus.sessions.SessionLimitsMiddleware",
    "ozgstatus.second_factor.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",  # last: what a lock-out answers is an answer like any other
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

# What counts attempts to log in must count for all processes and hosts together. Keys are hashed: they name people.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "ozgstatus_cache",
        "KEY_FUNCTION": "ozgstatus.lockout.hashed_key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
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
vars().update(read_url(env.dj_email_url, "EMAIL_URL"))
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

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses who is locked out
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "ozgstatus.accounts.EditorsOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset request for an unknown address sends nothing
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Of one network; wrong passwords are counted by axes, wrong codes of the second factor by "login_failed".
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "5/15m/key", "reset_password": "20/m/ip,5/m/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds after a login in which the second factor may be changed
MFA_ADAPTER = "ozgstatus.second_factor.EncryptedSecrets"
MFA_FORMS = {
    "authenticate": "ozgstatus.second_factor.CodeForm",
    "reauthenticate": "ozgstatus.second_factor.CodeAgainForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_PERIOD = 30
MFA_TOTP_TOLERANCE = 1  # the code before and the one after count too: clocks differ, and people type slowly
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are made by an administrator

# Five wrong passwords for one name from one network lock that name for that network, and nothing else.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = datetime.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who goes on guessing does not prolong it
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "ozgstatus.lockout.Attempts"
AXES_USERNAME_CALLABLE = "ozgstatus.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "ozgstatus.lockout.address_of"
AXES_CLIENT_STR_CALLABLE = "ozgstatus.lockout.nobody"
AXES_LOCKOUT_CALLABLE = "ozgstatus.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # who logged in when from where is nothing that the site must know
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- sessions --------------------------------------------------------------------------------

SESSION_IDLE_SECONDS = 2 * 60 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60  # from the login on, however busy

# --- transport and browser policies ----------------------------------------------------------

SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not PLAIN_HTTP
SECURE_HSTS_PRELOAD = not PLAIN_HTTP
SESSION_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = SESSION_COOKIE_AGE
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Nothing of the browser is needed. A feature that it does not know it would complain of.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
        *("encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection"),
        *("local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
        *("publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)

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

# "json": one object a line, for programs; "line": for people.
LOG_FORMAT = env.str("LOG_FORMAT", default="json", validate=validate.OneOf(["json", "line"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "ozgstatus.logs.MaskingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"class": "ozgstatus.logs.JsonFormatter"},
    },
    "filters": {"faults": {"()": "ozgstatus.logs.FaultsWithoutTraceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"filters": ["faults"]},
        "axes": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},  # it tells every page that it lays out
        # A refused host name is the visitor's business, not an error of ours.
        "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
