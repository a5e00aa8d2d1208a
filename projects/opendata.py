"""The phase matrix as open data."""

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
    rows_of_reports,
    stands_of,
)

from .models import (
    Approach,
    Phase,
    PhaseState,
    Project,
    ProjectFootnote,
    ProjectPublication,
    ProjectReport,
    ProjectRow,
)


def _phase(phase: Phase) -> Field:
    name = "produkt" if phase is Phase.PRODUCT else phase.value
    return Field(
        f"phase_{name}",
        f"Phase {phase.label}" if phase.label.isdigit() else str(phase.label),
        "Zustand dieser Phase des OZG-Vorgehensmodells; „Plan“: geplant im Jahr der Spalte planjahr.",
        lambda row: PhaseState(getattr(row, f"phase_{phase.value}")).label,
        choices=tuple(map(str, PhaseState.labels)),
        required=True,
    )


FIELDS = (
    *FIELDS_OF_A_STAND,
    Field("lp", "LP", "Zwei Ziffern, wie gedruckt.", lambda row: row.lp, required=True),
    Field("lp_name", "Name des LP", "Wie gedruckt.", lambda row: row.lp_name, required=True),
    Field(
        "lb",
        "LB",
        "Wie gedruckt, zum Beispiel „01, 03-06“; leer, wo der Druck nichts nennt.",
        lambda row: row.lb,
    ),
    Field("bezeichnung", "Bezeichnung", "Wie gedruckt.", lambda row: row.label, required=True),
    Field("einzelheiten", "Einzelheiten", "Leer: keine genannt.", lambda row: row.details, Kind.TEXTS),
    Field(
        "einzelheiten_als_liste",
        "Einzelheiten als Liste",
        "ja: mit Punkten untereinander gedruckt.",
        lambda row: row.details_listed,
        Kind.FLAG,
        required=True,
    ),
    Field(
        "einzelheiten_offen",
        "Einzelheiten nicht abschließend",
        "ja: Die Liste ist nicht abschließend („u.a.“).",
        lambda row: row.details_open,
        Kind.FLAG,
        required=True,
    ),
    *(_phase(phase) for phase in Phase),
    Field(
        "planjahr",
        "Planjahr",
        "Das Jahr, für das „Plan“ steht. Leer: keine Angabe.",
        lambda row: row.report.plan_year,
        Kind.NUMBER,
    ),
    Field(
        "umsetzungsweg",
        "Umsetzungsweg",
        "Wie die Leistung entstehen soll.",
        lambda row: row.get_approach_display(),
        choices=tuple(map(str, Approach.labels)),
        required=True,
    ),
    Field(
        "projekt",
        "Kennung des Projekts",
        "Verbindet die Zeilen eines Projekts über die Stände; bleibt bei einer Umbenennung.",
        lambda row: row.project.slug if row.project else "",
    ),
    *FIELDS_OF_A_FOOTNOTE,
)

PROJECT_DATA = DataSet(
    name="projekte",
    title="Stand der OZG-Projekte",
    description=(
        "Wie weit die laufenden OZG-Projekte sind: Phasen nach dem OZG-Vorgehensmodell und Umsetzungsweg, zu jedem "
        "Stand wie veröffentlicht."
    ),
    fields=FIELDS,
    stands=lambda: stands_of(ProjectReport.objects),
    rows=lambda key, chosen: rows_of_reports(ProjectReport.objects, ProjectRow.objects, key, chosen),
    sources=(ProjectReport, ProjectPublication, ProjectRow, ProjectFootnote, Project),
    stand_words="Tag, für den die Angaben gelten, zum Beispiel 2022-10-14",
    fixed=(
        Listed(CURRENT, "der neueste Stand"),
        Listed(ALL, "alle Stände ohne Beispieldaten, der älteste zuerst"),
        Listed(EXAMPLES, "alle Stände mit Beispieldaten, der älteste zuerst", illustrative=True),
    ),
    filters={"projekt": "project__slug"},
    keywords=("OZG", "Projekte", "Umsetzungsstand"),
)
