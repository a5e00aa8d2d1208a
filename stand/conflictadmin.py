"""Two people at one page: the later save never overwrites what the earlier one wrote without saying so."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.forms.models import _get_foreign_key

from . import history
from .seen import pack, unpack

NOT_SEEN = (
    "Nicht gespeichert: Der Seite fehlt, welche Werte Sie gesehen haben. "
    "Bitte prüfen Sie Ihre Eingaben und speichern Sie noch einmal."
)


def published_meanwhile(publication) -> str:
    """What is said to who began when it was still a draft."""
    told = history.who_and_when(type(publication), publication.pk)
    return (
        f"Nicht gespeichert: Dies wurde inzwischen veröffentlicht ({told}). "
        "Ihre Eingaben stehen unten; gespeichert werden sie als Berichtigung mit öffentlichem Hinweis."
    )


class TwoPeople:
    """For admin pages: locks what is changed and compares it with what the editor saw."""

    model: Any
    opts: Any

    def _changeform_view(self, request, object_id, form_url, extra_context):
        request.seen = {}
        if request.method == "POST" and object_id is not None:
            obj = self.get_object(request, unquote(object_id))
            if obj is not None:
                self._lock(obj)
                request.seen = unpack(self._subject(obj), request.POST.get("seen", ""))
        return super()._changeform_view(request, object_id, form_url, extra_context)

    def _lock(self, obj):
        """Until the transaction ends nobody else changes or publishes this; always in the same order."""
        root = self.published_as(obj)
        for model, rows in [
            (type(root), {"pk": root.pk}),
            (self.model, {"pk": obj.pk}),
            *((inline.model, {self._parent(inline): obj.pk}) for inline in self.inlines),
        ]:
            list(model._base_manager.select_for_update().filter(**rows).order_by("pk").values_list("pk"))

    def _parent(self, inline) -> str:
        return _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name).name

    def _subject(self, obj) -> str:
        return f"{self.opts.label_lower}/{obj.pk}"

    def published_as(self, obj):
        """What is published together with the object; itself where there is no such thing."""
        return obj

    # --- what came back ---

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if change and obj is not None and request.method == "POST":
            form.seen = (request.seen or {}).get("form", {})
            form.notice = self._notice(request, obj)
        return form

    def _notice(self, request, obj) -> str:
        if request.seen is None:
            return NOT_SEEN
        publication = getattr(self.published_as(obj), "publication", None)
        return "" if publication is None or request.seen["published"] else published_meanwhile(publication)

    def get_formset_kwargs(self, request, obj, inline, prefix):
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        return kwargs | {"seen": (request.seen or {}).get("rows", {}).get(prefix, {})}

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        if request.method == "POST" and history.is_tracked(self.model) and object_id.isdecimal():
            told = history.who_deleted(self.model, int(object_id))
            if told:
                self.message_user(
                    request, f"Nicht gespeichert: Dies wurde inzwischen gelöscht ({told}).", messages.ERROR
                )
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    # --- what goes out ---

    def render_change_form(self, request, context, *args, change=False, obj=None, **kwargs):
        if change and self.has_change_permission(request, obj):
            tables = (table.formset for table in context["inline_admin_formsets"])
            context["seen"] = pack(
                self._subject(obj),
                {
                    "form": context["adminform"].form.seen_now(),
                    "rows": {formset.prefix: formset.seen_now() for formset in tables},
                    "published": getattr(self.published_as(obj), "publication", None) is not None,
                },
            )
        return super().render_change_form(request, context, *args, change=change, obj=obj, **kwargs)
