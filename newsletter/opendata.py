"""Editions as open data, and the catalogue as they printed it."""

import datetime
import html
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.utils.html import strip_tags

from catalogue.models import Service, ServicePart
from catalogue.opendata import FIELDS as SERVICE_FIELDS
from catalogue.opendata import ServiceLine, lines_of_today
from projects.models import ProjectReport
from rollout.models import RolloutReport
from stand.opendata import ALL, CURRENT, EXAMPLES, DataSet, Field, Kind, Listed, absolute, month_of

from .edition import ANCHORS, block_anchor, catalogue_anchor
from .models import Article, Block, CatalogueRow, Edition, EditionPublication, EditionWithdrawal, Rubric


def _editions() -> list[Listed]:
    titles = Edition.objects.public().order_by("illustrative", "-month").titles()  # examples come last
    return [Listed(one.key, one.words, one.illustrative) for one in titles]


def _edition(month: datetime.date | None):
    return Edition.objects.public().filter(month=month).first() if month else None


# --- the catalogue ---------------------------------------------------------------------------


def _services(key: str, chosen: dict[str, str]) -> Iterable[ServiceLine] | None:
    if key == CURRENT:
        return lines_of_today({"leistung": chosen["service__slug"]} if chosen else {})
    edition = _edition(month_of(key))
    if edition is None:
        return None
    rows = edition.catalogue_rows.select_related("service").order_by("position")
    lines = printed_lines(edition, rows.iterator(chunk_size=500))
    wanted = chosen.get("service__slug")
    return (line for line in lines if not wanted or (line.service and line.service.slug == wanted))


def printed_lines(edition: Edition, rows: Iterable[CatalogueRow]) -> Iterator[ServiceLine]:
    """The catalogue of an edition; each line stands at its number in its list. Pure."""
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers[row.kind] += 1
        planned = row.kind == CatalogueRow.Kind.PLANNED
        yield ServiceLine(
            edition=edition.month,
            path=f"{edition.get_absolute_url()}#{catalogue_anchor(ANCHORS[row.kind], numbers[row.kind])}",
            illustrative=edition.illustrative,
            state=row.kind,
            level=row.level,
            authority_label=row.authority_label,
            label=row.label,
            available_since=None if planned else row.month,
            planned_for=row.month if planned else None,
            discontinued_since=None,
            platform="",
            address=row.address,
            parts=tuple(row.parts),
            parts_open=row.parts_open,
            service=row.service,
        )


SERVICE_DATA = DataSet(
    name="leistungen",
    title="Leistungen",
    description=(
        "Der Katalog der Online-Verwaltungsleistungen, die Kommunen nutzen können: wie er heute ist, und wie jede "
        "Ausgabe des Newsletters ihn gedruckt hat."
    ),
    fields=SERVICE_FIELDS,
    stands=_editions,
    rows=_services,
    sources=(Service, ServicePart, CatalogueRow, Edition, EditionPublication, EditionWithdrawal),
    stand_words="Monat der Ausgabe, zum Beispiel 2022-10",
    fixed=(Listed(CURRENT, "der Katalog von heute"),),
    filters={"leistung": "service__slug"},
    keywords=("OZG", "Verwaltungsleistungen", "Katalog"),
)

# --- editions --------------------------------------------------------------------------------


def _text(block: Block) -> str:
    """What an article says, without markup; a paragraph is a line."""
    if not block.article:
        return ""
    broken = block.article.body.replace("</p>", "</p>\n").replace("</li>", "</li>\n").replace("<br>", "\n")
    lines = html.unescape(strip_tags(broken)).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _stand(block: Block) -> datetime.date | None:
    report = block.rollout_report or block.project_report
    return report.date if report else None


EDITION_FIELDS = (
    Field(
        "ausgabe",
        "Ausgabe",
        "Monat des Erscheinens.",
        lambda block: block.edition.month,
        Kind.MONTH,
        required=True,
    ),
    Field(
        "adresse",
        "Adresse",
        "Wo der Beitrag oder die Tabelle in ihrer Ausgabe steht.",
        lambda block: absolute(block.path),
        Kind.LINK,
        required=True,
    ),
    Field(
        "beispieldaten",
        "Beispieldaten",
        "ja: zur Anschauung erfunden.",
        lambda block: block.edition.illustrative,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "titel",
        "Titel der Ausgabe",
        "Wie die Ausgabe heißt.",
        lambda block: block.edition.title,
        required=True,
    ),
    Field(
        "veroeffentlicht_am",
        "veröffentlicht am",
        "Leer: keine Angabe.",
        lambda block: block.edition.publication.published_on,
        Kind.DAY,
    ),
    Field("rubrik", "Rubrik", "Überschrift der Rubrik.", lambda block: block.rubric.title, required=True),
    Field(
        "art",
        "Art",
        "Beitrag, oder welche Tabelle.",
        lambda block: block.get_kind_display(),
        choices=tuple(map(str, Block.Kind.labels)),
        required=True,
    ),
    Field("ueberschrift", "Überschrift", "Wie gedruckt.", str, required=True),
    Field("stand", "Stand", "Tag, für den eine Tabelle gilt. Leer: keine Angabe.", _stand, Kind.DAY),
    Field("text", "Text", "Text eines Beitrags ohne Auszeichnung; ein Absatz ist eine Zeile.", _text),
)


def _blocks(key: str, chosen: dict[str, str]) -> Iterable[Block] | None:
    found = Block.objects.as_data()
    if key == ALL:
        return with_paths(found.filter(edition__in=Edition.objects.real()).iterator(chunk_size=500))
    if key == EXAMPLES:
        examples = Edition.objects.public().filter(illustrative=True)
        return with_paths(found.filter(edition__in=examples).iterator(chunk_size=500))
    edition = Edition.objects.current() if key == CURRENT else _edition(month_of(key))
    return with_paths(found.filter(edition=edition).iterator(chunk_size=500)) if edition else None


def with_paths(blocks: Iterable[Block]) -> Iterator[Block]:
    """Adds `path`: where each stands in its edition. The blocks of an edition come together, in print order. Pure."""
    for edition, members in groupby(blocks, key=lambda block: block.edition):
        seen: Counter[str] = Counter()
        for block in members:
            path = f"{edition.get_absolute_url()}#{block_anchor(block.kind, seen)}"
            block.path = path  # type: ignore[attr-defined]
            yield block


EDITION_DATA = DataSet(
    name="ausgaben",
    title="Ausgaben",
    description=(
        "Was in den Ausgaben des Newsletters steht: Beiträge mit ihrem Text, und welche Tabellen mit welchem Stand."
    ),
    fields=EDITION_FIELDS,
    stands=_editions,
    rows=_blocks,
    sources=(
        Edition,
        EditionPublication,
        EditionWithdrawal,
        Rubric,
        Block,
        Article,
        RolloutReport,
        ProjectReport,
    ),
    stand_words="Monat der Ausgabe, zum Beispiel 2022-10",
    fixed=(
        Listed(CURRENT, "die neueste Ausgabe"),
        Listed(ALL, "alle Ausgaben ohne Beispieldaten, die neueste zuerst"),
        Listed(EXAMPLES, "alle Ausgaben mit Beispieldaten", illustrative=True),
    ),
    keywords=("OZG", "Newsletter"),
)

DATA_SETS = (SERVICE_DATA, EDITION_DATA)
