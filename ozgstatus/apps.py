from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "ozgstatus"
    verbose_name = "Website"

    def ready(self):
        from .accounts import make_groups

        post_migrate.connect(make_groups, sender=self)


class SiteAdminConfig(AdminConfig):
    default_site = "ozgstatus.adminsite.OzgAdminSite"
