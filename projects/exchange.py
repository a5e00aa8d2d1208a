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
        Column("lp", tidy=_two_digits, open_name="lp"),
        Column("lp_name", open_name="lp_name"),
        Column("lb", open_name="lb"),
        Column("label", needed=True, open_name="bezeichnung"),
        Column("details", open_name="einzelheiten"),
        Column("details_listed", open_name="einzelheiten_als_liste"),
        Column("details_open", open_name="einzelheiten_offen"),
        *(
            Column(
                f"phase_{phase.value}",
                in_grid=True,
                needed=True,
                options=_states,
                open_name="phase_produkt" if phase is Phase.PRODUCT else f"phase_{phase.value}",
            )
            for phase in Phase
        ),
        Column("approach", in_grid=True, open_name="umsetzungsweg"),
        Column(
            "footnote",
            in_grid=True,
            options=lambda report: [(note.pk, str(note.number)) for note in report.footnotes.all()],
            open_name="fussnote",
        ),
        Column(
            "project",
            options=lambda report: Project.objects.values_list("pk", "name"),
            open_name="projekt",
            open_options=lambda report: Project.objects.values_list("pk", "slug"),
        ),
    ),
    passed_over=("stand", "adresse", "beispieldaten", "planjahr", "fussnote_text"),
    # One label may stand in several LP and LB.
    identity=(("lp", "lb", "label", "details"), ("lp", "label"), ("label",)),
)
