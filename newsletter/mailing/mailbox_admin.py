"""The mailbox of the demonstration: what would have been sent, for whoever is logged in to read."""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from .document import FRAMES, mail_document
from .mailbox import SHOWN, StoredMail, mail_at, mailbox_folder, newest_mails


def addresses(site) -> list:
    """The pages, for the admin's own addresses; not there where mails are sent."""

    def context_of(request, **values) -> dict:
        return {**site.each_context(request), **values}

    @require_safe
    def mailbox(request):
        folder = mailbox_folder()
        if folder is None:
            raise Http404("Ein Postfach gibt es nur in der Demonstration.")
        context = context_of(
            request, title="Postfach der Demonstration", mails=newest_mails(folder), shown=SHOWN
        )
        return render(request, "admin/mailbox.html", context)

    @require_safe
    def mail(request, name, offset):
        found = _found(name, offset)
        return render(
            request, "admin/mailbox_mail.html", context_of(request, title=found.subject, mail=found)
        )

    @require_safe
    def mail_html(request, name, offset):
        return mail_document(_found(name, offset).html)

    framing: Callable[[Any], Any] = csp_update(FRAMES)
    return [
        path("postfach/", site.admin_view(mailbox), name="mailbox"),
        path("postfach/<str:name>/<int:offset>/", site.admin_view(framing(mail)), name="mailbox_mail"),
        path("postfach/<str:name>/<int:offset>/html/", site.admin_view(mail_html), name="mailbox_mail_html"),
    ]


def _found(name: str, offset: int) -> StoredMail:
    folder = mailbox_folder()
    found = mail_at(folder, name, offset) if folder else None
    if found is None:
        raise Http404("Diese E-Mail gibt es nicht.")
    return found
