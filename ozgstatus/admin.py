from adminsortable2.admin import SortableAdminBase
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.http import HttpResponseRedirect
from django.urls import reverse

from stand.admin import EditorAdmin, SortableTable

from . import second_factor
from .models import AccessibilityException, AccessibilityStatement, Page, Site

# Its form would show the secrets; what there is to do with a second factor is an action on accounts.
admin.site.unregister(Authenticator)
admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = [*UserAdmin.list_display, "second_factor"]
    actions = ["reset_second_factor"]

    def get_queryset(self, request):
        devices = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        return super().get_queryset(request).annotate(has_second_factor=Exists(devices))

    @admin.display(description="Zweiter Faktor", ordering="has_second_factor", boolean=True)
    def second_factor(self, account):
        return account.has_second_factor

    @admin.action(description="Zweiten Faktor zurücksetzen (Gerät verloren)", permissions=["change"])
    def reset_second_factor(self, request, accounts):
        """Whose device is lost sets up another one at the next login; the account's history tells who allowed it."""
        done = [account for account in accounts if second_factor.reset(account)]
        for account in done:
            self.log_change(request, account, second_factor.RESET)
        names = ", ".join(account.get_username() for account in done)
        text = f"Zurückgesetzt: {names}." if done else "Keines dieser Konten hat einen zweiten Faktor."
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)


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
