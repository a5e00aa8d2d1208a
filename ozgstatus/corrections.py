"""All Berichtigungen, with what each of them changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from newsletter.models import (
    Article,
    Block,
    CatalogueRow,
    Edition,
    EditionPublication,
    EditionWithdrawal,
    Rubric,
)
from projects.models import LegendEntry, ProjectFootnote, ProjectPublication, ProjectReport, ProjectRow
from rollout.models import CoverageRow, RolloutFootnote, RolloutPublication, RolloutReport
from stand.models import Correction, CorrectionChange
from stand.opendata import ALL, CURRENT, EXAMPLES, DataSet, Field, Kind, Listed, absolute, month_of

PER_PAGE = 50
# What can be published and hence corrected, by its table.
ROOTS = {model._meta.db_table: model for model in (RolloutReport, ProjectReport, Edition)}


@require_safe
def corrections(request):
    """Newest first; a page number that is none, or too high, is taken for the nearest."""
    found = Correction.objects.order_by("-made_at", "-pk").prefetch_related("changes")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("seite"))
    listed = [
        (correction, sorted(correction.changes.all(), key=lambda change: change.pk)) for correction in page
    ]
    roots = roots_of(change for _, changes in listed for change in changes)
    entries = [
        {"correction": correction, "changes": changes, "places": places_of(changes, roots)}
        for correction, changes in listed
    ]
    return render(request, "pages/corrections.html", {"page": page, "entries": entries})


def roots_of(changes) -> dict:
    """The reports and editions that were corrected, by table and number; one query for each kind."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        wanted.setdefault(change.root_table, set()).add(change.root_id)
    return {
        (table, root.pk): root
        for table, model in ROOTS.items()
        if table in wanted
        for root in _with_state(model).filter(pk__in=wanted[table])
    }


def _with_state(model):
    return model.objects.select_related("publication__withdrawal" if model is Edition else "publication")


def places_of(changes, roots) -> list[dict]:
    """Where a correction was made, each place once, of `roots_of`; a withdrawn edition has no page to lead to."""
    keys = dict.fromkeys((change.root_table, change.root_id) for change in changes)
    return [_place(roots[key]) for key in keys if key in roots]


def _place(root) -> dict:
    if isinstance(root, Edition):
        withdrawn = root.withdrawal is not None
        return {
            "name": str(root),
            "address": "" if withdrawn else root.get_absolute_url(),
            "withdrawn": withdrawn,
            "illustrative": root.illustrative,
        }
    name = f"{root._meta.verbose_name} vom {root.date:%d.%m.%Y}"
    return {
        "name": name,
        "address": root.get_absolute_url(),
        "withdrawn": False,
        "illustrative": root.illustrative,
    }


# --- open data -------------------------------------------------------------------------------


@dataclass(frozen=True)
class CorrectionLine:
    """A value that was corrected, and where; `place` is one of `places_of`."""

    change: CorrectionChange
    place: dict

    @property
    def correction(self) -> Correction:
        return self.change.correction


FIELDS = (
    Field(
        "berichtigt_am",
        "berichtigt am",
        "Tag der Berichtigung.",
        lambda line: timezone.localdate(line.correction.made_at),
        Kind.DAY,
        required=True,
    ),
    Field(
        "adresse",
        "Adresse",
        "Wo die Berichtigung steht.",
        lambda line: absolute(f"{reverse('corrections')}#berichtigung-{line.correction.pk}"),
        Kind.LINK,
        required=True,
    ),
    Field(
        "beispieldaten",
        "Beispieldaten",
        "ja: Berichtigt wurde, was zur Anschauung erfunden ist.",
        lambda line: line.place["illustrative"],
        Kind.FLAG,
        required=True,
    ),
    Field(
        "stelle",
        "Stelle",
        "Was berichtigt wurde: Ausgabe oder Stand.",
        lambda line: line.place["name"],
        required=True,
    ),
    Field(
        "adresse_der_stelle",
        "Adresse der Stelle",
        "Wo das Berichtigte steht.",
        lambda line: absolute(line.place["address"]),
        Kind.LINK,
        required=True,
    ),
    Field(
        "hinweis",
        "Hinweis",
        "Öffentlicher Hinweis der Redaktion.",
        lambda line: line.correction.note,
        required=True,
    ),
    Field(
        "aenderung",
        "Änderung",
        "Zeile und Feld mit dem bisherigen und dem neuen Wert.",
        lambda line: line.change.in_words,
        required=True,
    ),
)


def _months() -> list[Listed]:
    """The months in which something was corrected that is still there, newest first."""
    days = {timezone.localdate(line.correction.made_at).replace(day=1) for line in _lines(_changes())}
    return [Listed(f"{day:%Y-%m}", f"{day:%m/%Y}") for day in sorted(days, reverse=True)]


def _changes():
    return CorrectionChange.objects.select_related("correction").order_by("-correction__made_at", "pk")


def _lines(changes, illustrative: bool = False) -> Iterator[CorrectionLine]:
    """Those of what is real, or of examples; without those of what was withdrawn since."""
    changes = list(changes)
    roots = roots_of(changes)
    for change in changes:
        for place in places_of([change], roots):
            if not place["withdrawn"] and place["illustrative"] == illustrative:
                yield CorrectionLine(change, place)


def _rows(key: str, chosen: dict[str, str]):
    if key in (ALL, EXAMPLES):
        return _lines(_changes(), illustrative=key == EXAMPLES)
    if key == CURRENT:
        return next((_rows(one.key, chosen) for one in _months()[:1]), [])
    month = month_of(key)
    if month is None:
        return None
    found = _changes().filter(correction__made_at__year=month.year, correction__made_at__month=month.month)
    return list(_lines(found)) or None


CORRECTION_DATA = DataSet(
    name="berichtigungen",
    title="Berichtigungen",
    description="Was an veröffentlichten Angaben nachträglich geändert wurde, mit bisherigem und neuem Wert.",
    fields=FIELDS,
    stands=_months,
    rows=_rows,
    # A Berichtigung is told by the history of what it changed.
    sources=(
        *(RolloutReport, RolloutPublication, CoverageRow, RolloutFootnote),
        *(ProjectReport, ProjectPublication, ProjectRow, ProjectFootnote, LegendEntry),
        *(Edition, EditionPublication, EditionWithdrawal, Rubric, Block, Article, CatalogueRow),
    ),
    stand_words="Monat der Berichtigung, zum Beispiel 2022-11",
    fixed=(
        Listed(CURRENT, "der neueste Monat, in dem etwas berichtigt wurde"),
        Listed(ALL, "alle Berichtigungen, die neueste zuerst"),
        Listed(EXAMPLES, "alle Berichtigungen an Beispieldaten", illustrative=True),
    ),
    keywords=("OZG", "Berichtigung"),
)
