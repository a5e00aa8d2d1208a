"""What a query becomes, and that the database spells texts as Python does."""

import pytest
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from stand.models import FormerAddress
from stand.search import Normal, Search, normal

SPELLINGS = {
    "Baumfällgenehmigung": "baumfaellgenehmigung",
    "STRASSE Straße ẞ": "strasse strasse ss",
    "Ä Ö Ü": "ae oe ue",
    "a\u0308 (zusammengesetzt)": "ae zusammengesetzt",
    "Wohn\u00adgeld": "wohngeld",
    "Budyšin, Łužica": "budysin luzica",
    "§ 34i GewO": "34i gewo",
    "An-, Ab-/Ummeldung": "an ab ummeldung",
    "10/2022": "10 2022",
    "ﬁnden": "finden",
    "١٢ Москва 😀": "",
    "": "",
    "'; DROP TABLE x; --": "drop table x",
}


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "expected"), SPELLINGS.items())
def test_database_and_query_spell_alike(text, expected):
    FormerAddress.objects.create(old_path="/a/", new_path="/b/")
    spelled = FormerAddress.objects.values_list(Normal(Cast(Value(text), TextField())), flat=True).get()
    assert (normal(text), " ".join(spelled.split())) == (expected, expected)
    assert spelled == f" {expected} "


def words(query: str) -> list[str]:
    return [word.normal for word in Search.of(query).words]


def test_signs_part_words_and_have_no_meaning():
    assert words('"Kfz-Zulassung" OR (Wohn*geld & !x)') == ["kfz", "zulassung", "or", "wohn", "geld", "x"]


def test_a_word_counts_once_in_whatever_spelling():
    assert words("Prüfung pruefung PRÜFUNG") == ["pruefung"]


@pytest.mark.parametrize("query", ["14713000", "14 7 13 000", " 14713000 "])
def test_a_key_may_be_typed_with_spaces(query):
    assert words(query) == ["14713000"]


def test_a_month_is_no_key():
    assert words("10 2022") == ["10", "2022"]


def test_what_is_very_long_is_cut():
    assert [Search.of("a " * n).is_cut for n in (99, 100, 101, 2500)] == [False, False, True, True]
    assert len(Search.of("x" * 5000).text) == 200
    many = Search.of(" ".join("abcdefghij"))
    assert (many.is_cut, len(many.words)) == (True, 8)


@pytest.mark.parametrize(
    ("word", "core"),
    [("Genehmigungen", "genehmigung"), ("Ausweise", "ausweis"), ("Kitas", "kitas"), ("Wohngeld", "wohngeld")],
)
def test_the_ending_of_a_plural_is_left_aside(word, core):
    assert Search.of(word).words[0].core == core
