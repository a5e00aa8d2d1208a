"""Which edition goes by mail to whom. None of it is recorded in the history: a deleted address is gone."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..mailing.outbox import DeliveryQuerySet, MailingQuerySet
from .editions import Edition
from .subscribers import Subscriber

PUBLISHED_ONLY = """
    IF NOT EXISTS (
        SELECT 1 FROM newsletter_editionpublication publication
        LEFT JOIN newsletter_editionwithdrawal withdrawal ON withdrawal.publication_id = publication.id
        WHERE publication.edition_id = NEW.edition_id AND withdrawal.id IS NULL
    ) THEN
        RAISE EXCEPTION 'Nur eine veröffentlichte Ausgabe wird verschickt, und keine zurückgezogene.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

NOBODY_WAITS_IN_VAIN = """
    IF NEW.subscriber_id IS NULL THEN
        NEW.message_id := '';
    END IF;
    IF NEW.state = 'waiting' AND (NEW.subscriber_id IS NULL OR EXISTS (
        SELECT 1 FROM newsletter_mailing mailing WHERE mailing.id = NEW.mailing_id AND mailing.state = 'cancelled'
    )) THEN
        NEW.state := 'cancelled';
        NEW.finished_at := clock_timestamp();
    END IF;
    RETURN NEW;
"""


class Mailing(models.Model):
    """That an edition is sent by mail, once."""

    class State(models.TextChoices):
        RUNNING = "running", "läuft"
        PAUSED = "paused", "angehalten"
        CANCELLED = "cancelled", "abgebrochen"

    edition = models.OneToOneField(Edition, models.PROTECT, related_name="mailing", verbose_name="Ausgabe")
    state = models.CharField("Zustand", max_length=9, choices=State, default=State.RUNNING)
    send_at = models.DateTimeField("senden ab", default=timezone.now)
    started_at = models.DateTimeField("angelegt am", default=timezone.now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="angelegt von",
    )

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = "Versand"
        verbose_name_plural = "Versand"
        ordering = ["-started_at"]
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="published_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=PUBLISHED_ONLY,
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="newsletter_mailing_state_is_known",
                condition=Q(state__in=["running", "paused", "cancelled"]),
                violation_error_message="Ein Versand läuft, ist angehalten oder abgebrochen.",
            )
        ]

    def __str__(self):
        return f"Versand: {self.edition}"

    def pause(self) -> bool:
        return self._turn("running", "paused")

    def resume(self) -> bool:
        return self._turn("paused", "running")

    def cancel(self) -> bool:
        """For good; what waits is not sent any more."""
        done = self._turn("running", "cancelled") or self._turn("paused", "cancelled")
        self.deliveries.tidy()
        return done

    def _turn(self, before: str, after: str) -> bool:
        """False where somebody else has been faster."""
        return bool(Mailing.objects.filter(pk=self.pk, state=before).update(state=after))


class Delivery(models.Model):
    """An edition for one subscriber. Of a deleted subscriber it keeps what was counted, and nothing that names them.

    What a mail server answers is kept as its two codes only: its text may hold the address.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "wartet"
        CLAIMED = "claimed", "wird gerade gesendet"
        SENT = "sent", "gesendet"
        FAILED = "failed", "nicht zustellbar"
        UNCERTAIN = "uncertain", "Zustellung ungewiss"
        CANCELLED = "cancelled", "abgebrochen"

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deliveries", verbose_name="Versand")
    subscriber = models.ForeignKey(
        Subscriber,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name="Abonnement",
    )
    state = models.CharField("Zustand", max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    not_before = models.DateTimeField("nicht vor", default=timezone.now)
    claimed_at = models.DateTimeField("übernommen am", null=True, blank=True, db_index=True)
    claimed_by = models.PositiveIntegerField("übernommen von", null=True, blank=True)
    finished_at = models.DateTimeField("erledigt am", null=True, blank=True)
    code = models.PositiveSmallIntegerField("Antwort des Mailservers", null=True, blank=True)
    status = models.CharField("Status nach RFC 3463", max_length=9, blank=True)
    message_id = models.CharField("Message-ID", max_length=255, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "Zustellung"
        verbose_name_plural = "Zustellungen"
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["mailing", "not_before", "id"],
                name="newsletter_delivery_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["claimed_by"], name="newsletter_delivery_claimed", condition=Q(state="claimed")
            ),
            models.Index(
                fields=["message_id"], name="newsletter_delivery_message", condition=~Q(message_id="")
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="nobody_waits_in_vain",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=NOBODY_WAITS_IN_VAIN,
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "subscriber"],
                name="newsletter_delivery_once",
                violation_error_message="Eine Ausgabe geht an jede Adresse nur einmal.",
            ),
            models.CheckConstraint(
                name="newsletter_delivery_claimed_by_somebody",
                condition=~Q(state="claimed") | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                violation_error_message="Wer gerade sendet und seit wann, muss angegeben sein.",
            ),
            models.CheckConstraint(
                name="newsletter_delivery_finished_when_settled",
                condition=Q(state__in=["sent", "failed", "cancelled"], finished_at__isnull=False)
                | Q(state__in=["waiting", "claimed", "uncertain"], finished_at=None),
                violation_error_message="Erledigt ist, was gesendet, nicht zustellbar oder abgebrochen ist.",
            ),
            models.CheckConstraint(
                name="newsletter_delivery_code_of_smtp",
                condition=Q(code=None) | Q(code__gte=200, code__lte=599),
                violation_error_message="Die Antwort eines Mailservers hat eine Nummer von 200 bis 599.",
            ),
            models.CheckConstraint(
                name="newsletter_delivery_status_of_rfc_3463",
                condition=Q(status="") | Q(status__regex=r"^[245]\.\d{1,3}\.\d{1,3}$"),
                violation_error_message="Der Status hat die Form 5.1.1.",
            ),
        ]

    def __str__(self):
        return f"Zustellung {self.pk}"

    @property
    def may_be_sent_again(self) -> bool:
        return self.subscriber_id is not None

    @property
    def reason(self) -> str:
        """Why it is uncertain or failed, in words."""
        answer = " ".join(filter(None, [str(self.code or ""), self.status]))
        if self.state == self.State.UNCERTAIN:
            return "Ob der Mailserver die E-Mail angenommen hat, ist nicht bekannt."
        if self.code is None and self.status:
            return f"Die E-Mail kam zurück: {answer}"
        if self.code is None and self.attempts > 1:
            return f"Die Verbindung brach {self.attempts} Mal ab."
        if self.code is None:
            return "Die E-Mail ließ sich für diese Adresse nicht erstellen."
        if 400 <= self.code < 500:
            return f"Nach {self.attempts} Versuchen aufgegeben: {answer}"
        return f"Vom Mailserver abgelehnt: {answer}"
