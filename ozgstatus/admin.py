from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse

from stand.admin import EditorAdmin

from .models import Page, Site


@admin.register(Site)
class SiteAdmin(EditorAdmin):
    fields = [
        *("name", "title", "lead", "state", "operator", "contact_email", "notice"),
        *("data_licence", "data_licence_address", "data_contributor", "cofinancing"),
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Site.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        """There is one row: its form, not a list of one."""
        site = Site.objects.first()
        if site is None:
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:ozgstatus_site_change", args=[site.pk]))


@admin.register(Page)
class PageAdmin(EditorAdmin):
    list_display = ["title", "address"]
    search_fields = ["title", "body"]
    search_help_text = "Wort aus Überschrift oder Text"
    fields = ["slug", "title", "body"]
    examples = {"slug": "zum Beispiel „Kontakt“; bleibt", "title": "zum Beispiel „Kontakt und Hinweise“"}

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    @admin.display(description="Adresse", ordering="slug")
    def address(self, obj):
        return obj.get_absolute_url()
