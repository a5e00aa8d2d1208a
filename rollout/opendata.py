"""Coverage, adoptions and the register as open data."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Min
from django.utils import timezone

from catalogue.models import Service
from catalogue.opendata import LINK_TO_SERVICE
from stand.months import format_month, month_before
from stand.opendata import (
    ALL,
    CURRENT,
    EXAMPLES,
    FIELDS_OF_A_FOOTNOTE,
    FIELDS_OF_A_STAND,
    DataSet,
    Field,
    Kind,
    Listed,
    absolute,
    day_of,
    month_of,
    rows_of_reports,
    stands_of,
)

from .models import (
    Adoption,
    AdoptionState,
    Authority,
    AuthorityKind,
    Competence,
    CoverageRow,
    Origin,
    RegisterEdition,
    RegisterMunicipality,
    RolloutFootnote,
    RolloutPublication,
    RolloutReport,
    ServiceCompetence,
    Solution,
)
from .querysets.adoption import BEGIN

# --- coverage --------------------------------------------------------------------------------

COVERAGE_FIELDS = (
    *FIELDS_OF_A_STAND,
    Field(
        "bezeichnung",
        "Online-Antragsassistent",
        "Wie gedruckt, auch wo die Leistung im Katalog anders heißt.",
        lambda row: row.label,
        required=True,
    ),
    Field("bestandteile", "Bestandteile", "Leer: keine genannt.", lambda row: row.parts, Kind.TEXTS),
    LINK_TO_SERVICE,
    Field(
        "anzahl",
        "Anzahl",
        "So viele Gemeinden und Landkreise haben den Dienst im Einsatz. Leer: keine Angabe.",
        lambda row: row.count,
        Kind.NUMBER,
        unit="Behörden",
    ),
    Field(
        "zustaendig",
        "von",
        "Zahl der zuständigen Behörden. Leer: keine Angabe.",
        lambda row: row.denominator,
        Kind.NUMBER,
        unit="Behörden",
    ),
    Field(
        "mindestens",
        "mindestens",
        "ja: Nicht von allen zuständigen Behörden ist erfasst, was sie einsetzen.",
        lambda row: row.at_least,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "anteil_behoerden",
        "nach Behörden",
        "Anteil der zuständigen Behörden, kaufmännisch gerundet. Leer: keine Angabe.",
        lambda row: row.share_authorities,
        Kind.NUMBER,
        unit="Prozent",
    ),
    Field(
        "anteil_einwohner",
        "nach Einwohnern",
        "Anteil der Einwohner im Zuständigkeitsgebiet, kaufmännisch gerundet. Leer: keine Angabe.",
        lambda row: row.share_population,
        Kind.NUMBER,
        unit="Prozent",
    ),
    Field(
        "herkunft",
        "Herkunft",
        "Woher die Zahlen der Zeile stammen.",
        lambda row: row.get_origin_display(),
        choices=tuple(map(str, Origin.labels)),
        required=True,
    ),
    Field(
        "register_vom",
        "Register vom",
        "Gebietsstand des Registers, nur bei berechneten Zeilen.",
        lambda row: row.register_date,
        Kind.DAY,
    ),
    *FIELDS_OF_A_FOOTNOTE,
)

COVERAGE_DATA = DataSet(
    name="rollout",
    title="Stand des Roll-Outs",
    description=(
        "Wie verbreitet die Online-Antragsassistenten sind: Anzahl der Gemeinden und Landkreise, Anteil der "
        "zuständigen Behörden und der Einwohner, zu jedem Stand wie veröffentlicht."
    ),
    fields=COVERAGE_FIELDS,
    stands=lambda: stands_of(RolloutReport.objects),
    rows=lambda key, chosen: rows_of_reports(RolloutReport.objects, CoverageRow.objects, key, chosen),
    sources=(RolloutReport, RolloutPublication, CoverageRow, RolloutFootnote, Service),
    stand_words="Tag, für den die Angaben gelten, zum Beispiel 2022-10-05",
    fixed=(
        Listed(CURRENT, "der neueste Stand"),
        Listed(ALL, "alle Stände ohne Beispieldaten, der älteste zuerst"),
        Listed(EXAMPLES, "alle Stände mit Beispieldaten, der älteste zuerst", illustrative=True),
    ),
    filters={"leistung": "service__slug"},
    keywords=("OZG", "Verwaltungsleistungen", "Flächendeckung"),
)

# --- adoptions -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """An adoption in the month it is looked at; None for examples, of which all are there at once."""

    month: datetime.date | None
    adoption: Adoption

    @property
    def service(self) -> Service:
        return self.adoption.service

    @property
    def path(self) -> str:
        authority, service = self.adoption.authority, self.service
        if self.adoption.illustrative:
            return f"{authority.get_absolute_url()}beispiel/#leistung-{service.slug}"
        return f"{service.get_absolute_url()}#kommune-{authority.key}"


ADOPTION_FIELDS = (
    Field(
        "stand",
        "Stand",
        "Monat, für den die Angabe gilt; bei Beispieldaten leer.",
        lambda held: held.month,
        Kind.MONTH,
    ),
    Field(
        "adresse",
        "Adresse",
        "Wo die Angabe steht.",
        lambda held: absolute(held.path),
        Kind.LINK,
        required=True,
    ),
    Field(
        "beispieldaten",
        "Beispieldaten",
        "ja: zur Anschauung erfunden.",
        lambda held: held.adoption.illustrative,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "kommune",
        "Schlüssel der Kommune",
        "Wie in den Daten „Kommunen“: 5, 8 oder 9 Ziffern.",
        lambda held: held.adoption.authority.key,
        required=True,
    ),
    Field(
        "name",
        "Name der Kommune",
        "Nach dem neuesten Register.",
        lambda held: held.adoption.authority.full_name,
        required=True,
    ),
    LINK_TO_SERVICE,
    Field(
        "bezeichnung",
        "Bezeichnung der Leistung",
        "Wie sie heute im Katalog heißt.",
        lambda held: held.service.name,
        required=True,
    ),
    Field(
        "einsatz",
        "Einsatz",
        "Was keine Zeile hat, ist nicht erfasst; das heißt nicht „nicht im Einsatz“.",
        lambda held: held.adoption.get_state_display(),
        choices=tuple(map(str, AdoptionState.labels)),
        required=True,
    ),
    Field("seit", "seit", "Leer: keine Angabe.", lambda held: held.adoption.since, Kind.MONTH),
    Field(
        "bis", "bis", "Letzter Monat; leer, solange es gilt.", lambda held: held.adoption.until, Kind.MONTH
    ),
    Field(
        "geprueft_am",
        "geprüft am",
        "Tag, an dem man es wusste. Leer: keine Angabe.",
        lambda held: held.adoption.checked_on,
        Kind.DAY,
    ),
    Field(
        "loesung",
        "Lösung",
        "Worauf die Leistung läuft. Leer: keine Angabe.",
        lambda held: held.adoption.get_solution_display() if held.adoption.solution else "",
        choices=tuple(str(one.label) for one in Solution if one),
    ),
)


def _months() -> list[Listed]:
    """From the first month for which something real is recorded to this one, newest first."""
    first = Adoption.objects.real().aggregate(first=Min(BEGIN))["first"]
    month = timezone.localdate().replace(day=1)
    found = []
    while first and month >= first:
        found.append(Listed(month.isoformat()[:7], format_month(month)))
        month = month_before(month)
    return found


def _adoptions(key: str, chosen: dict[str, str]) -> Iterable[Held] | None:
    today = timezone.localdate()
    found = Adoption.objects.for_list().filter(**chosen)
    if key == EXAMPLES:
        return (Held(None, one) for one in found.examples().iterator(chunk_size=500))
    month = today.replace(day=1) if key == CURRENT else month_of(key)
    if month is None or month > today:
        return None
    rows = found.real().of_the_competent().on(month).of_those_there_in(month)
    if key != CURRENT and not Adoption.objects.real().begun_by(month).exists():
        return None
    return (Held(month, one) for one in rows.iterator(chunk_size=500))


ADOPTION_DATA = DataSet(
    name="einsatz",
    title="Einsatz in Kommunen",
    description=(
        "Welche Kommune welche Leistung im Einsatz hat oder nicht, soweit es erfasst ist; Monat für Monat. Was "
        "nachträglich bekannt wird, ergänzt auch zurückliegende Monate."
    ),
    fields=ADOPTION_FIELDS,
    stands=_months,
    rows=_adoptions,
    sources=(Adoption, Authority, Service, Competence, ServiceCompetence),
    stand_words="Monat, zum Beispiel 2022-10",
    fixed=(
        Listed(CURRENT, "was in diesem Monat gilt"),
        Listed(EXAMPLES, "alle Beispieldaten, die sonst nirgends enthalten sind", illustrative=True),
    ),
    filters={"leistung": "service__slug", "kommune": "authority__key"},
    keywords=("OZG", "Kommunen", "Nachnutzung"),
    by_clock=True,
)

# --- the register ----------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisterLine:
    """An authority as an edition of the register has it; a Landkreis or a unit is the sum of its municipalities."""

    edition: RegisterEdition
    authority: Authority
    designation: str
    regional_key: str
    district: Authority
    unit: Authority | None
    population: int
    area_ha: int


AUTHORITY_FIELDS = (
    Field(
        "stand",
        "Gebietsstand",
        "Tag, für den das Register gilt.",
        lambda line: line.edition.territory_date,
        Kind.DAY,
        required=True,
    ),
    Field(
        "adresse",
        "Adresse",
        "Seite der Kommune.",
        lambda line: absolute(line.authority.get_absolute_url()),
        Kind.LINK,
        required=True,
    ),
    Field(
        "kommune",
        "Schlüssel",
        "Landkreise 5, Städte und Gemeinden 8 (AGS), Verwaltungsgemeinschaften und -verbände 9 Ziffern.",
        lambda line: line.authority.key,
        required=True,
    ),
    Field(
        "art",
        "Art",
        "Was für eine Behörde es ist.",
        lambda line: line.authority.get_kind_display(),
        choices=tuple(map(str, AuthorityKind.labels)),
        required=True,
    ),
    Field("name", "Name", "Nach dem neuesten Register.", lambda line: line.authority.name, required=True),
    Field(
        "bezeichnung",
        "Bezeichnung im Register",
        "Nur bei Städten und Gemeinden.",
        lambda line: line.designation,
    ),
    Field(
        "regionalschluessel",
        "Regionalschlüssel (ARS)",
        "12 Ziffern; nur bei Städten und Gemeinden.",
        lambda line: line.regional_key,
    ),
    Field(
        "landkreis",
        "Schlüssel des Landkreises",
        "Bei einem Landkreis und einer Kreisfreien Stadt der eigene.",
        lambda line: line.district.key,
        required=True,
    ),
    Field(
        "verwaltungseinheit",
        "Schlüssel der Verwaltungseinheit",
        "Verwaltungsgemeinschaft oder -verband einer Gemeinde; leer: eigenständig.",
        lambda line: line.unit.key if line.unit else "",
    ),
    Field(
        "einwohner",
        "Einwohner",
        "Bei Landkreisen und Verwaltungseinheiten die Summe ihrer Gemeinden.",
        lambda line: line.population,
        Kind.NUMBER,
        unit="Personen",
        required=True,
    ),
    Field(
        "einwohner_vom",
        "Einwohner vom",
        "Tag, für den die Einwohnerzahl gilt.",
        lambda line: line.edition.population_date,
        Kind.DAY,
        required=True,
    ),
    Field(
        "flaeche_ha",
        "Fläche",
        "Bei Landkreisen und Verwaltungseinheiten die Summe ihrer Gemeinden.",
        lambda line: line.area_ha,
        Kind.NUMBER,
        unit="Hektar",
        required=True,
    ),
    Field(
        "grosse_kreisstadt",
        "Große Kreisstadt",
        "Steht nicht im Register; Angabe der Redaktion von heute.",
        lambda line: line.authority.is_grosse_kreisstadt,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "quelle", "Quelle", "Bei jeder Weitergabe zu nennen.", lambda line: line.edition.source, required=True
    ),
)


def _registers() -> list[Listed]:
    days = RegisterEdition.objects.order_by("-territory_date").values_list("territory_date", flat=True)
    return [Listed(day.isoformat(), f"{day:%d.%m.%Y}") for day in days]


def _authorities(key: str, chosen: dict[str, str]) -> Iterable[RegisterLine] | None:
    editions = RegisterEdition.objects.order_by("-territory_date")
    if key == ALL:
        found = list(editions)
    else:
        found = list(editions[:1] if key == CURRENT else editions.filter(territory_date=day_of(key)))
        if not found:
            return None
    wanted = chosen.get("key")
    return (
        line
        for edition in found
        for line in compose_register(edition, edition.municipalities.with_authorities())
        if not wanted or line.authority.key == wanted
    )


def compose_register(edition: RegisterEdition, rows: Iterable[RegisterMunicipality]) -> list[RegisterLine]:
    """Everybody in an edition by key: each row, and who is made up of several. Pure."""
    rows = list(rows)
    members: dict[Authority, list[RegisterMunicipality]] = {}
    for row in rows:
        for whole in {row.district, row.unit} - {row.authority}:
            members.setdefault(whole, []).append(row)
    lines = [
        RegisterLine(
            edition,
            row.authority,
            row.designation,
            row.regional_key,
            row.district,
            row.unit if row.unit_id != row.authority_id else None,
            row.population,
            row.area_ha,
        )
        for row in rows
    ]
    lines += [
        RegisterLine(
            edition,
            whole,
            "",
            "",
            parts[0].district,
            None,
            sum(part.population for part in parts),
            sum(part.area_ha for part in parts),
        )
        for whole, parts in members.items()
    ]
    return sorted(lines, key=lambda line: line.authority.key)


AUTHORITY_DATA = DataSet(
    name="kommunen",
    title="Kommunen",
    description=(
        "Landkreise, Kreisfreie Städte, Gemeinden, Verwaltungsgemeinschaften und Verwaltungsverbände mit Schlüssel, "
        "Zugehörigkeit, Einwohnern und Fläche nach dem amtlichen Gemeindeverzeichnis."
    ),
    fields=AUTHORITY_FIELDS,
    stands=_registers,
    rows=_authorities,
    sources=(RegisterEdition, Authority),
    stand_words="Gebietsstand des Registers, zum Beispiel 2021-12-31",
    fixed=(Listed(CURRENT, "das neueste Register"), Listed(ALL, "alle Register, das neueste zuerst")),
    filters={"kommune": "key"},
    keywords=("Gemeindeverzeichnis", "Kommunen", "Einwohner"),
    of_register=True,
)

DATA_SETS = (COVERAGE_DATA, ADOPTION_DATA, AUTHORITY_DATA)
