"""The page of the admin that shows the mail of an edition as a subscriber would get it."""

from collections.abc import Callable

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

from stand.draftadmin import Tool, form_address

from .document import FRAMES, mail_document
from .message import EditionMail


class MailPages:
    """For the admin of editions."""

    message_user: Callable[..., None]

    def get_urls(self):
        page = self.admin_site.admin_view(csp_update(FRAMES)(self.mail_view))
        document = self.admin_site.admin_view(self.mail_html_view)
        return [
            path("<int:pk>/e-mail/", page, name="newsletter_edition_mail"),
            path("<int:pk>/e-mail/html/", document, name="newsletter_edition_mail_html"),
            *super().get_urls(),
        ]

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        return tools if obj.withdrawal else [*tools, Tool("E-Mail", self.address_of("mail", obj.pk))]

    def mail_view(self, request, pk):
        """Both parts with what stands around them; `?teil=text` shows the plain text."""
        return self._shown(request, pk, self._mail_page)

    def mail_html_view(self, request, pk):
        return self._shown(request, pk, lambda request, edition: mail_document(_html_of(edition)))

    def _shown(self, request, pk, page):
        if request.method not in ("GET", "HEAD"):
            return HttpResponseRedirect(request.path)
        edition = self.get_object(request, str(pk))
        if edition is None:
            raise Http404("Diese Ausgabe gibt es nicht.")
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        if edition.withdrawal:
            text = f"{edition} ist zurückgezogen und wird nicht mehr verschickt."
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(form_address(edition))
        return page(request, edition)

    def _mail_page(self, request, edition):
        mail = EditionMail.of(edition)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": edition,
            "title": "E-Mail der Ausgabe",
            "mail": mail,
            "sender": settings.MAIL_FROM,
            "text": mail.preview_text() if request.GET.get("teil") == "text" else "",
            "document": self.address_of("mail_html", edition.pk),
            "size": -(-len(mail.preview_html().encode()) // 1024),
        }
        return render(request, "admin/newsletter/edition/mail.html", context)


def _html_of(edition) -> str:
    return EditionMail.of(edition).preview_html()
