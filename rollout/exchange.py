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
        Column("label", in_grid=True, needed=True),
        Column("count", in_grid=True, needed=True),
        Column("share_authorities", in_grid=True, needed=True, tidy=_without_percent),
        Column("share_population", in_grid=True, needed=True, tidy=_without_percent),
        Column(
            "footnote",
            in_grid=True,
            options=lambda report: [(note.pk, str(note.number)) for note in report.footnotes.all()],
        ),
        Column("parts"),
        Column("service", options=_services),
        Column("origin"),
        Column("denominator"),
        Column("register_date"),
        Column("at_least"),
    ),
)
