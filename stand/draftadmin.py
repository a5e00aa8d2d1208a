"""What the admin pages offer around a draft: buttons, its preview, and the next one made from the last."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from .drafts import compare_with_previous, new_from_last


def form_address(obj, anchor: str = "") -> str:
    """Where something is edited."""
    address = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])
    return f"{address}#{anchor}" if anchor else address


@dataclass(frozen=True)
class Tool:
    """A button above a list or a form; one that `acts` sends a form, the others are links."""

    label: str
    address: str
    acts: bool = False


class WithTools:
    """Buttons beside those that Django's admin has."""

    def list_tools(self, request) -> list[Tool]:
        return []

    def form_tools(self, request, obj) -> list[Tool]:
        return []

    def changelist_view(self, request, extra_context=None):
        context = {"title": capfirst(self.opts.verbose_name_plural), "tools": self.list_tools(request)}
        return super().changelist_view(request, context | (extra_context or {}))

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["tools"] = self.form_tools(request, obj) if obj else []
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def address_of(self, action, *args):
        """The address of one of the pages of this model, such as "change"."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{action}", args=args)


class Previewed:
    """Shows a draft as its public page will look, to whoever may see it in the admin."""

    def preview(self, request, obj):
        """The page of a draft."""
        raise NotImplementedError

    def preview_address(self, obj):
        return self.address_of("preview", obj.pk)

    def get_urls(self):
        view = self.admin_site.admin_view(self.preview_view)  # which also keeps it out of every cache
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        return [path("<int:pk>/vorschau/", view, name=name), *super().get_urls()]

    def preview_view(self, request, pk):
        if request.method not in ("GET", "HEAD"):
            return HttpResponseRedirect(request.path)
        obj = self.get_object(request, str(pk))
        if obj is None:
            raise Http404(f"{self.opts.verbose_name} gibt es nicht.")
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        # What is published has no draft: its page says how it is.
        public = self.view_on_site(obj)
        return HttpResponseRedirect(public) if public else self.preview(request, obj)

    def form_tools(self, request, obj):
        tools = super().form_tools(request, obj)
        return tools if self.is_public(obj) else [*tools, Tool("Vorschau", self.preview_address(obj))]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["saves_for_preview"] = obj is None or not self.is_public(obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_add(self, request, obj, *args, **kwargs):
        return self._preview_if_asked(request, obj) or super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request, obj):
        return self._preview_if_asked(request, obj) or super().response_change(request, obj)

    def _preview_if_asked(self, request, obj):
        if "_preview" in request.POST and self.has_view_permission(request, obj):
            return HttpResponseRedirect(self.preview_address(obj))
        return None


def comparison_of(report):
    """What differs in a draft from the Stand before, or None; asked once per object."""
    if report is None or report.pk is None or report.is_published:
        return None
    if not hasattr(report, "comparison"):
        report.comparison = compare_with_previous(type(report), [report]).get(report.pk)
    return report.comparison


class NewFromLast:
    """The next report begins as a copy of the last one."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.new_from_last_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_new_from_last"
        return [path("neu-aus-letztem/", view, name=name), *super().get_urls()]

    def new_from_last_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self.address_of("changelist"))
        draft, made = new_from_last(self.model)
        if draft is None:
            text = f"Es gibt noch nichts, woraus ein neuer {self.opts.verbose_name} entstehen kann."
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(self.address_of("changelist"))
        address = self.address_of("change", draft.pk)
        if made:
            self.log_addition(request, draft, [{"added": {}}])
            text = "Der Entwurf ist angelegt und enthält alle Zeilen des letzten Standes. Es fehlt das neue Datum."
            self.message_user(request, text, messages.SUCCESS)
        else:
            text = "Es gibt schon einen Entwurf: {}. Bitte arbeiten Sie mit diesem weiter."
            link = format_html('<a href="{}">{}</a>', address, draft)
            self.message_user(request, format_html(text, link), messages.WARNING)
        return HttpResponseRedirect(address)

    def list_tools(self, request):
        tools = super().list_tools(request)
        if not self.has_add_permission(request):
            return tools
        draft = self.model.objects.draft()
        if draft:
            return [*tools, Tool(f"Zum Entwurf: {draft}", self.address_of("change", draft.pk))]
        if not self.model.objects.last_real():
            return tools
        address = self.address_of("new_from_last")
        return [*tools, Tool("Neuen Stand aus dem letzten anlegen", address, acts=True)]

    def get_changelist_instance(self, request):
        page = super().get_changelist_instance(request)
        drafts = [report for report in page.result_list if not report.is_published]
        compared = compare_with_previous(self.model, drafts) if drafts else {}
        for draft in drafts:
            draft.comparison = compared.get(draft.pk)
        return page
