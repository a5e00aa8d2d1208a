"""Texts, licences, what machines ask for, and the answer where there is no page."""

import json
import platform
from functools import cache
from importlib.metadata import metadata
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from rollout.map import boundaries_date
from rollout.models import Adoption, RegisterEdition, ServiceCompetence
from stand.models import FormerAddress

from .faults import Fault
from .models import AccessibilityStatement, Page, Site

PLAIN = "text/plain; charset=utf-8"
KERN = settings.BASE_DIR / "node_modules" / "@kern-ux" / "native"

# The direct dependencies of pyproject.toml, which is not part of the production image; a test compares.
PACKAGES = {
    "django": "Grundgerüst der Website",
    "psycopg": "Verbindung zur Datenbank",
    "django-tables2": "sortierbare Tabellen",
    "django-filter": "Filter des Katalogs",
    "django-pgtrigger": "Schutz des Veröffentlichten in der Datenbank",
    "django-pghistory": "Aufzeichnung, wer wann was geändert hat",
    "django-allauth": "Anmeldung der Redaktion",
    "django-axes": "Schutz der Anmeldung vor dem Erraten von Passwörtern",
    "django-csp": "Vorgaben für den Browser, was eine Seite laden darf",
    "django-prose-editor": "Bearbeiten von Texten",
    "django-import-export": "Tabellen als Dateien ausgeben und übernehmen",
    "tablib": "Lesen und Schreiben dieser Dateien",
    "django-admin-sortable2": "Ordnen von Zeilen in der Redaktion",
    "environs": "Einstellungen",
    "whitenoise": "Ausliefern von Gestaltung und Bildern",
    "brotli": "Verdichten der Seiten",
    "gunicorn": "Webserver",
    "pyyaml": "Einlesen der Inhalte",
    "openpyxl": "Einlesen des Gemeindeverzeichnisses",
    "css-inline": "Gestaltung der E-Mails",
    "weasyprint": "Ausgaben als PDF",
}


@require_safe
def page(request, slug):
    """A text that editors maintain."""
    return render(request, "pages/page.html", {"page": get_object_or_404(Page, slug=slug)})


@require_safe
def method(request):
    """The editors' text on how figures come about, and below it a computed one in all its steps."""
    today = timezone.localdate()
    worked = Adoption.objects.worked_example(today)
    link = ServiceCompetence.objects.with_service().get(service=worked.service_id) if worked else None
    context = {
        "page": get_object_or_404(Page, slug=Page.Slug.METHOD),
        "today": today,
        "worked": worked,
        "link": link,
        "data_query": f"?leistung={link.service.slug}" if link else "",
    }
    return render(request, "pages/method.html", context)


@require_safe
def accessibility(request):
    """The editors' text on accessibility, and below it the statement that the law asks for."""
    statement = AccessibilityStatement.objects.for_page()
    context = {
        "page": get_object_or_404(Page, slug=Page.Slug.ACCESSIBILITY),
        "statement": statement,
        "exceptions": statement.exceptions.all(),
    }
    return render(request, "pages/accessibility.html", context)


# --- licences --------------------------------------------------------------------------------


class Software(NamedTuple):
    name: str
    version: str
    licence: str
    purpose: str


@require_safe
def licences(request):
    """What the site is made of, and under which terms."""
    number = connection.pg_version
    database = Software(
        "PostgreSQL", f"{number // 10000}.{number % 10000}", "PostgreSQL License", "Datenbank"
    )
    context = {
        "kern_version": _kern_version(),
        "software": [*_installed(), database],
        "boundaries": boundaries_date(),
        "registers": RegisterEdition.objects.order_by("-territory_date"),
    }
    return render(request, "pages/licences.html", context)


@require_safe
def eupl(request):
    """The text of the licence of this site's code and of KERN, as KERN brings it."""
    return HttpResponse(_eupl(), content_type=PLAIN)


@cache
def _eupl() -> bytes:
    return Path(KERN, "LICENSE.md").read_bytes()


@cache
def _kern_version() -> str:
    return json.loads(Path(KERN, "package.json").read_text())["version"]


@cache
def _installed() -> list[Software]:
    python = Software("Python", platform.python_version(), "PSF-2.0", "Programmiersprache")
    return [python, *(_package(name, purpose) for name, purpose in PACKAGES.items())]


def _package(name: str, purpose: str) -> Software:
    facts = metadata(name)
    return Software(facts["Name"], facts["Version"], _licence(facts), purpose)


def _licence(facts) -> str:
    """An SPDX expression where a package gives one; `License` may also hold a whole licence text."""
    for name in ("License-Expression", "License"):
        value = facts.get(name, "")
        if value and len(value) < 40 and "\n" not in value:
            return value
    classifiers = [text for text in facts.get_all("Classifier", []) if text.startswith("License ::")]
    return classifiers[0].rpartition(" :: ")[2]


# --- health ----------------------------------------------------------------------------------


@require_safe
def livez(request):
    """The process answers."""
    return _health("ok", 200)


@require_safe
def readyz(request):
    """The database answers and has every migration of this program; else what is the matter."""
    try:
        missing = _migrations() - MigrationRecorder(connection).applied_migrations().keys()
    except DatabaseError as error:
        fault = Fault.of(error)
        return _health(fault.value if fault else "Die Datenbank nimmt die Anfrage nicht an.", 503)
    if missing:
        names = ", ".join(f"{app}.{name}" for app, name in sorted(missing))
        return _health(f"Der Datenbank fehlen Migrationen: {names}", 503)
    return _health("ok", 200)


def _health(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type=PLAIN, headers={"Cache-Control": "no-store"})


@cache
def _migrations() -> set[tuple[str, str]]:
    """App and name of every migration of this program."""
    return set(MigrationLoader(None).disk_migrations)


# --- what search engines may ask for ---------------------------------------------------------


@require_safe
def robots(request):
    lines = ["User-agent: *", "Disallow: /admin/", "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}"]
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN)


# --- no such page ----------------------------------------------------------------------------


def not_found(request, exception):
    """The 404 page, or the way to the address that took the place of the one asked for.

    It must also stand while the database does not answer: then it knows less of the site, but is the same page.
    """
    try:
        former = FormerAddress.objects.filter(old_path=request.path).first()
        site = Site.objects.for_pages()
    except DatabaseError:
        former, site = None, Site(name="OZG-Status")
    if former:
        query = request.META.get("QUERY_STRING")
        return HttpResponsePermanentRedirect(f"{former.new_path}?{query}" if query else former.new_path)
    return render(request, "404.html", {"site": site}, status=404)
