"""The pages of the admin on which an edition becomes public, and on which it is withdrawn."""

import hashlib
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html

from stand.draftadmin import Tool, form_address
from stand.forms import TextField

from .comparison import compare
from .models import Edition, EditionWithdrawal
from .publishing import (
    PUBLICATIONS,
    NotPublishable,
    as_published_now,
    deviations_of,
    hand_over,
    hold,
    is_handed_over,
    obstacles_of,
    publish,
    reports_of,
    schedule,
    warnings_of,
)

RIGHT = "newsletter.publish_edition"
CHANGED = (
    "Nicht veröffentlicht: Die Ausgabe wurde geändert, seit Sie diese Seite geöffnet haben. "
    "Bitte prüfen Sie sie noch einmal; unten steht der neue Inhalt."
)


class TimeForm(forms.Form):
    """When an edition becomes public by itself."""

    publish_at = forms.DateTimeField(
        label="Tag und Uhrzeit",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="zum Beispiel 05.12.2022, 10:00 Uhr",
        error_messages={
            "required": "Bitte geben Sie Tag und Uhrzeit an.",
            "invalid": "Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 05.12.2022 10:00.",
        },
    )

    def clean_publish_at(self):
        moment = self.cleaned_data["publish_at"]
        if moment <= timezone.now():
            raise forms.ValidationError(
                "Dieser Zeitpunkt ist vorbei. Bitte wählen Sie einen späteren oder veröffentlichen Sie jetzt."
            )
        return moment


class WithdrawalForm(forms.Form):
    reason = TextField(
        label="Öffentliche Begründung",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text="Steht dann unter der Adresse der Ausgabe, zum Beispiel „Die Ausgabe erschien versehentlich.“",
        error_messages={"required": "Bitte schreiben Sie, warum die Ausgabe zurückgezogen wird."},
    )


class PublishingPages:
    """The two pages; for the admin of editions."""

    message_user: Callable[..., None]
    has_change_permission: Callable[..., bool]

    def get_urls(self):
        pages = [
            path(
                "<path:object_id>/veroeffentlichen/",
                self.admin_site.admin_view(self.publish_view),
                name="newsletter_edition_publish",
            ),
            path(
                "<path:object_id>/zurueckziehen/",
                self.admin_site.admin_view(self.withdraw_view),
                name="newsletter_edition_withdraw",
            ),
        ]
        return [*pages, *super().get_urls()]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        if not obj.is_published:
            return [*tools, Tool("Veröffentlichen", self.address_of("publish", obj.pk))]
        if request.user.has_perm(RIGHT) and not obj.withdrawal:
            return [*tools, Tool("Zurückziehen", self.address_of("withdraw", obj.pk))]
        return tools

    # --- publishing ---

    def publish_view(self, request, object_id):
        """Whoever may see the edition sees what publishing means; the right is needed for doing it."""
        edition = self.get_object(request, object_id)
        if edition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        may_publish, may_hand_over = request.user.has_perm(RIGHT), self._may_hand_over(request, edition)
        may_do_it = may_hand_over if "_hand_over" in request.POST else may_publish
        if not self.has_view_permission(request, edition) or (request.method == "POST" and not may_do_it):
            raise PermissionDenied
        if edition.is_published:
            self.message_user(request, f"{edition} ist schon veröffentlicht.", messages.WARNING)
            return HttpResponseRedirect(form_address(edition))
        if "_hand_over" in request.POST:
            return self._hand_over(request, edition)
        form = TimeForm(request.POST if "_schedule" in request.POST else None)
        if request.method == "POST":
            try:
                done = self._act(request, edition, form)
            except NotPublishable:
                done = False
                self.message_user(
                    request,
                    "Nicht veröffentlicht: Bitte erledigen Sie zuerst, was noch fehlt.",
                    messages.ERROR,
                )
            except IntegrityError:
                done = False
                text = (
                    "Nicht veröffentlicht: Die Angaben wurden gerade anderswo geändert. Bitte prüfen Sie sie."
                )
                self.message_user(request, text, messages.ERROR)
            if done:
                return HttpResponseRedirect(form_address(edition))
        context = {"may_publish": may_publish, "may_hand_over": may_hand_over}
        return self._publishing_page(request, self.get_object(request, object_id), form, context)

    def _may_hand_over(self, request, edition) -> bool:
        reports = (f"{model._meta.app_label}.change_{model._meta.model_name}" for model in PUBLICATIONS)
        return self.has_change_permission(request, edition) and request.user.has_perms(reports)

    def _hand_over(self, request, edition):
        hand_over(edition)
        text = f"{edition} ist mit ihren Ständen bereit zur Freigabe. Bitte geben Sie der Freigabe Bescheid."
        self._done(request, edition, text)
        return HttpResponseRedirect(request.get_full_path())

    @transaction.atomic
    def _act(self, request, edition, form) -> bool:
        """Do what was asked for; False where the page is to be shown again."""
        if "_unschedule" in request.POST:
            Edition.objects.filter(pk=edition.pk).update(publish_at=None)
            self._done(request, edition, "Der Zeitpunkt der Veröffentlichung ist aufgehoben.")
            return True
        hold(edition)  # what is compared here is what becomes public
        if request.POST.get("seen") != _fingerprint(as_published_now(edition)):
            self.message_user(request, CHANGED, messages.ERROR)
            return False
        if "_schedule" in request.POST:
            return self._schedule(request, edition, form)
        if publish(edition, timezone.localdate()):
            link = format_html('<a href="{}">{}</a>', edition.get_absolute_url(), edition)
            self._done(request, edition, format_html("{} ist veröffentlicht.", link))
        else:
            self.message_user(request, f"{edition} ist schon veröffentlicht.", messages.WARNING)
        return True

    def _schedule(self, request, edition, form) -> bool:
        if not form.is_valid():
            return False
        moment = form.cleaned_data["publish_at"]
        schedule(edition, moment)
        words = f"{timezone.localtime(moment):%d.%m.%Y um %H:%M} Uhr"
        self._done(request, edition, f"{edition} wird am {words} veröffentlicht.")
        return True

    def _done(self, request, edition, text):
        self.log_change(request, edition, str(text))
        self.message_user(request, text, messages.SUCCESS)

    def _publishing_page(self, request, edition, form, context):
        composed = as_published_now(edition)
        last = Edition.objects.last_before(edition)
        reports = reports_of(edition)
        context |= {
            "title": f"{edition} veröffentlichen",
            "form": form,
            "seen": _fingerprint(composed),
            "obstacles": obstacles_of(edition, reports),
            "in_work": not all(is_handed_over(piece) for piece in [edition, *reports]),
            "warnings": warnings_of(edition),
            "deviating": deviations_of(reports),
            "composed": composed,
            "reports": [report for report in reports if not report.is_published],
            "comparison": compare(as_published_now(last), composed) if last else None,
        }
        return self._page(request, edition, "admin/newsletter/edition/publish.html", context)

    # --- withdrawing ---

    def withdraw_view(self, request, object_id):
        edition = self.get_object(request, object_id)
        if edition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not (request.user.has_perm(RIGHT) and self.has_view_permission(request, edition)):
            raise PermissionDenied
        if not edition.is_published or edition.withdrawal:
            text = f"{edition} ist {edition.state_label} und lässt sich nicht zurückziehen."
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(form_address(edition))
        form = WithdrawalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._withdraw(request, edition, form.cleaned_data["reason"])
            return HttpResponseRedirect(form_address(edition))
        articles = edition.articles.filter(block__isnull=False).order_by(
            "block__rubric__position", "block__position"
        )
        context = {
            "title": f"{edition} zurückziehen",
            "form": form,
            "articles": articles,
            "reports": reports_of(edition),
        }
        return self._page(request, edition, "admin/newsletter/edition/withdraw.html", context)

    def _withdraw(self, request, edition, reason):
        try:
            with transaction.atomic():
                EditionWithdrawal.objects.create(
                    publication=edition.publication, withdrawn_on=timezone.localdate(), reason=reason
                )
        except IntegrityError:  # somebody has done it since
            self.message_user(request, f"{edition} ist schon zurückgezogen.", messages.WARNING)
        else:
            self._done(request, edition, f"{edition} ist zurückgezogen.")

    def _page(self, request, edition, template, context):
        frame = self.admin_site.each_context(request)
        return render(request, template, {**frame, "opts": self.opts, "original": edition, **context})


def _fingerprint(composed) -> str:
    """Changes with whatever a reader would see of the edition."""
    return hashlib.sha256(repr(composed).encode()).hexdigest()
