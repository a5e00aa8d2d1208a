"""The catalogue as open data: a line is the same whether it is of today or as an edition printed it."""

import datetime
from dataclasses import dataclass

from stand.opendata import Field, Kind, absolute

from .models import Level, Platform, Service, State

LINK_TO_SERVICE = Field(
    "leistung",
    "Kennung der Leistung",
    "Teil der Adresse der Leistung auf dieser Website; bleibt bei einer Umbenennung. Leer, wo die Zeile zu keiner "
    "Leistung des Katalogs gehört.",
    lambda row: row.service.slug if row.service else "",
)


@dataclass(frozen=True)
class ServiceLine:
    """A service in a list: as of today (`edition` None), or as the edition of a month printed it."""

    edition: datetime.date | None
    path: str
    illustrative: bool
    state: str
    level: str
    authority_label: str
    label: str
    available_since: datetime.date | None
    planned_for: datetime.date | None
    discontinued_since: datetime.date | None
    platform: str
    address: str
    parts: tuple[str, ...]
    parts_open: bool
    service: Service | None


FIELDS = (
    Field(
        "ausgabe",
        "Ausgabe",
        "Monat der Ausgabe des Newsletters, die diese Zeile so gedruckt hat; leer: der Katalog von heute.",
        lambda line: line.edition,
        Kind.MONTH,
    ),
    Field(
        "adresse",
        "Adresse",
        "Wo diese Zeile steht.",
        lambda line: absolute(line.path),
        Kind.LINK,
        required=True,
    ),
    Field(
        "beispieldaten",
        "Beispieldaten",
        "ja: zur Anschauung erfunden.",
        lambda line: line.illustrative,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "liste",
        "Liste",
        "Wie weit die Leistung ist.",
        lambda line: State(line.state).label,
        choices=tuple(map(str, State.labels)),
        required=True,
    ),
    Field(
        "vollzug",
        "Vollzug",
        "Wer die Leistung vollzieht; „Landkreise“ schließt die Kreisfreien Städte ein.",
        lambda line: Level(line.level).label,
        choices=tuple(map(str, Level.labels)),
        required=True,
    ),
    Field(
        "zustaendige_behoerde",
        "zuständige Behörde",
        "Wenn der Newsletter sie nennt.",
        lambda line: line.authority_label,
    ),
    Field(
        "bezeichnung",
        "Bezeichnung",
        "Name der Leistung; in einer Ausgabe wie gedruckt.",
        lambda line: line.label,
        required=True,
    ),
    Field(
        "verfuegbar_seit",
        "verfügbar seit",
        "Leer: keine Angabe.",
        lambda line: line.available_since,
        Kind.MONTH,
    ),
    Field(
        "geplant_fuer",
        "Fertigstellung geplant in",
        "Der Monat kann inzwischen vorbei sein. Leer: keine Angabe.",
        lambda line: line.planned_for,
        Kind.MONTH,
    ),
    Field(
        "eingestellt_seit",
        "eingestellt seit",
        "Leer, solange es die Leistung gibt; keine Ausgabe druckt das.",
        lambda line: line.discontinued_since,
        Kind.MONTH,
    ),
    Field(
        "plattform",
        "Plattform",
        "Wo die Leistung läuft; keine Ausgabe druckt das. Leer: keine Angabe.",
        lambda line: Platform(line.platform).label if line.platform else "",
        choices=tuple(str(one.label) for one in Platform if one),
    ),
    Field(
        "internetadresse",
        "eigene Adresse",
        "Wenn die Leistung unter einer eigenen Adresse läuft.",
        lambda line: line.address,
        Kind.LINK,
    ),
    Field("teilleistungen", "Teilleistungen", "Leer: keine genannt.", lambda line: line.parts, Kind.TEXTS),
    Field(
        "teilleistungen_offen",
        "Teilleistungen nicht abschließend",
        "ja: Die Liste ist nicht abschließend („u.a.“).",
        lambda line: line.parts_open,
        Kind.FLAG,
        required=True,
    ),
    LINK_TO_SERVICE,
)


def lines_of_today(chosen: dict[str, str]):
    """The whole catalogue as it stands; `chosen` may name one service by its `leistung`."""
    services = Service.objects.for_catalogue()
    if slug := chosen.get("leistung"):
        services = services.filter(slug=slug)
    for service in services:
        yield ServiceLine(
            edition=None,
            path=service.get_absolute_url(),
            illustrative=False,
            state=service.state,
            level=service.level,
            authority_label=service.authority_label,
            label=service.name,
            available_since=service.available_since,
            planned_for=service.planned_for,
            discontinued_since=service.discontinued_since,
            platform=service.platform,
            address=service.address,
            parts=tuple(part.name for part in service.parts.all()),
            parts_open=service.parts_open,
            service=service,
        )
