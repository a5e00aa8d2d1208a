from adminsortable2.admin import SortableAdminBase
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse

from stand.admin import EditorAdmin, SortableTable

from .models import AccessibilityException, AccessibilityStatement, Page, Site


class OneRowAdmin(EditorAdmin):
    """A page for what there is once: its form in place of a list of one, and nothing to delete."""

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not self.model.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        found = self.model.objects.first()
        if found is None:
            return super().changelist_view(request, extra_context)
        address = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(address, args=[found.pk]))


@admin.register(Site)
class SiteAdmin(OneRowAdmin):
    fields = [
        *("name", "title", "lead", "state", "operator", "contact_email", "notice"),
        *("data_licence", "data_licence_address", "data_contributor", "cofinancing"),
    ]


class ExceptionTable(SortableTable):
    model = AccessibilityException
    fields = ["position", "content", "ground", "reason", "alternative"]
    extra = 1


@admin.register(AccessibilityStatement)
class AccessibilityStatementAdmin(SortableAdminBase, OneRowAdmin):
    inlines = [ExceptionTable]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("law", "conformity", "prepared_on", "reviewed_on", "method", "method_details"),
                ],
                "description": (
                    "Steht unter dem Text der Seite „Barrierefreiheit“. Was leer bleibt, steht dort als "
                    "„keine Angabe“."
                ),
            },
        ),
        (
            "Barriere melden",
            {"fields": ["contact_name", "contact_email", "contact_phone", "contact_address"]},
        ),
        (
            "Durchsetzungsverfahren",
            {
                "fields": [
                    *("enforcement_name", "enforcement_website", "enforcement_email"),
                    *("enforcement_phone", "enforcement_address"),
                ]
            },
        ),
    ]


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
