"""How often mails may be asked for. Of whom is kept as a keyed hash, for an hour from the first time."""

import datetime
import ipaddress

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from newsletter.models import RequestCount

HOUR = datetime.timedelta(hours=1)
PER_NETWORK = 50  # an office with many people often has one address only

# One statement, so that two at the same moment count as two.
COUNT = """
    INSERT INTO newsletter_requestcount AS old (key, since, count) VALUES (%(key)s, %(now)s, 1)
    ON CONFLICT (key) DO UPDATE SET
        since = CASE WHEN old.since <= %(before)s THEN EXCLUDED.since ELSE old.since END,
        count = CASE WHEN old.since <= %(before)s THEN 1 ELSE old.count + 1 END
    RETURNING count
"""


class TooManyRequests(Exception):
    """The message says to whom it happened."""


def network_of(request) -> str:
    """The IPv4 address, or the /64 of an IPv6 one; behind proxies the one that the outermost trusted one saw."""
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    address = seen[-proxies] if 0 < proxies <= len(seen) else request.META.get("REMOTE_ADDR", "")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"  # all that cannot be told apart share one limit
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def check(request) -> None:
    """Counts a request for a mail; raises TooManyRequests where its network or all together have had enough."""
    if _count("network", network_of(request)) > PER_NETWORK:
        raise TooManyRequests(
            "Aus Ihrem Netz kamen in der letzten Stunde sehr viele Anfragen. "
            "Bitte versuchen Sie es in einer Stunde noch einmal."
        )
    if _count("all", "") > settings.SUBSCRIPTION_MAILS_PER_HOUR:
        raise TooManyRequests(
            "Zurzeit kommen sehr viele Anfragen. Bitte versuchen Sie es in einer Stunde noch einmal."
        )


def is_first_of_hour(address: str) -> bool:
    """Whether nothing was sent to the address for an hour; counts as sent from now on."""
    return _count("address", address.lower()) == 1


def not_sent(address: str) -> None:
    """It may be asked for again at once."""
    RequestCount.objects.filter(key=_key("address", address.lower())).delete()


def _key(kind: str, subject: str) -> str:
    return salted_hmac("newsletter.subscription.limits", f"{kind} {subject}", algorithm="sha256").hexdigest()


def _count(kind: str, subject: str) -> int:
    """How often within the hour, this time included."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": _key(kind, subject), "now": now, "before": now - HOUR})
        return cursor.fetchone()[0]
