"""Who guesses passwords is locked out, and nobody else: a name for the network from which it was guessed.

What axes keeps of an attempt is the name as it was typed, the network and when; `housekeeping` deletes it after a day.
"""

import datetime
import ipaddress

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from newsletter.subscription.limits import network_of

KEPT = datetime.timedelta(hours=24)


class Attempts(AxesDatabaseHandler):
    """Without what a browser says of itself, the page it was on and what it sent."""

    def user_login_failed(self, sender, credentials: dict, request=None, **kwargs):
        if request is not None:
            request.axes_user_agent = request.axes_http_accept = request.axes_path_info = ""
        super().user_login_failed(sender, credentials, request, **kwargs)

    def post_save_access_attempt(self, instance, **kwargs):
        """In the same transaction, so that the fields of the form are never stored."""
        AccessAttempt.objects.filter(pk=instance.pk).update(get_data="", post_data="")


def name_of(request, credentials: dict | None = None) -> str | None:
    """Names are found in whatever case they are typed, so they are one name."""
    name = (credentials or {}).get("username")
    return name.strip().casefold()[:255] if name else None


def address_of(request) -> str | None:
    """As the limit of subscriptions has it; None for all that cannot be told apart."""
    address = network_of(request).partition("/")[0]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def nobody(*args) -> str:
    """What the log calls a client."""
    return "a client"


def locked_out(request, response=None, credentials=None):
    """The same for a name that there is and one that there is not."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = {"minutes": seconds // 60, "attempts": settings.AXES_FAILURE_LIMIT}
    answer = render(request, "account/locked.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def forget(now: datetime.datetime) -> None:
    """What is over: attempts of yesterday, counts that have run out, and sessions."""
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        model.objects.filter(attempt_time__lt=now - KEPT).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ozgstatus_cache WHERE expires < %s", [now])
    SessionStore.clear_expired()


def hashed_key(key: str, prefix: str, version: int) -> str:
    """Keys of the cache hold names and addresses."""
    return salted_hmac("cache", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()
