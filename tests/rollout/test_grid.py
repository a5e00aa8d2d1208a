import pytest
from django.urls import reverse

from stand.models import CorrectionChange
from tests.admin import client_of, filled, send
from tests.factories import CoverageRowFactory, RolloutFootnoteFactory, RolloutReportFactory, publish
from tests.html import text_of, without_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return client_of("Redaktion")


def report(rows=2, **kwargs):
    made = RolloutReportFactory()
    for number in range(1, rows + 1):
        CoverageRowFactory(report=made, position=number, label=f"Zeile {number}", **kwargs)
    return made


def grid(obj):
    return reverse("admin:rollout_rolloutreport_grid", args=[obj.pk])


def cell(obj, number, name):
    return f"{obj.rows.get(position=number).pk}-{name}"


def figures(obj):
    rows = obj.rows.order_by("position")
    return list(
        rows.values_list("label", "count", "share_authorities", "share_population", "footnote__number")
    )


def typed(editor, obj, number, **values):
    return send(editor, grid(obj), **{cell(obj, number, name): value for name, value in values.items()})


def test_label_figures_and_footnote_are_typed_into_one_table(editor):
    draft = report()
    footnote = RolloutFootnoteFactory(report=draft, number=2)
    typed(
        editor,
        draft,
        1,
        label=" Mängelmelder ",
        count="50",
        share_authorities="16 %",
        share_population="60",
        footnote=footnote.pk,
    )
    assert figures(draft) == [("Mängelmelder", 50, 16, 60, 2), ("Zeile 2", 48, 16, 59, None)]
    assert "4 Zellen geändert." in editor.get(grid(draft)).content.decode()


def test_an_emptied_figure_is_keine_angabe(editor):
    draft = report(rows=1)
    typed(editor, draft, 1, count="", share_authorities="", share_population="")
    assert figures(draft) == [("Zeile 1", None, None, None, None)]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("label", "", "zwingend erforderlich"),
        ("label", "x" * 301, "höchstens 300 Zeichen"),
        ("label", "a\x00b", "Null"),
        ("count", "viele", "ganze Zahl"),
        ("count", "12,5", "ganze Zahl"),
        ("count", "-1", "größer oder gleich 0"),
        ("count", "99999999999", "2147483647"),
        ("share_authorities", "99999", "32767"),
        ("share_population", "101", "von 0 bis 100"),
        ("share_population", "0", "mindestens 1 Prozent"),
        ("footnote", "999999", "angebotenen Werte"),
    ],
)
def test_what_is_no_value_of_a_cell_is_refused_there_and_kept(editor, name, value, message):
    draft = report(rows=1)
    before = figures(draft)
    response = typed(editor, draft, 1, **{name: value})
    assert response.status_code == 200
    [(anchor, text)] = response.context["problems"]
    assert anchor == f"cell-{cell(draft, 1, name)}"
    assert text.startswith("Zeile 1, ") and message in text
    if name != "footnote":
        assert filled(response)[cell(draft, 1, name)] == [value]
    assert figures(draft) == before


def test_a_rule_about_a_figure_that_the_grid_lacks_is_shown_at_the_changed_cell(editor):
    draft = report(rows=1, denominator=60)
    response = typed(editor, draft, 1, count="61")
    assert response.context["problems"] == [
        (
            f"cell-{cell(draft, 1, 'count')}",
            "Zeile 1, Anzahl: Es können nicht mehr Behörden den Dienst einsetzen, als zuständig sind.",
        )
    ]


def test_two_values_that_only_fit_together_are_saved_together(editor):
    draft = report(rows=1, denominator=60)
    typed(editor, draft, 1, count="60", share_authorities="100")
    assert figures(draft) == [("Zeile 1", 60, 100, 59, None)]


def test_one_wrong_cell_keeps_all_rows_as_they_were(editor):
    draft = report()
    before = figures(draft)
    right, wrong = cell(draft, 1, "count"), cell(draft, 2, "share_population")
    response = send(editor, grid(draft), **{right: "50", wrong: "0"})
    assert [anchor for anchor, _ in response.context["problems"]] == [f"cell-{wrong}"]
    assert filled(response)[right] == ["50"]
    assert figures(draft) == before


def test_a_conflict_shows_an_emptied_value_as_such(editor):
    draft = report(rows=1)
    name = cell(draft, 1, "count")
    opened = filled(editor.get(grid(draft)))
    draft.rows.update(count=None, share_authorities=None)
    response = editor.post(grid(draft), opened | {name: "50"})
    assert "Anzahl: inzwischen leer (ohne Konto), Ihr Wert „50“." in without_time(text_of(response))
    assert "inzwischen: leer" in text_of(response)
    assert figures(draft) == [("Zeile 1", None, None, 59, None)]


def test_a_published_table_is_corrected_with_a_note(editor):
    public = publish(report(rows=1))
    name = cell(public, 1, "count")
    refused = send(editor, grid(public), **{name: "50"})
    assert "Der öffentliche Hinweis fehlt." in text_of(refused)
    assert send(editor, grid(public), correction_note="50, nicht 48.", **{name: "50"}).status_code == 302
    assert list(CorrectionChange.objects.values_list("column_name", "old_value", "new_value")) == [
        ("count", 48, 50)
    ]


def test_the_grid_is_for_those_who_may_change_the_report():
    draft = report()
    assert client_of("Freigabe").get(grid(draft)).status_code == 403
    assert client_of("Redaktion").get(grid(draft)).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_rows(editor, rows, django_assert_num_queries):
    draft = report(rows=rows)
    with django_assert_num_queries(8):
        editor.get(grid(draft))
