"""Addresses that go into every mail; absolute, as a mail stands nowhere."""

from django.conf import settings
from django.urls import reverse


def absolute(name: str, *args: str) -> str:
    """The address of one of the pages of `newsletter.subscription.urls`."""
    return settings.SITE_URL + reverse(f"subscription:{name}", args=args)


def leave_address(subscriber) -> str:
    """Where a POST ends the subscription (RFC 8058), and a GET shows the button that does."""
    return absolute("leave", subscriber.token)


def manage_address(subscriber) -> str:
    """The page with all data held of the subscriber."""
    return absolute("manage", subscriber.token)
