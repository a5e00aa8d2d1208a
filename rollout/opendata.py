"""Coverage, adoptions and the register as open data."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Min
from django.urls import reverse
from django.utils import timezone

from catalogue.models import Service
from catalogue.opendata import LINK_TO_SERVICE
from stand.months import format_month, last_day_of, month_before
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

from .coverage import ComputedCoverage
from .models import (
    Adoption,
    AdoptionState,
    Authority,
    AuthorityKind,
    Competence,
    CompetenceSet,
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

# --- computed coverage -----------------------------------------------------------------------


@dataclass(frozen=True)
class ComputedLine:
    """What register and adoptions say of a service in a month; None for examples, of which all are there at once."""

    month: datetime.date | None
    link: ServiceCompetence
    coverage: ComputedCoverage

    @property
    def service(self) -> Service:
        return self.link.service

    @property
    def illustrative(self) -> bool:
        return self.month is None

    @property
    def path(self) -> str:
        if self.service.discontinued_since:
            return self.service.get_absolute_url()
        return reverse(
            "rollout:example_map" if self.illustrative else "rollout:map", args=[self.service.slug]
        )

    def known(self, value: int) -> int | None:
        """A share of what is recorded; of nothing there is none."""
        return value if self.coverage.is_known else None


COMPUTED_FIELDS = (
    Field(
        "stand",
        "Stand",
        "Monat, für den gerechnet ist; bei Beispieldaten leer.",
        lambda line: line.month,
        Kind.MONTH,
    ),
    Field(
        "adresse",
        "Adresse",
        "Karte und Tabelle der Leistung, wie sie heute sind.",
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
    LINK_TO_SERVICE,
    Field(
        "bezeichnung",
        "Bezeichnung der Leistung",
        "Wie sie heute im Katalog heißt.",
        lambda line: line.service.name,
        required=True,
    ),
    Field(
        "zustaendigkeit",
        "Zuständigkeit",
        "Wer für die Leistung zuständig ist.",
        lambda line: line.link.set.name,
        required=True,
    ),
    Field(
        "im_einsatz",
        "im Einsatz",
        "Zuständige Behörden, bei denen der Einsatz erfasst ist.",
        lambda line: line.coverage.in_use,
        Kind.NUMBER,
        unit="Behörden",
        required=True,
    ),
    Field(
        "nicht_im_einsatz",
        "nicht im Einsatz",
        "Zuständige Behörden, bei denen erfasst ist, dass sie die Leistung nicht im Einsatz haben.",
        lambda line: line.coverage.not_in_use,
        Kind.NUMBER,
        unit="Behörden",
        required=True,
    ),
    Field(
        "nicht_erfasst",
        "nicht erfasst",
        "Zuständige Behörden, von denen es nicht bekannt ist; das heißt nicht „nicht im Einsatz“.",
        lambda line: line.coverage.not_recorded,
        Kind.NUMBER,
        unit="Behörden",
        required=True,
    ),
    Field(
        "zustaendig",
        "von",
        "Zahl der zuständigen Behörden.",
        lambda line: line.coverage.competent,
        Kind.NUMBER,
        unit="Behörden",
        required=True,
    ),
    Field(
        "mindestens",
        "mindestens",
        "ja: Nicht von allen zuständigen Behörden ist erfasst, was sie einsetzen; die Anteile sind Untergrenzen.",
        lambda line: not line.coverage.is_complete,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "anteil_behoerden",
        "nach Behörden",
        "Anteil der zuständigen Behörden, kaufmännisch gerundet. Leer: nichts erfasst.",
        lambda line: line.known(line.coverage.share_authorities),
        Kind.NUMBER,
        unit="Prozent",
    ),
    Field(
        "einwohner_mit_einsatz",
        "Einwohner mit Einsatz",
        "Einwohner der Gemeinden, deren zuständige Behörde die Leistung im Einsatz hat.",
        lambda line: line.coverage.population_in_use,
        Kind.NUMBER,
        unit="Personen",
        required=True,
    ),
    Field(
        "einwohner",
        "Einwohner",
        "Einwohner des Gebiets, für das die Zuständigkeit gilt.",
        lambda line: line.coverage.population,
        Kind.NUMBER,
        unit="Personen",
        required=True,
    ),
    Field(
        "anteil_einwohner",
        "nach Einwohnern",
        "Anteil der Einwohner, kaufmännisch gerundet. Leer: nichts erfasst.",
        lambda line: line.known(line.coverage.share_population),
        Kind.NUMBER,
        unit="Prozent",
    ),
    Field(
        "register_vom",
        "Register vom",
        "Gebietsstand des Registers, nach dem gerechnet ist.",
        lambda line: line.coverage.register_date,
        Kind.DAY,
        required=True,
    ),
    Field(
        "einwohner_vom",
        "Einwohner vom",
        "Tag, für den die Einwohnerzahlen gelten.",
        lambda line: line.coverage.population_date,
        Kind.DAY,
        required=True,
    ),
)


def _computed_months() -> list[Listed]:
    """Months for which something real is recorded and a register holds, newest first."""
    first = RegisterEdition.objects.aggregate(first=Min("territory_date"))["first"]
    return [one for one in _months() if first and one.key >= f"{first:%Y-%m}"]


def _computed(key: str, chosen: dict[str, str]) -> Iterable[ComputedLine] | None:
    today = timezone.localdate()
    links = ServiceCompetence.objects.filter(**chosen).in_print_order()
    if key == EXAMPLES:
        invented = Adoption.objects.coverage(today, examples=True)
        return _computed_lines(None, links.for_usage().with_maps().examples(), invented)
    month = today.replace(day=1) if key == CURRENT else month_of(key)
    if month is None or month > today:
        return None
    # The register of a month is that of its last day; nobody can know that of tomorrow.
    day = min(last_day_of(month), today)
    if key != CURRENT and not (
        Adoption.objects.real().begun_by(month).exists()
        and RegisterEdition.objects.filter(territory_date__lte=day).exists()
    ):
        return None
    links = links.real().with_service().exclude(service__discontinued_since__lte=month)
    return _computed_lines(month, links, Adoption.objects.coverage(day))


def _computed_lines(month, links, coverage: dict[int, ComputedCoverage]) -> Iterator[ComputedLine]:
    return (ComputedLine(month, one, coverage[one.service_id]) for one in links if one.service_id in coverage)


COMPUTED_DATA = DataSet(
    name="berechnet",
    title="Berechneter Roll-out",
    description=(
        "Wie verbreitet die Leistungen sind, deren Zuständigkeit bekannt ist: aus dem Register und dem erfassten "
        "Einsatz berechnet, Monat für Monat. Was nachträglich bekannt wird, ändert auch zurückliegende Monate."
    ),
    fields=COMPUTED_FIELDS,
    stands=_computed_months,
    rows=_computed,
    sources=(Adoption, Authority, Service, CompetenceSet, Competence, ServiceCompetence, RegisterEdition),
    stand_words="Monat, zum Beispiel 2022-10",
    fixed=(
        Listed(CURRENT, "was in diesem Monat gilt"),
        Listed(EXAMPLES, "alle Beispieldaten, die sonst nirgends enthalten sind", illustrative=True),
    ),
    filters={"leistung": "service__slug"},
    keywords=("OZG", "Verwaltungsleistungen", "Flächendeckung"),
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

DATA_SETS = (COVERAGE_DATA, COMPUTED_DATA, ADOPTION_DATA, AUTHORITY_DATA)
