"""What `newsletter.differences.compare()` finds between two editions."""

import datetime

import pytest

from catalogue.models import Level
from newsletter.differences import Value, compare
from newsletter.edition import compose
from newsletter.models import Edition
from rollout.models import Origin
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
)
from tests.newsletter.test_comparison import edition

pytestmark = pytest.mark.django_db

SEPTEMBER, NOVEMBER, DECEMBER = (datetime.date(2022, month, 1) for month in (9, 11, 12))


def services_of(a, b) -> dict[str, list[str]]:
    """The labels in each list of services that is not empty."""
    found = compare(a, b).services
    lists = {name: [row.label for row in getattr(found, name)] for name in found.__dataclass_fields__}
    return {name: labels for name, labels in lists.items() if labels}


def rollout_of(a, b) -> dict[str, list[str]]:
    found = compare(a, b).rollout
    names = ("up", "down", "changed", "renamed", "new", "gone")
    lists = {name: [row.label for row in getattr(found, name)] for name in names}
    return {name: labels for name, labels in lists.items() if labels}


def projects_of(a, b) -> dict[str, list[str]]:
    found = compare(a, b).projects
    names = ("moved", "recorded", "changed", "renamed", "came", "went")
    lists = {name: [row.label for row in getattr(found, name)] for name in names}
    return {name: labels for name, labels in lists.items() if labels}


def letter():
    """An edition with an article and no table."""
    made = EditionFactory()
    article = ArticleFactory(edition=made, title="Brief")
    BlockFactory(rubric=RubricFactory(edition=made), article=article)
    return compose(Edition.objects.whole().get(pk=made.pk))


def everything():
    """An edition with linked and unlinked rows of every kind."""
    row = {"label": "Sozialpass", "service": ServiceFactory()}
    return edition(
        available=[row, {"label": "Ohne Link"}],
        planned=[{"label": "Jagdschein", "month": NOVEMBER}],
        coverage=[row, {"label": "Ohne Link"}],
        projects=[{"label": "Jägerprüfung", "project": ProjectFactory()}, {"label": "Ohne Link"}],
        articles=[{"title": "Once-Only"}],
    )


def test_comparing_asks_the_database_nothing(django_assert_num_queries):
    a, b = everything(), everything()
    with django_assert_num_queries(0):
        assert compare(a, b).differs


def test_an_edition_does_not_differ_from_itself():
    one = everything()
    found = compare(one, one)
    assert not found.differs
    assert (services_of(one, one), rollout_of(one, one), projects_of(one, one)) == ({}, {}, {})


# --- services --------------------------------------------------------------------------------


def test_a_service_that_stood_in_no_list_is_new_and_one_that_is_listed_no_more_discontinued():
    a, b = edition(available=[{"label": "Alt"}]), edition(available=[{"label": "Neu"}])
    assert services_of(a, b) == {"new": ["Neu"], "discontinued": ["Alt"]}


def test_in_the_other_order_what_was_new_is_gone():
    a, b = edition(available=[{"label": "Alt"}]), edition(available=[{"label": "Neu"}])
    assert services_of(b, a) == {"new": ["Alt"], "discontinued": ["Neu"]}


def test_a_planned_service_that_became_available_is_finished_and_not_new():
    service = ServiceFactory()
    a = edition(planned=[{"label": "Jagdschein", "service": service}])
    b = edition(available=[{"label": "Jagdschein", "service": service}])
    assert services_of(a, b) == {"finished": ["Jagdschein"]}


def test_a_service_that_is_planned_again_is_reopened_and_not_discontinued():
    service = ServiceFactory()
    a = edition(available=[{"label": "Jagdschein", "service": service}])
    b = edition(planned=[{"label": "Jagdschein", "service": service}])
    assert services_of(a, b) == {"reopened": ["Jagdschein"]}


def test_plans_are_new_moved_or_dropped():
    moved = ServiceFactory()
    a = edition(
        planned=[{"label": "Fällt weg"}, {"label": "Verschoben", "service": moved, "month": NOVEMBER}]
    )
    b = edition(planned=[{"label": "Verschoben", "service": moved, "month": DECEMBER}, {"label": "Kommt"}])
    assert services_of(a, b) == {
        "newly_planned": ["Kommt"],
        "rescheduled": ["Verschoben"],
        "dropped": ["Fällt weg"],
    }
    [change] = compare(a, b).services.rescheduled
    assert change.values == (Value("geplant in", "11/2022", "12/2022"),)


def test_a_plan_without_a_month_reads_keine_angabe():
    a = edition(planned=[{"label": "Jagdschein", "month": NOVEMBER}])
    b = edition(planned=[{"label": "Jagdschein", "month": None}])
    [change] = compare(a, b).services.rescheduled
    assert change.values == (Value("geplant in", "11/2022", "keine Angabe"),)


def test_a_renamed_service_is_the_same_thing():
    service = ServiceFactory()
    a = edition(available=[{"label": "Mängelmelder", "service": service}])
    b = edition(available=[{"label": "Mängelmeldung", "service": service}])
    assert services_of(a, b) == {"renamed": ["Mängelmeldung"]}
    [change] = compare(a, b).services.renamed
    assert (change.former_label, change.values) == ("Mängelmelder", ())


def test_a_service_that_is_finished_under_another_name_is_both():
    service = ServiceFactory()
    a = edition(planned=[{"label": "Jagd", "service": service}])
    b = edition(available=[{"label": "Jagdschein", "service": service}])
    assert services_of(a, b) == {"finished": ["Jagdschein"], "renamed": ["Jagdschein"]}


def test_another_service_of_the_same_name_is_another_service():
    a = edition(available=[{"label": "Gewerbe", "service": ServiceFactory()}])
    b = edition(available=[{"label": "Gewerbe", "service": ServiceFactory()}])
    assert services_of(a, b) == {"new": ["Gewerbe"], "discontinued": ["Gewerbe"]}


def test_a_row_without_a_link_is_known_by_its_name():
    a = edition(available=[{"label": "Wohngeld"}])
    b = edition(available=[{"label": "Wohngeld", "service": ServiceFactory()}])
    assert services_of(a, b) == {}


def test_of_two_rows_of_one_name_that_of_the_same_level_is_the_same():
    rows = [
        {"label": "Gewerbe", "level": Level.BOTH},
        {"label": "Gewerbe", "level": Level.MUNICIPALITIES},
    ]
    found = compare(edition(available=rows), edition(available=rows[1:])).services
    assert [(service.label, service.level_label) for service in found.discontinued] == [
        ("Gewerbe", "Landkreise & Gemeinden")
    ]
    assert found.changed == ()


def test_a_service_changes_level_month_authority_address_and_parts():
    row = {"label": "Pass", "service": ServiceFactory()}
    a = edition(
        available=[
            row
            | {
                "month": SEPTEMBER,
                "level": Level.MUNICIPALITIES,
                "parts": ["A", "C"],
                "authority_label": "Kasse",
            }
        ]
    )
    b = edition(
        available=[
            row
            | {
                "month": NOVEMBER,
                "level": Level.BOTH,
                "parts": ["A", "B"],
                "parts_open": True,
                "authority_label": "Amt",
                "address": "https://www.example.org",
            }
        ]
    )
    [change] = compare(a, b).services.changed
    assert [(value.name, value.before, value.after) for value in change.values] == [
        ("verfügbar seit", "09/2022", "11/2022"),
        ("Vollzug", "Gemeinden", "Landkreise & Gemeinden"),
        ("zuständige Behörde", "Kasse", "Amt"),
        ("Adresse", "", "https://www.example.org"),
        ("Teilleistungen", "", "B, u.a."),
        ("Teilleistungen", "C", ""),
    ]
    assert [value.in_words for value in change.values][2:] == [
        "zuständige Behörde Amt (bisher Kasse)",
        "Adresse neu: https://www.example.org",
        "Teilleistungen neu: B, u.a.",
        "Teilleistungen entfallen: C",
    ]


def test_that_one_edition_prints_no_authorities_changes_no_service():
    row = {"label": "Pass", "service": ServiceFactory()}
    a, b = edition(available=[row]), edition(available=[row | {"authority_label": "Amt"}])
    assert (services_of(a, b), services_of(b, a)) == ({}, {})


def test_parts_in_another_order_are_the_same_parts():
    row = {"label": "Pass", "service": ServiceFactory()}
    a, b = edition(available=[row | {"parts": ["A", "B"]}]), edition(available=[row | {"parts": ["B", "A"]}])
    assert services_of(a, b) == {}


def test_an_edition_without_a_catalogue_discontinues_nothing():
    a = edition(available=[{}], coverage=[{}], projects=[{}])
    found = compare(a, letter())
    assert (found.services, found.rollout, found.projects) == (None, None, None)
    assert compare(letter(), a).services is None


def only(kind, row):
    """An edition that prints one of the two lists of services."""
    made = EditionFactory()
    BlockFactory(rubric=RubricFactory(edition=made), kind=kind)
    CatalogueRowFactory(edition=made, kind=kind, **row)
    return compose(Edition.objects.whole().get(pk=made.pk))


def test_a_list_that_one_edition_does_not_print_says_nothing_of_its_services():
    a = edition(available=[{"label": "Pass"}], planned=[{"label": "Jagdschein"}])
    b = only("available", {"label": "Pass"})
    assert services_of(a, b) == {}
    assert services_of(b, a) == {}


# --- coverage --------------------------------------------------------------------------------

FIGURES = {"label": "Pass", "count": 48, "share_authorities": 16, "share_population": 59}


def change_of(before, after):
    """What becomes of a row with other figures."""
    [a, b] = [edition(coverage=[FIGURES | values]) for values in (before, after)]
    found = compare(a, b).rollout
    return next(iter([*found.up, *found.down, *found.changed]), None)


@pytest.mark.parametrize(
    ("after", "direction"),
    [
        ({"count": 50}, 1),
        ({"count": 50, "share_authorities": 17, "share_population": 60}, 1),
        ({"count": 40, "share_authorities": 13}, -1),
        ({"share_population": 58}, -1),
        ({"count": 50, "share_authorities": 15}, 0),
        ({"count": None, "share_authorities": None, "share_population": None}, 0),
    ],
)
def test_coverage_goes_up_or_down_where_all_that_moved_went_that_way(after, direction):
    assert change_of({}, after).direction == direction


def test_a_change_of_coverage_shows_count_and_both_shares_also_the_unchanged():
    change = change_of({}, {"count": 50, "share_population": 60})
    assert [figure.in_words for figure in change.figures] == [
        "Anzahl 50 (bisher 48)",
        "nach Behörden 16\u00a0% (unverändert)",
        "nach Einwohnern 60\u00a0% (bisher 59\u00a0%)",
    ]
    assert (change.base, change.origin, change.note, change.parts) == (None, None, None, ())


def test_a_figure_that_was_unknown_did_not_rise():
    change = change_of({"count": None}, {"count": 50})
    assert change.direction == 0
    assert change.figures[0] == Value("Anzahl", "keine Angabe", "50")


def test_nothing_is_more_than_unknown_and_none_is_a_figure():
    assert change_of({"count": 0}, {"count": 5}).direction == 1


COMPUTED = {"origin": Origin.COMPUTED, "count": 48, "share_authorities": 16}
YEAR_21, YEAR_22 = datetime.date(2021, 12, 31), datetime.date(2022, 12, 31)


def test_the_base_is_told_when_it_changed():
    change = change_of(
        COMPUTED | {"denominator": 300, "register_date": YEAR_21},
        COMPUTED | {"denominator": 298, "register_date": YEAR_22},
    )
    assert change.base == Value("zuständige Behörden", "300", "298")
    assert change.origin.after == "aus dem Register berechnet (Register vom 31.12.2022)"
    assert change.direction == 0


def test_a_figure_that_is_computed_instead_of_surveyed_says_so():
    change = change_of({}, COMPUTED | {"denominator": 300, "register_date": YEAR_21})
    assert change.origin == Value(
        "Herkunft", "von der SAKD erhoben", "aus dem Register berechnet (Register vom 31.12.2021)"
    )
    assert change.base == Value("zuständige Behörden", "keine Angabe", "300")


def test_figures_that_are_only_certain_now_are_changed_and_neither_up_nor_down():
    base = COMPUTED | {"denominator": 300, "register_date": YEAR_21}
    change = change_of(base | {"at_least": True}, base)
    assert change.direction == 0
    assert change.figures[0] == Value("Anzahl", "mindestens 48", "48")


def with_note(number, text):
    report = RolloutReportFactory()
    note = RolloutFootnoteFactory(report=report, number=number, text=text)
    CoverageRowFactory(report=report, footnote=note, **FIGURES)
    made = EditionFactory()
    BlockFactory(rubric=RubricFactory(edition=made), rollout_report=report)
    return compose(Edition.objects.whole().get(pk=made.pk))


def test_a_footnote_differs_by_its_text_and_not_by_its_number():
    assert rollout_of(with_note(1, "So."), with_note(2, "So.")) == {}
    found = compare(with_note(1, "So."), with_note(1, "Anders.")).rollout
    assert [change.note for change in found.changed] == [Value("Fußnote", "So.", "Anders.")]


def test_a_relabelled_row_is_the_same_row():
    service = ServiceFactory()
    a = edition(coverage=[{"label": "Mängelmelder", "service": service}])
    b = edition(coverage=[{"label": "Mängelmeldung", "service": service}])
    assert rollout_of(a, b) == {"renamed": ["Mängelmeldung"]}
    b = edition(coverage=[{"label": "Mängelmeldung", "service": service, "count": 50}])
    assert rollout_of(a, b) == {"up": ["Mängelmeldung"], "renamed": ["Mängelmeldung"]}


def test_several_rows_of_one_service_are_paired_by_label():
    service = ServiceFactory()
    a = edition(coverage=[{"label": name, "service": service} for name in ("An", "Um", "Ab")])
    b = edition(coverage=[{"label": name, "service": service} for name in ("Ab", "An")])
    assert rollout_of(a, b) == {"gone": ["Um"]}


def test_rows_come_and_go_with_the_stand_of_either_edition():
    a = edition(coverage=[{"label": "Alt"}], rollout=datetime.date(2022, 10, 5))
    b = edition(coverage=[{"label": "Neu"}], rollout=datetime.date(2022, 12, 1))
    found = compare(a, b).rollout
    assert rollout_of(a, b) == {"new": ["Neu"], "gone": ["Alt"]}
    assert (found.stand_before, found.stand_after) == (
        datetime.date(2022, 10, 5),
        datetime.date(2022, 12, 1),
    )


# --- projects --------------------------------------------------------------------------------


def test_a_project_moves_by_its_phases():
    row = {"label": "Verkehrswert", "project": ProjectFactory()}
    a = edition(projects=[row | {"phase_3": "active"}])
    b = edition(projects=[row | {"phase_3": "done", "phase_4": "active", "approach": "efa"}])
    assert projects_of(a, b) == {"moved": ["Verkehrswert"]}
    [change] = compare(a, b).projects.moved
    assert change.phases == (
        Value("Phase 3", "in Bearbeitung", "abgeschlossen"),
        Value("Phase 4", "keine Angabe", "in Bearbeitung"),
    )
    assert change.values == (Value("Umsetzungsweg", "keine Angabe", "EfA"),)


def test_neighbouring_phases_that_went_the_same_way_are_told_as_one():
    row = {"label": "Verkehrswert", "project": ProjectFactory(), "phase_2": "done"}
    after = {
        "phase_la": "done",
        "phase_1": "done",
        "phase_3": "done",
        "phase_4": "active",
        "phase_product": "active",
    }
    [change] = compare(edition(projects=[row]), edition(projects=[row | after])).projects.recorded
    assert change.phase_runs == (
        Value("LA bis Phase 1", "keine Angabe", "abgeschlossen"),
        Value("Phase 3", "keine Angabe", "abgeschlossen"),
        Value("Phase 4 bis Produkt", "keine Angabe", "in Bearbeitung"),
    )


@pytest.mark.parametrize("before", ["unknown", "blank"])
def test_a_phase_of_which_nothing_was_said_is_recorded_and_not_moved(before):
    row = {"label": "Verkehrswert", "project": ProjectFactory()}
    a, b = edition(projects=[row | {"phase_la": before}]), edition(projects=[row | {"phase_la": "done"}])
    assert projects_of(a, b) == {"recorded": ["Verkehrswert"]}


def test_a_phase_of_which_nothing_is_said_any_more_is_a_move():
    row = {"label": "Verkehrswert", "project": ProjectFactory()}
    a, b = edition(projects=[row | {"phase_la": "done"}]), edition(projects=[row])
    assert projects_of(a, b) == {"moved": ["Verkehrswert"]}


def test_a_plan_of_another_year_is_a_move():
    def planned(year):
        report = ProjectReportFactory(plan_year=year)
        ProjectRowFactory(report=report, label="Jagd", phase_product="planned")
        made = EditionFactory()
        BlockFactory(rubric=RubricFactory(edition=made), project_report=report)
        return compose(Edition.objects.whole().get(pk=made.pk))

    [change] = compare(planned(2022), planned(2023)).projects.moved
    assert change.phases == (Value("Produkt", "Plan 2022", "Plan 2023"),)


def test_projects_come_go_change_and_are_renamed():
    kept, renamed = ProjectFactory(), ProjectFactory()
    a = edition(
        projects=[
            {"label": "Geht"},
            {"label": "Bleibt", "project": kept, "lb": "01"},
            {"label": "Hieß so", "project": renamed},
        ]
    )
    b = edition(
        projects=[
            {"label": "Heißt so", "project": renamed},
            {"label": "Kommt"},
            {"label": "Bleibt", "project": kept, "lb": "02"},
        ]
    )
    assert projects_of(a, b) == {
        "changed": ["Bleibt"],
        "renamed": ["Heißt so"],
        "came": ["Kommt"],
        "went": ["Geht"],
    }


def test_a_project_that_stands_under_another_lp_is_the_same():
    row = {"label": "Verkehrswert", "project": ProjectFactory()}
    a, b = edition(projects=[row]), edition(projects=[row | {"lp": "18", "lp_name": "Umwelt"}])
    [change] = compare(a, b).projects.changed
    assert change.values == (Value("LP", "17 Bauen & Grundstück", "18 Umwelt"),)


# --- articles --------------------------------------------------------------------------------


def test_articles_are_new_gone_or_changed():
    a = edition(articles=[{"title": "Alt"}, {"title": "Bleibt", "body": "<p>So</p>"}, {"title": "Gleich"}])
    b = edition(
        articles=[{"title": "Gleich"}, {"title": "Bleibt", "body": "<p>Anders</p>"}, {"title": "Neu"}]
    )
    found = compare(a, b).articles
    assert [[row.label for row in rows] for rows in (found.new, found.gone, found.changed)] == [
        ["Neu"],
        ["Alt"],
        ["Bleibt"],
    ]
    assert found.new[0].address.endswith("/neu/")
