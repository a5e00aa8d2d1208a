"""The page that tells who changed something when."""

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.template.response import TemplateResponse

from . import history

SAVES_ON_A_PAGE = 20


class HistoryPage:
    """For admin pages: what was changed, with the values before and after, in place of Django's own log."""

    def history_view(self, request, object_id, extra_context=None):
        if not history.is_tracked(self.model):
            return super().history_view(request, object_id, extra_context)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        page = Paginator(history.saves(self.model, obj.pk), SAVES_ON_A_PAGE).get_page(
            request.GET.get(PAGE_VAR)
        )
        context = {
            **self.admin_site.each_context(request),
            "title": f"Geschichte: {obj}",
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "page_var": PAGE_VAR,
            "saves": history.told(history.events_of_saves(self.model, obj.pk, list(page))),
            "object": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/history.html", context)
