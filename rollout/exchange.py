"""The coverage table as columns, for the grid and for files."""

from catalogue.models import Service
from stand.columns import Column, Table

from .models import CoverageRow


def _without_percent(text: str) -> str:
    return text.strip().removesuffix("%").strip()


def _services(report):
    return [
        (service.pk, f"{service.name} ({service.get_level_display()})") for service in Service.objects.all()
    ]


COVERAGE = Table(
    model=CoverageRow,
    columns=(
        Column("label", in_grid=True, needed=True, open_name="bezeichnung"),
        Column("count", in_grid=True, needed=True, open_name="anzahl"),
        Column(
            "share_authorities",
            in_grid=True,
            needed=True,
            tidy=_without_percent,
            open_name="anteil_behoerden",
        ),
        Column(
            "share_population", in_grid=True, needed=True, tidy=_without_percent, open_name="anteil_einwohner"
        ),
        Column(
            "footnote",
            in_grid=True,
            options=lambda report: [(note.pk, str(note.number)) for note in report.footnotes.all()],
            open_name="fussnote",
        ),
        Column("parts", open_name="bestandteile"),
        Column(
            "service",
            options=_services,
            open_name="leistung",
            open_options=lambda report: Service.objects.values_list("pk", "slug"),
        ),
        Column("origin", open_name="herkunft"),
        Column("denominator", open_name="zustaendig"),
        Column("register_date", open_name="register_vom"),
        Column("at_least", open_name="mindestens"),
    ),
    passed_over=("stand", "adresse", "beispieldaten", "fussnote_text"),
)
