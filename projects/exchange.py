"""The phase matrix as columns, for the grid and for files."""

from stand.columns import Column, Table

from .matrix import state_in_words
from .models import Phase, PhaseState, Project, ProjectRow


def _states(report):
    return [(state.value, state_in_words(state, report.plan_year)) for state in PhaseState]


def _two_digits(text: str) -> str:
    """Excel drops the zero of "01"."""
    text = text.strip()
    return text.zfill(2) if text.isdecimal() else text


MATRIX = Table(
    model=ProjectRow,
    columns=(
        Column("lp", tidy=_two_digits),
        Column("lp_name"),
        Column("lb"),
        Column("label", needed=True),
        Column("details"),
        Column("details_listed"),
        Column("details_open"),
        *(Column(f"phase_{phase.value}", in_grid=True, needed=True, options=_states) for phase in Phase),
        Column("approach", in_grid=True),
        Column(
            "footnote",
            in_grid=True,
            options=lambda report: [(note.pk, str(note.number)) for note in report.footnotes.all()],
        ),
        Column("project", options=lambda report: Project.objects.values_list("pk", "name")),
    ),
    # One label may stand in several LP and LB.
    identity=(("lp", "lb", "label", "details"), ("lp", "label"), ("label",)),
)
