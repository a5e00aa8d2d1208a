"""The pages of the admin on which an edition goes out by mail, is watched while it does, and is decided about."""

import math
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from stand.draftadmin import Tool

from ..models import Delivery, Mailing, Subscriber
from .message import EditionMail
from .outbox import RATE_SPAN, count_living_senders

RIGHT = "newsletter.publish_edition"
SECONDS_TO_REFRESH = 10
MOST_SHOWN = 500
TEST = "Test: "


class SendForm(forms.Form):
    """When an edition is sent; empty for at once."""

    send_at = forms.DateTimeField(
        label="Erst ab",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Tag und Uhrzeit, zum Beispiel 05.12.2022, 10:00 Uhr. Leer lassen: sofort.",
        error_messages={"invalid": "Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 05.12.2022 10:00."},
    )

    def clean_send_at(self):
        moment = self.cleaned_data["send_at"]
        if moment and moment <= timezone.now():
            raise forms.ValidationError(
                "Dieser Zeitpunkt ist vorbei. Bitte wählen Sie einen späteren, oder lassen Sie das Feld leer."
            )
        return moment


@dataclass(frozen=True)
class Progress:
    """How far a mailing is, of its numbers by state (`MailingQuerySet.with_progress`)."""

    mailing: Any

    @property
    def to_do(self) -> int:
        return self.mailing.waiting + self.mailing.claimed

    @property
    def settled(self) -> int:
        return self.mailing.total - self.to_do

    @property
    def to_decide(self) -> int:
        return self.mailing.failed + self.mailing.uncertain

    @property
    def is_moving(self) -> bool:
        """Whether the next look at it may show something else."""
        running = self.mailing.state == Mailing.State.RUNNING and self.mailing.send_at <= timezone.now()
        return bool(self.to_do) and running and not self.mailing.edition.withdrawal

    @property
    def rate(self) -> float | None:
        """Mails a minute, over the last minutes; None where too little is known."""
        if self.mailing.recently_sent < 2:
            return None
        span = timezone.now() - self.mailing.recently_since
        return self.mailing.recently_sent / max(min(span, RATE_SPAN).total_seconds() / 60, 1 / 60)

    @property
    def minutes_left(self) -> int | None:
        return math.ceil(self.to_do / self.rate) if self.rate and self.is_moving else None

    @property
    def rows(self) -> list[tuple[str, int, str]]:
        """What is shown: a name, a number, and what it means where the name does not say it."""
        mailing = self.mailing
        postponed = f"davon {mailing.postponed} nach einem vergeblichen Versuch" if mailing.postponed else ""
        gone = "gelöschte Abonnements und was der Abbruch traf"
        rows = [
            ("gesendet", mailing.sent, "vom Mailserver angenommen"),
            ("wartet", self.to_do, postponed),
            ("nicht zustellbar", mailing.failed, "endgültig abgelehnt oder zurückgekommen"),
            ("Zustellung ungewiss", mailing.uncertain, "wird nicht von selbst wiederholt"),
        ]
        return [*rows, ("nicht mehr gesendet", mailing.cancelled, gone)] if mailing.cancelled else rows


def obstacles_of(edition, receivers: int) -> list[str]:
    """What stands against sending an edition."""
    found = []
    if not edition.is_published:
        found.append("Die Ausgabe ist noch nicht veröffentlicht.")
    if edition.withdrawal:
        found.append("Die Ausgabe ist zurückgezogen.")
    if edition.illustrative and isinstance(get_connection(), EmailBackend):
        found.append("Die Ausgabe besteht aus Beispieldaten; sie geht an niemanden.")
    if not receivers:
        found.append("Es gibt kein Abonnement, an das sie gehen könnte.")
    return found


class MailingPages:
    """The pages; for the admin of editions."""

    message_user: Callable[..., None]
    has_view_permission: Callable[..., bool]

    def get_urls(self):
        return [
            path(
                "<path:object_id>/versand/",
                self.admin_site.admin_view(self.mailing_view),
                name="newsletter_edition_mailing",
            ),
            path(
                "<path:object_id>/versand/entscheiden/",
                self.admin_site.admin_view(self.deliveries_view),
                name="newsletter_edition_deliveries",
            ),
            *super().get_urls(),
        ]

    def form_tools(self, request, obj):
        return [*super().form_tools(request, obj), Tool("Versand", self.address_of("mailing", obj.pk))]

    # --- starting and watching ---

    def mailing_view(self, request, object_id):
        """Whoever may see the edition sees how far it is; the right to publish is needed for all but a test."""
        edition = self.get_object(request, object_id)
        if edition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        mailing = Mailing.objects.with_progress().filter(edition=edition).first()
        if request.method != "POST":
            return self._mailing_page(request, edition, mailing, SendForm())
        if "_test" in request.POST:
            return self._send_test(request, edition)
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        if mailing is None:
            return self._start(request, edition)
        return self._steer(request, edition, mailing)

    def _mailing_page(self, request, edition, mailing, form):
        receivers = Delivery.objects.receivers().count()
        progress = Progress(mailing) if mailing else None
        refreshes = bool(progress and progress.is_moving and "anhalten" not in request.GET)
        context = {
            "title": f"{edition} versenden" if mailing is None else f"Versand: {edition}",
            "form": form,
            "mailing": mailing,
            "progress": progress,
            "receivers": receivers,
            "obstacles": [] if mailing else obstacles_of(edition, receivers),
            "may_send": request.user.has_perm(RIGHT),
            "no_sender": not count_living_senders()
            and (mailing is None or bool(progress and progress.to_do)),
            "seconds": SECONDS_TO_REFRESH if refreshes else 0,
            "deliveries_address": self.address_of("deliveries", edition.pk),
        }
        response = self._page(request, edition, "admin/newsletter/edition/mailing.html", context)
        if refreshes:
            response["Refresh"] = str(SECONDS_TO_REFRESH)
        return response

    def _send_test(self, request, edition):
        address = request.user.email
        try:
            validate_email(address)
            message = EditionMail.of(edition).message(Subscriber(address=address))
            message.subject = f"{TEST}{message.subject}"
            message.send()
        except forms.ValidationError:
            text = "Ihr Konto hat keine E-Mail-Adresse. Bitte lassen Sie sie in der Verwaltung eintragen."
            self.message_user(request, text, messages.ERROR)
        except (smtplib.SMTPException, OSError):
            text = "Die Test-E-Mail wurde nicht angenommen: Der Mailserver ist nicht erreichbar oder lehnt sie ab."
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, f"Die Test-E-Mail ist unterwegs an {address}.", messages.SUCCESS)
        return HttpResponseRedirect(request.get_full_path())

    def _start(self, request, edition):
        """Ask first, naming how many get what; then do it."""
        form = SendForm(request.POST)
        receivers = Delivery.objects.receivers().count()
        if obstacles_of(edition, receivers) or not form.is_valid():
            return self._mailing_page(request, edition, None, form)
        if "_confirm" in request.POST and request.POST.get("receivers") == str(receivers):
            return self._enter(request, edition, form.cleaned_data["send_at"])
        if "_confirm" in request.POST:
            text = f"Inzwischen sind es andere: {_addresses(receivers)}. Bitte bestätigen Sie noch einmal."
            self.message_user(request, text, messages.WARNING)
        context = {
            "title": f"{edition} an {_addresses(receivers)} senden?",
            "form": form,
            "receivers": receivers,
            "button": f"Ja, an {_addresses(receivers)} senden",
            "name": "_confirm",
            "send_at": form.cleaned_data["send_at"],
        }
        return self._page(request, edition, "admin/newsletter/edition/mailing_confirm.html", context)

    def _enter(self, request, edition, send_at):
        try:
            with transaction.atomic():
                mailing, number = Mailing.objects.start(edition, request.user, send_at)
        except IntegrityError:  # somebody has done it, or has withdrawn the edition, since
            text = "Der Versand wurde inzwischen anderswo begonnen, oder die Ausgabe ist zurückgezogen."
            self.message_user(request, text, messages.WARNING)
        else:
            begin = f" ab {timezone.localtime(mailing.send_at):%d.%m.%Y, %H:%M} Uhr" if send_at else ""
            self._done(request, edition, f"{edition} geht{begin} an {_addresses(number)}.")
        return HttpResponseRedirect(self.address_of("mailing", edition.pk))

    def _steer(self, request, edition, mailing):
        if "_cancel" in request.POST:
            context = {
                "title": "Versand endgültig abbrechen?",
                "button": "Ja, endgültig abbrechen",
                "name": "_cancel_for_good",
                "progress": Progress(mailing),
            }
            return self._page(request, edition, "admin/newsletter/edition/mailing_confirm.html", context)
        acts = {
            "_pause": (mailing.pause, "Der Versand ist angehalten."),
            "_resume": (mailing.resume, "Der Versand geht weiter."),
            "_cancel_for_good": (mailing.cancel, "Der Versand ist abgebrochen."),
        }
        act, text = next((acts[name] for name in acts if name in request.POST), (None, ""))
        if act and act():
            self._done(request, edition, text)
        else:
            text = "Es wurde nichts geändert: Der Versand ist inzwischen in einem anderen Zustand."
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(self.address_of("mailing", edition.pk))

    # --- deciding ---

    def deliveries_view(self, request, object_id):
        """What is uncertain or failed, with addresses; for those who may decide about it."""
        edition = self.get_object(request, object_id)
        if edition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not (request.user.has_perm(RIGHT) and self.has_view_permission(request, edition)):
            raise PermissionDenied
        mailing = Mailing.objects.filter(edition=edition).first()
        if mailing is None:
            return HttpResponseRedirect(self.address_of("mailing", edition.pk))
        open_ones = Delivery.objects.filter(mailing=mailing).to_decide()
        if request.method == "POST":
            return self._decide(request, edition, open_ones)
        shown = list(open_ones[:MOST_SHOWN])
        context = {
            "title": f"Versand: {edition}, was offen ist",
            "mailing": mailing,
            "deliveries": shown,
            "total": open_ones.count(),
            "may_repeat": mailing.state != Mailing.State.CANCELLED and not edition.withdrawal,
            "mailing_address": self.address_of("mailing", edition.pk),
        }
        return self._page(request, edition, "admin/newsletter/edition/deliveries.html", context)

    def _decide(self, request, edition, open_ones):
        if "all" not in request.POST:
            ticked = [number for number in request.POST.getlist("delivery") if number.isdecimal()]
            open_ones = open_ones.filter(pk__in=[number for number in ticked if len(number) < 18])
        chosen = Delivery.objects.filter(pk__in=open_ones.order_by().values("pk"))
        if "_again" in request.POST:
            number, text = chosen.send_again(), "wieder im Postausgang"
        else:
            number, text = chosen.take_as_sent(), "als zugestellt angesehen"
        if number:
            noun = "Zustellung ist" if number == 1 else "Zustellungen sind"
            self._done(request, edition, f"{number} {noun} {text}.")
        else:
            text = (
                "Es wurde nichts geändert. Bitte kreuzen Sie an, worüber Sie entscheiden; als zugestellt ansehen "
                "lässt sich nur, was ungewiss ist."
            )
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())


def _addresses(number: int) -> str:
    return f"{number} {'Adresse' if number == 1 else 'Adressen'}"
