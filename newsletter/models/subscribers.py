"""Who receives the newsletter by mail. Nothing here is recorded in the history: a deleted address is gone."""

import datetime
import hashlib
import secrets

import pgtrigger
from django.db import connection, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from stand.models import append_only

# How long a link of a request can be used, and how long what nobody has confirmed is kept.
REQUEST_LIFE = datetime.timedelta(days=7)


def new_token() -> str:
    """An opaque token of 256 bits for links in mails; replacing it revokes those already sent."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is kept of a token that goes out in a single mail; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def one_at_a_time() -> None:
    """To be called first in a transaction that changes requests and subscribers together.

    Such changes are few and short. They lock rows of both in an order that depends on what they find, and two
    of them, such as two links to one address, could wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('newsletter.subscription'))")


# --- proof of consent --------------------------------------------------------------------------


class ConsentTextQuerySet(models.QuerySet):
    def current(self):
        """The text that the form shows; there is always one (`newsletter.apps`)."""
        return self.latest("pk")


class ConsentText(models.Model):
    """A version, by its number, of what somebody consents to by subscribing. Never changed, only replaced."""

    text = models.TextField(
        "Text",
        max_length=2000,
        help_text="steht im Formular über der Schaltfläche; zum Beispiel „Ich willige ein, dass …“",
    )
    made_at = models.DateTimeField("gilt seit", default=timezone.now, editable=False)

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = "Einwilligungstext"
        verbose_name_plural = "Einwilligungstexte"
        ordering = ["-pk"]
        triggers = append_only()

    def __str__(self):
        return f"Fassung {self.pk} vom {timezone.localtime(self.made_at):%d.%m.%Y}"


class ConsentBatch(models.Model):
    """Where the earlier consent of addresses that came from a file is proven."""

    name = models.CharField(
        "Bezeichnung",
        max_length=100,
        unique=True,
        help_text="zum Beispiel „Umzug vom bisherigen Versand, Dezember 2026“",
    )
    proof = models.TextField(
        "Nachweis",
        max_length=2000,
        help_text=(
            "wie und wann die Einwilligung eingeholt wurde und wo das belegt ist, zum Beispiel "
            "„Double-Opt-in im bisherigen Newsletter-System; Protokoll in der Akte …“"
        ),
    )
    made_at = models.DateTimeField("übernommen am", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "Übernahme von Abonnements"
        verbose_name_plural = "Übernahmen von Abonnements"
        ordering = ["-pk"]
        triggers = append_only()

    def __str__(self):
        return self.name


# --- subscribers -------------------------------------------------------------------------------


class SubscriberQuerySet(models.QuerySet):
    def with_address(self, address: str):
        """Of an address in any spelling of its letters; at most one."""
        return self.alias(lowered=Lower("address")).filter(lowered=address.lower())

    @transaction.atomic
    def leave(self) -> bool:
        """Deletes these with all that is held of them; whether there was anybody."""
        one_at_a_time()
        return bool(self.delete()[0])

    def with_proof(self):
        return self.select_related("consent", "batch")


class Subscriber(models.Model):
    """An address whose owner has confirmed that it receives the newsletter, or has consented to it earlier."""

    address = models.EmailField("E-Mail-Adresse", max_length=254)
    requested_at = models.DateTimeField("angefordert am", null=True, blank=True)
    # Empty where a file did not say it; then the batch tells where the consent is proven.
    confirmed_at = models.DateTimeField("bestätigt am", null=True, blank=True, default=timezone.now)
    consent = models.ForeignKey(
        ConsentText, models.PROTECT, null=True, blank=True, verbose_name="Einwilligungstext"
    )
    batch = models.ForeignKey(ConsentBatch, models.PROTECT, null=True, blank=True, verbose_name="Übernahme")
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    suspended_at = models.DateTimeField("ausgesetzt am", null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = "Abonnement"
        verbose_name_plural = "Abonnements"
        ordering = ["address"]
        constraints = [
            models.UniqueConstraint(
                Lower("address"),
                name="newsletter_subscriber_address_once",
                violation_error_message="Diese E-Mail-Adresse ist schon eingetragen.",
            ),
            models.CheckConstraint(
                name="newsletter_subscriber_has_consented",
                condition=models.Q(confirmed_at__isnull=False) | models.Q(batch__isnull=False),
                violation_error_message="Ohne Bestätigung muss ein Nachweis angegeben sein.",
            ),
        ]
        triggers = [
            # Whoever deletes it, and however: no request keeps the address.
            pgtrigger.Trigger(
                name="forgets_requests",
                operation=pgtrigger.Delete,
                when=pgtrigger.After,
                func=(
                    "DELETE FROM newsletter_subscriptionrequest WHERE lower(address) = lower(OLD.address); "
                    "RETURN OLD;"
                ),
            )
        ]

    def __str__(self):
        return self.address

    @transaction.atomic
    def revoke_links(self):
        """From now on no link that was ever mailed works."""
        one_at_a_time()
        self.requests.all().delete()
        self.token = new_token()
        self.save(update_fields=["token"])


# --- requests ----------------------------------------------------------------------------------


class SubscriptionRequestQuerySet(models.QuerySet):
    def with_token(self, token: str, *kinds: str):
        return (
            self.filter(digest=digest_of(token), kind__in=kinds)
            .select_related("consent", "subscriber")
            .first()
        )

    def expired(self, now):
        return self.filter(requested_at__lte=now - REQUEST_LIFE)

    def forget_expired(self, now) -> int:
        """How many there were."""
        return self.expired(now).delete()[1].get(self.model._meta.label, 0)


class SubscriptionRequest(models.Model):
    """What somebody asked for and has to prove by a link that was mailed; kept for seven days.

    Once it is confirmed its address is emptied; the rest tells whoever follows the link again that it is done.
    """

    class Kind(models.TextChoices):
        SUBSCRIBE = "subscribe", "Anmeldung"
        NEW_ADDRESS = "new_address", "neue Adresse"
        MANAGE = "manage", "Link zum Verwalten"

    kind = models.CharField(max_length=11, choices=Kind)
    address = models.EmailField(max_length=254, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField(default=timezone.now, db_index=True)
    consent = models.ForeignKey(ConsentText, models.PROTECT, null=True)
    # Whose link it is; of a new subscription once it is confirmed.
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, null=True, related_name="requests")
    confirmed_at = models.DateTimeField(null=True)

    objects = SubscriptionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "Anforderung"
        verbose_name_plural = "Anforderungen"
        default_permissions = ()
        indexes = [models.Index(Lower("address"), name="newsletter_request_address")]
        constraints = [
            models.CheckConstraint(
                name="newsletter_request_forgets_address",
                condition=models.Q(confirmed_at=None) | models.Q(address=""),
                violation_error_message="Eine bestätigte Anforderung nennt keine Adresse mehr.",
            ),
            models.CheckConstraint(
                name="newsletter_request_of_somebody",
                condition=~models.Q(kind="new_address") | models.Q(subscriber__isnull=False),
                violation_error_message="Eine neue Adresse gehört zu einem Abonnement.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} vom {timezone.localtime(self.requested_at):%d.%m.%Y %H:%M}"

    @property
    def is_expired(self) -> bool:
        return self.requested_at <= timezone.now() - REQUEST_LIFE

    @transaction.atomic
    def confirm(self) -> bool:
        """Does what was asked for; False where that is done already, or the request is gone."""
        one_at_a_time()
        request = (
            SubscriptionRequest.objects.select_for_update().filter(pk=self.pk, confirmed_at=None).first()
        )
        if request is None:
            return False
        if request.kind == self.Kind.NEW_ADDRESS:
            request._move()
        else:
            request._subscribe()
        return True

    def _subscribe(self):
        # Two links may be followed at once, and a suspended subscription goes on.
        Subscriber.objects.bulk_create([Subscriber(address=self.address)], ignore_conflicts=True)
        subscriber = Subscriber.objects.with_address(self.address).select_for_update().get()
        self._keep(subscriber)

    def _move(self):
        subscriber = Subscriber.objects.select_for_update().get(pk=self.subscriber_id)
        other = (
            Subscriber.objects.with_address(self.address)
            .exclude(pk=subscriber.pk)
            .select_for_update()
            .first()
        )
        if other:  # the new address has subscribed by itself meanwhile: one subscription is enough
            self._keep(other)
            subscriber.delete()
            return
        subscriber.requests.exclude(pk=self.pk).delete()
        self._keep(subscriber, address=self.address, token=new_token())

    def _keep(self, subscriber, **changes):
        """The proof, for the subscription; links that ask for the same of the address are done with.

        It is not suspended any more, as a mail has arrived.
        """
        now = timezone.now()
        proof = {
            "requested_at": self.requested_at,
            "confirmed_at": now,
            "consent": self.consent,
            "batch": None,
        }
        Subscriber.objects.filter(pk=subscriber.pk).update(**proof, suspended_at=None, **changes)
        same = SubscriptionRequest.objects.alias(lowered=Lower("address")).filter(
            models.Q(pk=self.pk) | models.Q(kind=self.Kind.SUBSCRIBE, lowered=self.address.lower())
        )
        same.update(address="", subscriber=subscriber, confirmed_at=now)


class RequestCountQuerySet(models.QuerySet):
    def forget(self, before) -> int:
        return self.filter(since__lte=before).delete()[0]


class RequestCount(models.Model):
    """How often something was asked for within an hour; of whom is kept as a keyed hash only, for that hour."""

    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    objects = RequestCountQuerySet.as_manager()

    class Meta:
        verbose_name = "Zähler"
        verbose_name_plural = "Zähler"
        default_permissions = ()

    def __str__(self):
        return f"{self.count} seit {self.since}"
