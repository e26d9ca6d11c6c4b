"""One settings module for run, test and bench. Everything that differs comes from the environment.

`backoffice.stack` starts the embedded services and sets these variables; in production they name real ones.
"""

import logging
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from backoffice.hosts import is_private
from backoffice.logs import logging_settings
from core.databases import database_settings

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var")))

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
DOCUMENTS_KEYS = env.list("DOCUMENTS_KEYS", default=[])  # the first encrypts clients' documents, the others still read (KYC-10)
AUDIT_KEY = env("AUDIT_KEY")  # keys the audit chain's hashes; kept outside the database (AUD-04)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env("BASE_URL", default="http://localhost:8000")
HTTPS = BASE_URL.startswith("https://")

if DEMO and not all(is_private(host) for host in [*ALLOWED_HOSTS, urlsplit(BASE_URL).hostname or ""]):
    raise ImproperlyConfigured("DEMO has known passwords: it does not start under a public host name (BASE_URL, ALLOWED_HOSTS).")

FLOORS = [
    "core", "audit", "approvals", "messaging", "accounts", "kit", "organisations", "clients", "chain",
    "assets", "wallets", "ledger", "tiers", "transactions", "kyc", "orders", "backoffice",
]  # fmt: skip

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "django_htmx",
    "import_export",
    "ninja",
    "django_structlog",
    "guardian",
    *FLOORS,
]

MIDDLEWARE = [
    "backoffice.middleware.RequestContext",
    "backoffice.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "kit.api.middleware.ApiMiddleware",
    "backoffice.middleware.HookMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "kit.middleware.PersonMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
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
            ],
        },
    },
]

DATABASES = {
    "default": {
        **database_settings(env("DATABASE_URL")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # Waiting for a row or a statement for ever would hold a worker and its locks; a request is refused instead.
        # Web processes start with a shorter STATEMENT_TIMEOUT than workers.
        "OPTIONS": {
            "prepare_threshold": 5,  # for core.prepared alone: the ORM's statements differ every time
            "options": f"-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
            f" -c statement_timeout={env('STATEMENT_TIMEOUT', default='60s')}",
        },
    }
}
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # the sweepers are the retry; a request never waits for the broker
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"chain.tasks.*": {"queue": "settlement"}}  # the one worker that holds the operator's key
CELERY_BEAT_SCHEDULE: dict[str, dict] = {
    f"heartbeat-{queue}": {
        "task": "backoffice.tasks.heartbeat",
        "schedule": 10,
        "args": [queue],
        "options": {"queue": queue},
    }
    for queue in ("default", "settlement")
}
CELERY_BEAT_SCHEDULE |= {
    "audit-chain": {"task": "audit.tasks.chain_audit_events", "schedule": 3, "options": {"expires": 10}},
    "audit-verifications": {"task": "audit.tasks.verify_audit_trail", "schedule": 20, "options": {"expires": 20}},
    "audit-nightly": {"task": "audit.tasks.verify_audit_nightly", "schedule": crontab(hour="1", minute="20")},
    "chain-build": {"task": "chain.tasks.build", "schedule": 2, "options": {"expires": 5}},
    "chain-broadcast": {"task": "chain.tasks.broadcast", "schedule": 2, "options": {"expires": 5}},
    "chain-track": {"task": "chain.tasks.track", "schedule": 2, "options": {"expires": 5}},
    "chain-compare": {"task": "chain.tasks.compare", "schedule": 10, "options": {"expires": 10}},
    "chain-compare-nightly": {"task": "chain.tasks.compare_nightly", "schedule": crontab(hour="2", minute="10")},
    "chain-anchor": {"task": "chain.tasks.anchor", "schedule": 600, "options": {"expires": 600}},
    "kit-jobs": {"task": "kit.tasks.sweep_jobs", "schedule": 30, "options": {"expires": 30}},
    "kit-scheduled": {"task": "kit.tasks.make_scheduled", "schedule": 30, "options": {"expires": 30}},
    "kit-forget": {"task": "kit.tasks.forget_old", "schedule": 3600, "options": {"expires": 3600}},
    "ledger-settle": {"task": "ledger.tasks.settle", "schedule": 3, "options": {"expires": 10}},
    "ledger-prove": {"task": "ledger.tasks.prove", "schedule": 20, "options": {"expires": 20}},
    "ledger-nightly": {"task": "ledger.tasks.prove_nightly", "schedule": crontab(hour="1", minute="50")},
    "assets-reissue": {"task": "ledger.tasks.reissue_where_due", "schedule": 15, "options": {"expires": 15}},
    "mail-sweep": {"task": "messaging.tasks.sweep_mail", "schedule": 30, "options": {"expires": 30}},
    "sms-sweep": {"task": "messaging.tasks.sweep_sms", "schedule": 15, "options": {"expires": 15}},
    "alerts-tell": {"task": "messaging.tasks.tell_subscribers", "schedule": 60, "options": {"expires": 60}},
    "notifications-forget": {"task": "messaging.tasks.forget_notifications", "schedule": crontab(hour="2", minute="50")},
}

CELERY_BEAT_SCHEDULE |= {
    "orders-paid": {"task": "orders.tasks.sweep_paid_orders", "schedule": 15},
    "orders-callbacks": {"task": "orders.tasks.sweep_callbacks", "schedule": 15},
    "orders-unpaid": {"task": "orders.tasks.sweep_unpaid_orders", "schedule": 60},
}
CELERY_BEAT_SCHEDULE |= {
    "holds-recheck": {"task": "transactions.tasks.sweep_holds", "schedule": 60, "options": {"expires": 60}},
    "transfer-quotes-forget": {"task": "transactions.tasks.forget_quotes", "schedule": crontab(hour="2", minute="35")},
    "holds-expire": {"task": "transactions.tasks.expire_holds", "schedule": 600, "options": {"expires": 600}},
}
CELERY_BEAT_SCHEDULE |= {
    "tiers-recurring": {"task": "tiers.tasks.charge_recurring", "schedule": crontab(minute="10"), "options": {"expires": 3500}},
}
CELERY_BEAT_SCHEDULE |= {
    "clients-requests": {"task": "clients.tasks.sweep_requests", "schedule": 10, "options": {"expires": 10}},
    "clients-forget": {"task": "clients.tasks.forget_old", "schedule": crontab(hour="2", minute="55")},
}
CELERY_BEAT_SCHEDULE |= {
    "documents-expiry": {"task": "kyc.tasks.watch_documents", "schedule": crontab(minute="25"), "options": {"expires": 3600}},
    "documents-sweep": {"task": "kyc.tasks.sweep_document_files", "schedule": crontab(hour="3", minute="15")},
}
CELERY_BEAT_SCHEDULE |= {
    "accounts-forget": {"task": "accounts.tasks.forget_old_tries", "schedule": crontab(hour="2", minute="40")},
    "accounts-forget-sessions": {"task": "accounts.tasks.forget_ended_sessions", "schedule": crontab(hour="2", minute="45")},
}

CELERY_BEAT_SCHEDULE |= {
    "kyc-starts": {"task": "kyc.tasks.sweep_starts", "schedule": 15, "options": {"expires": 15}},
    "kyc-messages": {"task": "kyc.tasks.sweep_messages", "schedule": 5, "options": {"expires": 5}},
    "kyc-forget": {"task": "kyc.tasks.forget_messages", "schedule": crontab(hour="2", minute="55")},
    "kyc-poll": {"task": "kyc.tasks.poll_providers", "schedule": 30, "options": {"expires": 30}},
}

# The defaults of what administrators set on the settings page (INS-03).
INSTANCE_NAME = env("INSTANCE_NAME", default="Back office")
INSTANCE_TIME_ZONE = env("INSTANCE_TIME_ZONE", default="Europe/Riga")
PASSWORD_CLASSES = env.bool("PASSWORD_CLASSES", default=False)
ORDER_PAYMENT_HOURS = env.int("ORDER_PAYMENT_HOURS", default=72)  # unpaid orders are cancelled after that (ORD-05)
WITHOUT_LIMIT = env("WITHOUT_LIMIT", default="refuse")  # or "free": what becomes of a client whom no limit covers (LIM-04)
HELD_LEVELS = env.list("HELD_LEVELS", default=["0", "1"])  # at these verification levels transactions are held (LIM-09)

API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
API_WRONG_KEYS_PER_MINUTE = env.int("API_WRONG_KEYS_PER_MINUTE", default=30)

PAYMENT_PROVIDER = env("PAYMENT_PROVIDER", default="simpay")  # the name under which its payments are recorded
PAYMENT_HOOK_SECRETS = env.list("PAYMENT_HOOK_SECRETS", default=[])  # two while rotating; none: every callback is refused

# Verification of clients (KYC). Without credentials a provider refuses every start, without secrets every callback is refused.
KYC_LINK_MINUTES = env.int("KYC_LINK_MINUTES", default=24 * 60)  # how long the client's link at the provider lives
KYC_PROVIDER_TIMEOUT = env.int("KYC_PROVIDER_TIMEOUT", default=10)  # seconds for a whole answer
KYC_CALLBACK_URL = env("KYC_CALLBACK_URL", default="")  # where providers reach /hooks/; BASE_URL where it is empty
KYC_REDIRECT_URL = env("KYC_REDIRECT_URL", default="")  # where the client's browser goes afterwards; the provider's own page where empty
SHUFTI_URL = env("SHUFTI_URL", default="https://api.shuftipro.com")
SHUFTI_CLIENT_ID = env("SHUFTI_CLIENT_ID", default="")
SHUFTI_SECRETS = env.list("SHUFTI_SECRETS", default=[])  # the first signs our requests; all hold for what Shufti signs (rotation)
SHUFTI_SIGNATURES = env.list("SHUFTI_SIGNATURES", default=["hashed"])  # "plain" for accounts from before 15 March 2023
SUMSUB_URL = env("SUMSUB_URL", default="https://api.sumsub.com")
SUMSUB_APP_TOKEN = env("SUMSUB_APP_TOKEN", default="")
SUMSUB_SECRET_KEY = env("SUMSUB_SECRET_KEY", default="")
SUMSUB_HOOK_SECRETS = env.list("SUMSUB_HOOK_SECRETS", default=[])  # of the webhook, not of the app token; several while rotating

CHAIN_RPC_URL = env("CHAIN_RPC_URL", default="")
CHAIN_RPC_TIMEOUT = env.int("CHAIN_RPC_TIMEOUT", default=5)  # seconds
CHAIN_CONFIRMATIONS = env.int("CHAIN_CONFIRMATIONS", default=1)
CHAIN_FINALITY_TAG = env("CHAIN_FINALITY_TAG", default="")  # "finalized" where the chain has it; else confirmations are counted
# The operator's key, in the settlement worker's environment alone: plain (development), or a keystore v3 file with its passphrase
# in a file of its own (CHN-06). The owner's key stays cold: only its address is needed, once, at deployment.
CHAIN_OPERATOR_KEY = env("CHAIN_OPERATOR_KEY", default="")
CHAIN_OPERATOR_KEYSTORE = env("CHAIN_OPERATOR_KEYSTORE", default="")
CHAIN_OPERATOR_PASSPHRASE_FILE = env("CHAIN_OPERATOR_PASSPHRASE_FILE", default="")
CHAIN_OWNER_ADDRESS = env("CHAIN_OWNER_ADDRESS", default="")
CHAIN_OWNER_KEY = env("CHAIN_OWNER_KEY", default="")  # development only
CHAIN_PRIORITY_FEE = env.int("CHAIN_PRIORITY_FEE", default=1_000_000_000)  # wei; 0 on chains without fees
CHAIN_MAX_FEE = env.int("CHAIN_MAX_FEE", default=500_000_000_000)  # wei per gas that we never pay more than
CHAIN_GAS_BASE = env.int("CHAIN_GAS_BASE", default=100_000)
CHAIN_GAS_PER_OPERATION = env.int("CHAIN_GAS_PER_OPERATION", default=45_000)
CHAIN_TRANSACTIONS_IN_FLIGHT = env.int("CHAIN_TRANSACTIONS_IN_FLIGHT", default=8)
CHAIN_STUCK_SECONDS = env.int("CHAIN_STUCK_SECONDS", default=60)  # unmined for so long: the same nonce again with higher fees
CHAIN_MAX_REVERTS = env.int("CHAIN_MAX_REVERTS", default=20)  # in a row, before the lane halts
CHAIN_OLDEST_ALERT_SECONDS = env.int("CHAIN_OLDEST_ALERT_SECONDS", default=600)
CHAIN_QUEUE_ALERT = env.int("CHAIN_QUEUE_ALERT", default=10_000)  # operations that wait
CHAIN_SILENT_ALERT_SECONDS = env.int("CHAIN_SILENT_ALERT_SECONDS", default=60)  # a node without an answer
CHAIN_BLOCKS_ALERT_SECONDS = env.int("CHAIN_BLOCKS_ALERT_SECONDS", default=300)  # no new block while transactions wait for one
CHAIN_LOW_FUNDS = env.int("CHAIN_LOW_FUNDS", default=10**17)  # wei; below it an alert is raised. 0 on chains without fees
# Where accounts may be deployed later at the wallets' addresses (chain/addresses.py). Without these no wallet is made.
CHAIN_ACCOUNT_FACTORY = env("CHAIN_ACCOUNT_FACTORY", default="")
CHAIN_ACCOUNT_INIT_CODE_HASH = env("CHAIN_ACCOUNT_INIT_CODE_HASH", default="")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = ["accounts.passwords.Argon2"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # seconds; the cookie itself goes with the browser
PASSWORD_RESET_TIMEOUT = 3600  # seconds (ACC-06)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"accounts.passwords.{rule}"} for rule in ("Length", "NotCommon", "NotOwnData", "NotPrevious", "FourClasses")
]

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited; their address is proved by the link that sets the password
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False  # the library counts in the cache; accounts.throttles counts in the database
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds (ACC-07)
ACCOUNT_FORMS = {
    "login": "accounts.signin.forms.SignInForm",
    "reset_password": "accounts.signin.forms.ForgottenPasswordForm",
    "user_token": "accounts.signin.forms.ResetTokenForm",
    "reset_password_from_key": "accounts.signin.forms.NewPasswordForm",
    "change_password": "accounts.signin.forms.OwnPasswordForm",
}
MFA_ADAPTER = "accounts.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.signin.forms.SecondFactorForm",
    "authenticate_webauthn": "accounts.signin.forms.SecondFactorPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODE_DIGITS = 10

# Object rights on single wallets alone, read by `wallets.access` (USR-14): no anonymous user's row, nothing added to our user model,
# and no backend of the library's, since pages and services never ask `has_perm` (guardian.W001 asks for one).
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("lv", "Latviešu")]
TIME_ZONE = "UTC"
CSRF_FAILURE_VIEW = "kit.errors.csrf_failure"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# Hashed names, compressed, cached for ever; tests and single commands serve the files as they lie.
HASHED_STATIC = env.bool("HASHED_STATIC", default=True)
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static" if HASHED_STATIC else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = not HASHED_STATIC
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_HANDLERS = [
    "kit.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]


# --- mail ------------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "messaging.backends.OutboxBackend"  # whoever sends, the outbox does it: after commit, retried, logged
MAIL_TRANSPORT = env.email_url("MAIL_URL", default="dummymail://" if DEMO else "smtp://localhost:25")
MAIL_TIMEOUT = env.int("MAIL_TIMEOUT", default=20)  # seconds that one answer of the mail server may take
MAIL_KEEP_CONTENT = DEMO  # for the mailbox page; elsewhere what was sent is forgotten but for its subject and result
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("MAIL_FROM", default="no-reply@localhost")  # without a name: the instance's

# --- SMS: where the provider takes messages, and with which key (messaging/gateway.py says what is sent) ---------------
SMS_URL = env("SMS_URL", default="")
SMS_KEY = env("SMS_KEY", default="")
SMS_SENDER = env("SMS_SENDER", default="")
SMS_TIMEOUT = env.int("SMS_TIMEOUT", default=10)  # seconds

# --- who may say what about a request ------------------------------------------------------------------------------
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # networks whose X-Forwarded-* count
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])  # who may read /metrics

# --- browsers ------------------------------------------------------------------------------------------------------
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
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # removed by RequestContext unless a trusted proxy sent it
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]  # asked from inside, without a proxy
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
CSRF_TRUSTED_ORIGINS = [BASE_URL.rstrip("/")]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# __Host- makes the browser refuse a cookie that another subdomain, or plain HTTP, tried to set.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language"

# --- logs ----------------------------------------------------------------------------------------------------------
LOGGING = logging_settings(env("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestContext has put a well-formed one there
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # addresses stand in the audit trail, not in log files
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG

SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # its backend answers has_perm, which nothing here asks
    "auth.W004",  # "not unique" is wrong: a constraint on lower(email) makes the login unique without regard to case
    "security.W021",  # preloading is the domain owner's decision, not that of one host below it
]
