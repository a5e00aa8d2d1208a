"""What `compare()` finds between two editions."""

import datetime

import pytest

from catalogue.models import Level
from newsletter.comparison import Difference, compare
from newsletter.edition import compose
from newsletter.models import Edition
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
)

pytestmark = pytest.mark.django_db


def edition(*, available=(), planned=(), coverage=(), projects=(), articles=(), **stands):
    """An edition with these rows, each given by its fields."""
    made = EditionFactory()
    rubric = RubricFactory(edition=made)
    rollout = RolloutReportFactory(**{"date": stands["rollout"]} if "rollout" in stands else {})
    report = ProjectReportFactory()
    for kind, rows in (("available", available), ("planned", planned)):
        BlockFactory(rubric=rubric, kind=kind)
        for row in rows:
            CatalogueRowFactory(edition=made, kind=kind, **row)
    for row in coverage:
        CoverageRowFactory(report=rollout, **row)
    for row in projects:
        ProjectRowFactory(report=report, **row)
    BlockFactory(rubric=rubric, rollout_report=rollout)
    BlockFactory(rubric=rubric, project_report=report)
    for row in articles:
        BlockFactory(rubric=rubric, article=ArticleFactory(edition=made, **row))
    return compose(Edition.objects.whole().get(pk=made.pk))


def found(a, b, kind):
    """Labels that are new and gone, and the changes by label."""
    [section] = [section for section in compare(a, b).sections if section.kind == kind]
    changes = {
        changed.row.label: [(change.name, change.before, change.after) for change in changed.differences]
        for changed in section.changed
    }
    return [row.label for row in section.new], [row.label for row in section.gone], changes, section.same


def test_comparing_asks_the_database_nothing(django_assert_num_queries):
    a, b = edition(available=[{}], coverage=[{}]), edition(available=[{}], projects=[{}])
    with django_assert_num_queries(0):
        assert compare(a, b).differs


def test_a_planned_service_that_became_available_leaves_one_list_for_the_other():
    service = ServiceFactory()
    a = edition(planned=[{"label": "Jagdschein", "service": service}])
    b = edition(available=[{"label": "Jagdschein", "service": service}])
    assert found(a, b, "planned") == ([], ["Jagdschein"], {}, 0)
    assert found(a, b, "available") == (["Jagdschein"], [], {}, 0)


def test_a_moved_plan_is_a_change_of_its_month():
    a = edition(planned=[{"label": "Jagdschein", "month": datetime.date(2022, 11, 1)}])
    b = edition(planned=[{"label": "Jagdschein", "month": None}])
    assert found(a, b, "planned")[2] == {"Jagdschein": [("Monat", "11/2022", "keine Angabe")]}


def test_a_row_is_known_by_its_service_whatever_it_is_called():
    service = ServiceFactory()
    a = edition(coverage=[{"label": "Mängelmelder", "service": service}, {"label": "Wohngeld"}])
    b = edition(coverage=[{"label": "Mängelmeldung", "service": service, "count": 50}, {"label": "Wohngeld"}])
    assert found(a, b, "rollout") == (
        [],
        [],
        {"Mängelmeldung": [("Bezeichnung", "Mängelmelder", "Mängelmeldung"), ("Anzahl", "48", "50")]},
        1,
    )


def test_a_row_without_a_link_is_known_by_its_label():
    a = edition(coverage=[{"label": "Wohngeld"}])
    b = edition(coverage=[{"label": "Wohngeld", "service": ServiceFactory(), "share_population": None}])
    assert found(a, b, "rollout")[2] == {"Wohngeld": [("nach Einwohnern", "59\u00a0%", "keine Angabe")]}


def test_two_services_of_one_name_are_two():
    kept, dropped = ServiceFactory(level=Level.BOTH), ServiceFactory(level=Level.MUNICIPALITIES)
    rows = [
        {"label": "Gewerbe", "service": dropped, "level": Level.MUNICIPALITIES},
        {"label": "Gewerbe", "service": kept, "level": Level.BOTH},
    ]
    a, b = edition(available=rows), edition(available=rows[1:])
    [section] = [section for section in compare(a, b).sections if section.kind == "available"]
    assert [(row.label, row.group) for row in section.gone] == [("Gewerbe", "Gemeinden")]
    assert (section.new, section.changed, section.same) == ((), (), 1)


def test_several_rows_of_one_service_are_paired_by_label():
    service = ServiceFactory()
    a = edition(coverage=[{"label": name, "service": service} for name in ("An", "Um", "Ab")])
    b = edition(coverage=[{"label": name, "service": service} for name in ("Ab", "An")])
    assert found(a, b, "rollout") == ([], ["Um"], {}, 2)


def test_phases_and_approach_of_a_project_change():
    project = ProjectFactory()
    a = edition(projects=[{"label": "Verkehrswert", "project": project, "phase_4": "active"}])
    b = edition(
        projects=[{"label": "Verkehrswert", "project": project, "phase_4": "done", "approach": "efa"}]
    )
    assert found(a, b, "projects")[2] == {
        "Verkehrswert": [
            ("Phase 4", "in Bearbeitung", "abgeschlossen"),
            ("Umsetzungsweg", "keine Angabe", "EfA"),
        ]
    }


def test_articles_are_new_gone_or_changed():
    a = edition(articles=[{"title": "Alt"}, {"title": "Bleibt", "body": "<p>So</p>"}])
    b = edition(articles=[{"title": "Bleibt", "body": "<p>Anders</p>"}, {"title": "Neu"}])
    assert found(a, b, "article") == (["Neu"], ["Alt"], {"Bleibt": [("Text", "So", "Anders")]}, 0)


def test_the_tables_say_for_which_days_their_figures_hold():
    a, b = edition(rollout=datetime.date(2022, 10, 5)), edition(rollout=datetime.date(2022, 12, 1))
    section = compare(a, b).sections[2]
    assert (section.stand_before, section.stand_after) == (
        datetime.date(2022, 10, 5),
        datetime.date(2022, 12, 1),
    )
    assert not section.differs


def test_a_difference_names_the_figure_with_both_values():
    a, b = edition(coverage=[{"label": "x", "count": None}]), edition(coverage=[{"label": "x", "count": 0}])
    [changed] = compare(a, b).sections[2].changed
    assert changed.differences == (Difference("Anzahl", "keine Angabe", "0"),)


def test_of_long_values_only_the_words_around_the_difference_are_shown():
    words = [f"w{number}" for number in range(40)]
    changed = [*words[:20], "neu", *words[21:]]
    difference = Difference("Text", " ".join(words), " ".join(changed))
    around = "… w15 w16 w17 w18 w19 {} w21 w22 w23 w24 w25 …"
    assert difference.excerpts == (around.format("w20"), around.format("neu"))


@pytest.mark.parametrize(
    ("after", "excerpts"),
    [
        ("a b c", ("a b c d", "a b c")),
        ("", ("a b c d", "")),
    ],
)
def test_short_values_are_shown_whole(after, excerpts):
    assert Difference("Text", "a b c d", after).excerpts == excerpts


def test_of_a_text_that_is_all_new_the_beginning_is_shown():
    before, after = (" ".join(f"{side}{number}" for number in range(200)) for side in "ab")
    shown_before, shown_after = Difference("Text", before, after).excerpts
    assert shown_before.startswith("a0 a1 ") and shown_before.endswith(" a89 …")
    assert shown_after.startswith("b0 b1 ") and shown_after.endswith(" b89 …")
