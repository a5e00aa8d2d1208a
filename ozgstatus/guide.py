"""The guide of the editors' side: a page for each step of the month and for what else there is to know."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe


@dataclass(frozen=True)
class GuidePage:
    """A page of the guide; a step of the month bears that step's title and has its number."""

    slug: str
    title: str
    summary: str
    number: int | None = None

    @property
    def address(self) -> str:
        return reverse("admin:guide_page", args=[self.slug])

    @property
    def heading(self) -> str:
        return f"Schritt {self.number}: {self.title}" if self.number else self.title


STEPS = [
    GuidePage("leistungen", "Leistungen", "Melden, was verfügbar, verschoben oder eingestellt ist.", 1),
    GuidePage("rollout", "Stand des Roll-Outs", "Den neuen Stand anlegen und seine Zahlen eintragen.", 2),
    GuidePage("projekte", "Stand der Projekte", "Die Phasen der Projekte in einer Tabelle setzen.", 3),
    GuidePage("ausgabe", "Beiträge und Ausgabe", "Die neue Ausgabe anlegen und Beiträge schreiben.", 4),
    GuidePage("pruefen", "Prüfen", "Die Vorschau lesen und finden, was noch fehlt.", 5),
    GuidePage("veroeffentlichen", "Veröffentlichen", "Vergleichen, freigeben, jetzt oder später.", 6),
]
MORE = [
    GuidePage("versand", "Versand per E-Mail", "Eine Ausgabe an alle senden, die sie abonniert haben."),
    GuidePage("tabelle-aus-datei", "Tabelle aus einer Datei", "In Excel ändern und wieder hochladen."),
    GuidePage("gemeindeverzeichnis", "Gemeindeverzeichnis einlesen", "Neue Register und Zusammenschlüsse."),
    GuidePage("zustaendigkeiten", "Zuständigkeiten", "Welche Behörde in welcher Gemeinde zuständig ist."),
    GuidePage(
        "einsatz", "Wer es im Einsatz hat", "Für viele Kommunen auf einmal oder aus einer Datei eintragen."
    ),
    GuidePage("berechnen", "Aus dem Register berechnen", "Zeilen eines Standes berechnen statt abtippen."),
    GuidePage("berichtigung", "Berichtigung", "Ändern oder zurückziehen, was schon veröffentlicht ist."),
    GuidePage("daten", "Suche, Daten, Feeds und PDF", "Was von selbst entsteht, und unter welcher Lizenz."),
    GuidePage("abonnements", "Abonnements", "Wer den Newsletter per E-Mail erhält, und wie es belegt ist."),
    GuidePage(
        "website", "Website und Rechtstexte", "Name, Betreiber, Impressum, Datenschutz, Barrierefreiheit."
    ),
    GuidePage("anmelden", "Anmelden", "Der zweite Faktor, verlorene Geräte und gesperrte Anmeldungen."),
    GuidePage("zu-zweit", "Zu zweit arbeiten", "Was geschieht, wenn zwei dasselbe ändern."),
    GuidePage(
        "papierkorb-und-geschichte",
        "Papierkorb und Geschichte",
        "Gelöschtes zurückholen und sehen, wer was geändert hat.",
    ),
]
PAGES = {page.slug: page for page in [*STEPS, *MORE]}

# The page that helps, by the name of an address of the admin; the first that fits.
HELP_FOR = [
    ("*_history", "papierkorb-und-geschichte"),
    ("stand_deleteddraft_*", "papierkorb-und-geschichte"),
    ("stand_correction_*", "berichtigung"),
    ("newsletter_edition_withdraw", "berichtigung"),
    ("newsletter_edition_publish", "veroeffentlichen"),
    ("newsletter_edition_mail", "pruefen"),
    ("mailbox*", "pruefen"),
    ("newsletter_edition_mailing", "versand"),
    ("newsletter_edition_deliveries", "versand"),
    ("rollout_rolloutreport_import", "tabelle-aus-datei"),
    ("projects_projectreport_import", "tabelle-aus-datei"),
    ("catalogue_service_adoptions", "einsatz"),
    ("rollout_authority_adoptions", "einsatz"),
    ("rollout_adoption_*", "einsatz"),
    ("rollout_competenceset_*", "zustaendigkeiten"),
    ("rollout_registeredition_*", "gemeindeverzeichnis"),
    ("rollout_authority_*", "gemeindeverzeichnis"),
    ("rollout_succession_*", "gemeindeverzeichnis"),
    ("rollout_rolloutreport_compute", "berechnen"),
    ("auth_user_*", "anmelden"),
    ("ozgstatus_site_*", "daten"),
    ("catalogue_*", "leistungen"),
    ("rollout_rolloutreport_*", "rollout"),
    ("projects_*", "projekte"),
    ("newsletter_subscriber_*", "abonnements"),
    ("newsletter_consent*", "abonnements"),
    ("newsletter_*", "ausgabe"),
    ("ozgstatus_*", "website"),
]


def page_for(request) -> GuidePage | None:
    """The page of the guide that helps with the page of the admin that is asked for."""
    name = request.resolver_match.url_name if request.resolver_match else None
    return next((PAGES[slug] for pattern, slug in HELP_FOR if name and fnmatchcase(name, pattern)), None)


def page_of_step(title: str) -> GuidePage:
    return next(page for page in STEPS if page.title == title)


# --- pages -------------------------------------------------------------------------------------


def addresses(site) -> list:
    """The pages, for the admin's own addresses."""

    @require_safe
    def contents(request):
        context = {**site.each_context(request), "title": "Hilfe", "steps": STEPS, "more": MORE}
        return render(request, "admin/guide/index.html", context)

    @require_safe
    def page(request, slug):
        if slug not in PAGES:
            raise Http404(f"Die Seite „{slug}“ gibt es in der Hilfe nicht.")
        pages = list(PAGES.values())
        place = pages.index(PAGES[slug])
        context = {
            **site.each_context(request),
            "title": PAGES[slug].heading,
            "page": PAGES[slug],
            "previous": pages[place - 1] if place else None,
            "next": pages[place + 1] if place + 1 < len(pages) else None,
        }
        return render(request, f"admin/guide/{slug}.html", context)

    return [
        path("hilfe/", site.admin_view(contents), name="guide"),
        path("hilfe/<slug:slug>/", site.admin_view(page), name="guide_page"),
    ]
