"""The frame of the editors' side: order of its index, and allauth for everything about accounts.

A module of its own, because the models' admin modules are imported while the site is being made.
"""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.i18n import JavaScriptCatalog

from newsletter.mailing import mailbox_admin
from newsletter.mailing.mailbox import mailbox_folder

from . import guide

APPS = ["catalogue", "rollout", "projects", "newsletter", "ozgstatus", "stand", "auth", "account"]
# What editors work with; the rest is there for administrators, and at its own addresses.
EDITORS_APPS = ["catalogue", "rollout", "projects", "newsletter", "ozgstatus", "stand"]
FIRST_MODELS = ["Service", "RolloutReport", "Project", "Edition", "Site", "Correction", "User"]


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _to_index(request):
    return HttpResponseRedirect(reverse("admin:index"))


class OzgAdminSite(admin.AdminSite):
    site_title = "OZG-Status"
    site_header = "OZG-Status: Redaktion"
    index_title = "Pflege der Inhalte"
    enable_nav_sidebar = True

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        if app_label is None and not request.user.is_superuser:
            apps = [app for app in apps if app["app_label"] in EDITORS_APPS]
        for app in apps:
            app["models"].sort(key=lambda model: _place(FIRST_MODELS, model["object_name"]))
        return sorted(apps, key=lambda app: _place(APPS, app["app_label"]))

    def each_context(self, request):
        return super().each_context(request) | {
            "guide_page": guide.page_for(request),
            "has_mailbox": mailbox_folder() is not None,
        }

    def index(self, request, extra_context=None):
        from .startpage import steps  # models are there only after the site is made

        return super().index(request, {"steps": steps(request, self), **(extra_context or {})})

    def get_urls(self):
        from .monthly import addresses  # models are there only after the site is made

        return [
            *guide.addresses(self),
            *addresses(self),
            *mailbox_admin.addresses(self),
            *super().get_urls(),
        ]

    def i18n_javascript(self, request, extra_context=None):
        """With the German words of the text editor."""
        return JavaScriptCatalog.as_view(packages=["django.contrib.admin", "django_prose_editor"])(request)

    def login(self, request, extra_context=None):
        return secure_admin_login(_to_index)(request)

    def logout(self, request, extra_context=None):
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request, extra_context=None):
        return HttpResponseRedirect(reverse("account_change_password"))

    def password_change_done(self, request, extra_context=None):
        return _to_index(request)
