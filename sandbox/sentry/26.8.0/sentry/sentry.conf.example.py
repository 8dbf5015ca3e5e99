# Settings of this Sentry. The file is Python: all that Sentry's own defaults define can be changed.
# They come in by their names, which Sentry expects to find in this module.
# ruff: noqa: F403, F405

import importlib.util
from pathlib import Path

from sentry.conf.server import *

DATABASES = {
    "default": {
        "ENGINE": "sentry.db.postgres",
        "NAME": "postgres",
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": "pgbouncer",
        "PORT": "",
    }
}

SENTRY_SINGLE_ORGANIZATION = True
SENTRY_OPTIONS["system.event-retention-days"] = int(env("SENTRY_EVENT_RETENTION_DAYS", "90"))
if env("SENTRY_SYSTEM_SECRET_KEY"):
    SENTRY_OPTIONS["system.secret-key"] = env("SENTRY_SYSTEM_SECRET_KEY")
SENTRY_SELF_HOSTED_ERRORS_ONLY = env("COMPOSE_PROFILES") != "feature-complete"
SENTRY_AIR_GAP = False

# Redis: queue, buffers and rate limits

SENTRY_OPTIONS["redis.clusters"] = {
    "default": {"hosts": {0: {"host": "redis", "port": "6379", "password": "", "db": "0"}}}
}
BROKER_URL = "redis://redis:6379/0"
SENTRY_CACHE = "sentry.cache.redis.RedisCache"
SENTRY_RATELIMITER = "sentry.ratelimits.redis.RedisRateLimiter"
SENTRY_BUFFER = "sentry.buffer.redis.RedisBuffer"
SENTRY_QUOTAS = "sentry.quotas.redis.RedisQuota"
SENTRY_DIGESTS = "sentry.digests.backends.redis.RedisBackend"

# One cache for all processes: what one of them changes, the others see.
# Upstream names Sentry's own backend, which older images do not have.

_reconnecting = "sentry.cache.backends.reconnectingmemcache.ReconnectingMemcache"
_client = "PyMemcache" if importlib.util.find_spec("pymemcache") else "Memcached"
_sentry = Path(importlib.util.find_spec("sentry").origin).parent
CACHES = {
    "default": {
        "BACKEND": _reconnecting
        if (_sentry / "cache/backends/reconnectingmemcache.py").exists()
        else f"django.core.cache.backends.memcached.{_client}Cache",
        "LOCATION": ["memcached:11211"],
        "TIMEOUT": 3600,
    }
}

# No Kafka, Snuba or Relay here, so events have nowhere to go.

SENTRY_EVENTSTREAM = "sentry.eventstream.base.EventStream"
SENTRY_EVENTSTREAM_OPTIONS = {}
SENTRY_TSDB = "sentry.tsdb.dummy.DummyTSDB"
SENTRY_USE_RELAY = False
SENTRY_BEACON = False
# Sentry's own errors would be events too.
SENTRY_PROJECT = None
# These ask Snuba every few minutes.
if "CELERYBEAT_SCHEDULE" in globals():
    CELERYBEAT_SCHEDULE = {
        name: task
        for name, task in CELERYBEAT_SCHEDULE.items()
        if not name.startswith("dynamic-sampling")
    }

# Web server

SENTRY_WEB_HOST = "0.0.0.0"
SENTRY_WEB_PORT = 9000
SENTRY_WEB_OPTIONS = {
    "http": f"{SENTRY_WEB_HOST}:{SENTRY_WEB_PORT}",
    "protocol": "uwsgi",
    # Sentry's default would open a second socket.
    "uwsgi-socket": None,
    "so-keepalive": True,
    "http-keepalive": 15,
    "http-chunked-input": True,
    "workers": 1,
    "threads": 4,
    "thunder-lock": True,
    "buffer-size": 32768,
    "limit-post": 209715200,
    "disable-logging": True,
    "memory-report": False,
    "ignore-sigpipe": True,
    "ignore-write-errors": True,
    "disable-write-exception": True,
}

# Behind a proxy that ends TLS, these are to be set:
# SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
# USE_X_FORWARDED_HOST = True
# SESSION_COOKIE_SECURE = True
# CSRF_COOKIE_SECURE = True

SENTRY_FEATURES["projects:sample-events"] = False
SENTRY_FEATURES["organizations:sso-basic"] = True
SENTRY_FEATURES["organizations:sso-saml2"] = True
SENTRY_FEATURES["organizations:invite-members"] = True
