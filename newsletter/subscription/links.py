"""The addresses by which a subscriber leaves or changes the subscription, for mails."""

from django.conf import settings


def leave_address(subscriber) -> str:
    """The absolute address of the page, and of the one-click POST, that ends the subscription."""
    return f"{settings.SITE_URL}/abonnement/abmelden/{subscriber.token}/"


def manage_address(subscriber) -> str:
    """The absolute address of the page with all data held."""
    return f"{settings.SITE_URL}/abonnement/verwalten/{subscriber.token}/"
