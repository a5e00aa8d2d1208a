"""Which sentence is shown, and what in it is marked."""

import pytest

from ozgstatus.excerpts import LONGEST, marked, plain_text
from stand.search import Search


def shown(query: str, text: str, title: str = "", **meant: list[str]) -> str:
    """The excerpt with brackets around what is marked; `meant` are words that are meant by another one."""
    runs = marked(Search.of(query), title, text, meant)[1]
    return "".join(f"[{run.text}]" if run.marked else run.text for run in runs)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("zweite", "Der [zweite] Satz."),
        ("satz zweite", "Der [zweite] [Satz]."),
        ("fehlt", "Der erste Satz."),
        ("dritter", "Ein [dritter], mit Abs. 2 Nr. 3 und z. B. Zahlen?"),
    ],
)
def test_the_sentence_with_most_of_the_words_is_shown(query, expected):
    text = "Der erste Satz. Der zweite Satz. Ein dritter, mit Abs. 2 Nr. 3 und z. B. Zahlen? Der vierte."
    assert shown(query, text) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Faellung", "Die Baum[fällung] in der Straße."),
        ("fällung", "Die Baum[fällung] in der Straße."),
        ("strasse", "Die Baumfällung in der [Straße]."),
        ("Fällungen", "Die Baum[fällung] in der Straße."),
        ("Strase", "Die Baumfällung in der [Straße]."),
        ("die Fällung", "Die Baum[fällung] in der Straße."),
        ("die", "[Die] Baumfällung in der Straße."),
    ],
)
def test_words_are_marked_in_any_spelling(query, expected):
    assert shown(query, "Die Baumfällung in der Straße.") == expected


@pytest.mark.parametrize(
    ("query", "meant", "expected"),
    [
        ("Häuser", {"haeuser": ["haus"]}, "Dort steht ein [Haus]."),
        ("Rathuas", {"rathuas": ["rathaus"]}, "Im [Rathaus] nebenan."),
        ("Rathuas", {}, "Im [Rathaus] nebenan."),
        ("Rathuas", {"rathuas": ["bahnhof"]}, "Im [Rathaus] nebenan."),
        ("Strase", {"strase": ["strasse"]}, "An der [Straße]."),
        ("ein", {"ein": ["haus"]}, "Dort steht [ein] Haus."),
    ],
)
def test_what_stands_nowhere_as_typed_is_marked_where_the_word_stands_that_is_meant(query, meant, expected):
    text = "Hinter der Hausnummer. Dort steht ein Haus. Im Rathaus nebenan. An der Straße."
    assert shown(query, text, **meant) == expected


def test_what_is_meant_comes_before_what_is_only_alike():
    text = "Ein Datenfeld. Aus Datenfeldern."
    assert shown("Datenfeldrn", text) == "Ein [Datenfeld]."
    assert shown("Datenfeldrn", text, datenfeldrn=["datenfeldern"]) == "Aus [Datenfeldern]."


def test_a_number_is_marked_where_it_begins_only():
    assert shown("14", "Schlüssel 14713000, nicht 7140.") == "Schlüssel [14]713000, nicht 7140."


def test_words_that_overlap_are_marked_once():
    assert shown("wohngeld wohn", "Wohngeld.") == "[Wohngeld]."


def test_a_long_sentence_is_cut_around_the_hit_between_words():
    found = shown("Mitte", f"{'vorher ' * 60}Mitte {'nachher ' * 60}")
    assert found.startswith("… vorher") and found.endswith("nachher …")
    assert "[Mitte]" in found
    assert len(found) <= LONGEST + len("… [] …")


def test_a_word_that_is_longer_than_the_excerpt_is_cut():
    assert len(shown("x", "x" * 5000)) < LONGEST + 10


def test_a_sentence_that_only_repeats_the_title_is_not_shown():
    assert shown("Wohngeld", "Wohngeld\nLP 05 Soziales", title="Wohngeld") == "LP 05 Soziales"


def test_html_becomes_lines_and_its_marks_do_not_part_words():
    assert plain_text("<p>Bau<strong>antrag</strong> &amp; mehr</p><p>Ende</p>").split("\n") == [
        "",
        "Bauantrag & mehr",
        "",
        "Ende",
        "",
    ]
