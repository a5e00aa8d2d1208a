"""What differs between two editions of the register, and which mergers the areas prove."""

import pytest

from rollout.difference import compare, in_sections, snapshot_of, with_whole_names
from rollout.register import parse

from .registers import (
    community,
    gv100ad_of,
    landkreis,
    municipality,
    register_2021,
    register_2023,
    urban_district,
)

A, B, C, D, E = (f"1452200{number}" for number in range(1, 6))


def snapshot(*municipalities, others=()):
    """A Landkreis of free municipalities, each as (key, name, hectares), and whatever `others` are."""
    records = [record for key, name, area in municipalities for record in municipality(key, name, 100, area)]
    head = [landkreis("14522", "Mittelsachsen")]
    return snapshot_of(parse(gv100ad_of("20231130", *head, *records, *others)))


def mergers(before, after) -> set:
    found = compare(before, after)
    return {(tuple(part.key for part in one.predecessors), one.successor.key) for one in found.mergers}


def undecided(before, after) -> set:
    return {entry.key for entry in compare(before, after).undecided}


# --- the editions of 2021 and 2023 -----------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    known = snapshot_of(register_2021())
    return compare(known, with_whole_names(snapshot_of(register_2023()), known))


def test_jahnatal_is_new_and_took_the_place_of_two_and_of_their_community(found):
    assert [entry.key for entry in found.added] == ["14522275"]
    assert [str(entry) for entry in found.gone] == [
        "Verwaltungsgemeinschaft Ostrau (145225123)",
        "Ostrau (14522450)",
        "Zschaitz-Ottewig (14522620)",
    ]
    assert [str(merger) for merger in found.mergers] == [
        "Ostrau (14522450) und Zschaitz-Ottewig (14522620) → Jahnatal (14522275)",
        "Verwaltungsgemeinschaft Ostrau (145225123) → Jahnatal (14522275)",
    ]
    assert found.undecided == ()


def test_a_name_that_gv100ad_cuts_is_no_new_name(found):
    renamed = {change.entry.key: change.after for change in found.changes if change.label == "Bezeichnung"}
    assert renamed == {
        "147305306": "Krostitz-Schönwölkau",
        "14524330": "Zwickau, Stadt, Hochschulstadt",
        "14626440": "Quitzdorf am See / Kwetanecy pri jezoru",
    }


def test_population_is_compared_as_a_whole_and_by_municipality(found):
    assert (found.population_before, found.population_after) == (4_043_002, 4_086_152)
    by_key = {change.entry.key: (change.before, change.after) for change in found.population_changes}
    assert by_key["14521010"] == (3672, 3666)
    assert len(by_key) == 411 and "14522275" not in by_key


def test_the_sections_leave_out_what_is_empty_and_fold_what_is_long(found):
    assert [(section.title, len(section.lines), section.long) for section in in_sections(found)] == [
        ("Neu", 1, False),
        ("Nicht mehr im Register", 3, False),
        ("Zusammengeschlossen (nach den Flächen)", 2, False),
        ("Umbenannt", 3, False),
        ("Fläche geändert", 32, True),
        ("Einwohner je Gemeinde", 411, True),
    ]


def test_the_same_edition_does_not_differ_from_itself():
    same = snapshot_of(register_2021())
    assert not compare(same, dict(same))


# --- mergers ---------------------------------------------------------------------------------


def test_what_a_remaining_municipality_has_grown_by_shows_a_merger():
    before = snapshot((A, "A", 1000), (B, "B", 700), (C, "C", 300))
    after = snapshot((A, "A", 1702), (C, "C", 300))
    assert mergers(before, after) == {((B,), A)}
    assert undecided(before, after) == set()


def test_a_new_key_for_the_same_area_is_a_succession():
    assert mergers(snapshot((A, "A", 1000)), snapshot((B, "A", 1000))) == {((A,), B)}


def test_two_mergers_in_one_district_are_told_apart():
    before = snapshot((A, "A", 1000), (B, "B", 700), (C, "C", 300), (D, "D", 50))
    after = snapshot((A, "A", 1300), (E, "E", 750))
    assert mergers(before, after) == {((C,), A), ((B, D), E)}


def test_two_explanations_settle_nothing():
    before = snapshot((A, "A", 1000), (B, "B", 500), (C, "C", 500))
    after = snapshot((A, "A", 1500))
    assert mergers(before, after) == set()
    assert undecided(before, after) == {B, C}


def test_two_claims_on_one_part_settle_nothing():
    before = snapshot((A, "A", 1000), (B, "B", 2000), (C, "C", 500))
    after = snapshot((A, "A", 1500), (B, "B", 2500))
    assert mergers(before, after) == set()
    assert undecided(before, after) == {C}


def test_a_municipality_that_was_divided_is_left_to_the_editors():
    before = snapshot((A, "A", 1000), (B, "B", 1000), (C, "C", 500))
    after = snapshot((A, "A", 1200), (B, "B", 1300))
    assert mergers(before, after) == set()
    assert undecided(before, after) == {C}


def test_some_hectares_more_are_a_new_survey_and_no_merger():
    before = snapshot((A, "A", 1000), (B, "B", 4))
    after = snapshot((A, "A", 1005))
    assert undecided(before, after) == {B}


def test_what_goes_to_another_district_is_left_to_the_editors():
    before = snapshot(
        (A, "A", 1000), (B, "B", 500), others=urban_district("14511", "Chemnitz, Stadt", 9, 2000)
    )
    after = snapshot((A, "A", 1000), others=urban_district("14511", "Chemnitz, Stadt", 9, 2500))
    assert mergers(before, after) == set()
    assert undecided(before, after) == {B}


def test_very_many_gone_at_once_are_left_to_the_editors():
    many = [(f"145221{number:02}", f"M{number}", 2**number) for number in range(13)]
    after = snapshot((A, "A", sum(area for _, _, area in many)))
    assert mergers(snapshot(*many), after) == set()
    assert mergers(snapshot(*many[4:]), snapshot((A, "A", 2**13 - 2**4))) == {
        (tuple(key for key, _, _ in many[4:]), A)
    }


def in_community(*members, unit="5123", name="V"):
    records = [record for key, area in members for record in municipality(key, f"G{key}", 9, area, unit=unit)]
    return [community("14522", unit, name), *records]


def test_a_community_whose_members_are_together_elsewhere_has_a_successor():
    before = snapshot((A, "A", 10), others=in_community((B, 500), (C, 700)))
    after = snapshot((A, "A", 10), others=in_community((B, 500), (C, 700), unit="5124"))
    assert mergers(before, after) == {(("145225123",), "145225124")}


def test_a_community_whose_members_went_their_ways_is_left_to_the_editors():
    before = snapshot((A, "A", 10), others=in_community((B, 500), (C, 700)))
    after = snapshot((A, "A", 10), (B, f"G{B}", 500), (C, f"G{C}", 700))
    assert undecided(before, after) == {"145225123"}
    moved = {str(change) for change in compare(before, after).changes if change.entry.key == B}
    assert moved == {
        f"G{B} ({B}), Verwaltungseinheit: bisher Verwaltungsgemeinschaft V (145225123), neu G{B} ({B})",
        f"G{B} ({B}), Regionalschlüssel: bisher 145225123002, neu 145220002002",
    }
