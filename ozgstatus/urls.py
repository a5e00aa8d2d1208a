"""The site map: every address of the site."""

from django.contrib import admin
from django.urls import include, path

from . import feeds, pages, views
from .corrections import corrections
from .development import development, development_example
from .security_txt import security_txt
from .sitemap import sitemap, sitemap_part

urlpatterns = [
    path("", views.home, name="home"),
    path("leistungen/", views.catalogue, name="catalogue"),
    path("leistungen/", include("catalogue.urls")),
    path("leistungen/<slug:slug>/feed/", feeds.service_feed, name="service_feed"),
    path("rollout/", include("rollout.urls")),
    path("projekte/", include("projects.urls")),
    path("kommunen/", include("rollout.authority_urls")),
    path("kommunen/<slug:key>/feed/", feeds.authority_feed, name="authority_feed"),
    path("ausgaben/", include("newsletter.urls")),
    path("entwicklung/", development, name="development"),
    path("entwicklung/beispiel/", development_example, name="development_example"),
    path("abonnement/", include("newsletter.subscription.urls")),
    path("daten/", include("ozgstatus.opendata_urls")),
    path("feed/", feeds.site_feed, name="feed"),
    path("berichtigungen/", corrections, name="corrections"),
    path("suche/", views.search, name="search"),
    path("methodik/", pages.method, name="methodik"),
    path("kontakt/", pages.page, {"slug": "kontakt"}, name="kontakt"),
    path("impressum/", pages.page, {"slug": "impressum"}, name="impressum"),
    path("datenschutz/", pages.page, {"slug": "datenschutz"}, name="datenschutz"),
    path("barrierefreiheit/", pages.accessibility, name="barrierefreiheit"),
    path("lizenzen/", pages.licences, name="lizenzen"),
    path("lizenzen/eupl-1.2.txt", pages.eupl, name="eupl"),
    path("admin/konto/", include("ozgstatus.account_urls")),
    path("admin/", admin.site.urls),
    path("livez", pages.livez),
    path("readyz", pages.readyz),
    path("robots.txt", pages.robots),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("sitemap-<slug:part>.xml", sitemap_part, name="sitemap_part"),
    path(".well-known/security.txt", security_txt),
]

handler404 = "ozgstatus.pages.not_found"
handler500 = "ozgstatus.faults.server_error"
