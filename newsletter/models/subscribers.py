"""Who receives the newsletter by mail. Nothing here is recorded in the history: a deleted address is gone."""

import secrets

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


def new_token() -> str:
    """An opaque token of 256 bits for links in mails; replacing it revokes those already sent."""
    return secrets.token_urlsafe(32)


class Subscriber(models.Model):
    """An address whose owner has confirmed that it receives the newsletter, or has consented to it earlier."""

    address = models.EmailField("E-Mail-Adresse", max_length=254)
    requested_at = models.DateTimeField("angefordert am", null=True, blank=True)
    confirmed_at = models.DateTimeField("bestätigt am", default=timezone.now)
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    suspended_at = models.DateTimeField("ausgesetzt am", null=True, blank=True)

    class Meta:
        verbose_name = "Abonnement"
        verbose_name_plural = "Abonnements"
        ordering = ["address"]
        constraints = [
            models.UniqueConstraint(
                Lower("address"),
                name="newsletter_subscriber_address_once",
                violation_error_message="Diese E-Mail-Adresse ist schon eingetragen.",
            )
        ]

    def __str__(self):
        return self.address
