"""Which sentence is shown, and what in it is marked."""

import pytest

from ozgstatus.excerpts import LONGEST, marked, plain_text
from stand.search import Search


def shown(query: str, text: str, title: str = "") -> str:
    """The excerpt with brackets around what is marked."""
    runs = marked(Search.of(query), title, text)[1]
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
