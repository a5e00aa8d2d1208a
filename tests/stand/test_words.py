"""The words of all texts that are searched are kept by the database, whoever writes."""

import pytest
from django.db import connection

from catalogue.models import Service, ServicePart
from newsletter.models import Article, Edition
from projects.models import Project, ProjectRow
from rollout.models import Authority, CoverageRow
from stand.models import SearchedWord
from stand.search import LONGEST_WORD
from tests.factories import (
    ArticleFactory,
    CoverageRowFactory,
    ProjectRowFactory,
    ServiceFactory,
)

pytestmark = pytest.mark.django_db

SEARCHED = [Service, ServicePart, Project, ProjectRow, Authority, CoverageRow, Article, Edition]


def words_of(model) -> set[str]:
    return {word for text in model.objects.values_list("search_text", flat=True) for word in text.split()}


def spelled(*words: str) -> list[str]:
    """How these words are spelled where they stand; each once for every place that is kept."""
    return sorted(SearchedWord.objects.filter(word__in=words).values_list("spelled", flat=True))


@pytest.mark.usefixtures("every_edition")
@pytest.mark.parametrize("model", SEARCHED)
def test_every_word_of_what_is_searched_is_kept(model):
    words = words_of(model)
    assert words
    assert words - set(SearchedWord.objects.values_list("word", flat=True)) == set()


def test_words_are_kept_as_they_are_spelled():
    ServiceFactory(
        name="Straßenfest, STRASSENFEST und Wohn\u00adgeld", printed_name="Đakovo a\u0308rgert Москва"
    )
    assert spelled("strassenfest") == ["STRASSENFEST", "Straßenfest"]
    assert spelled("wohngeld", "aergert", "akovo") == ["Wohngeld", "ärgert", "Đakovo"]


def test_marks_of_html_are_no_words():
    ArticleFactory(
        body='<p>Zu<strong>sammen</strong> <a href="https://hecht.example.org">hier</a>&nbsp;da</p>'
    )
    assert spelled("zusammen", "hier", "da", "hecht", "href", "strong", "nbsp") == ["Zusammen", "da", "hier"]


def test_bulk_changes_and_plain_sql_are_seen():
    ServiceFactory.create_batch(2)
    Service.objects.update(name="Zanderschein")
    Service.objects.bulk_create([ServiceFactory.build(name="Hechtschein", slug="hecht")])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalogue_service SET printed_name = 'Karpfenschein' WHERE slug = 'hecht'")
    assert spelled("zanderschein", "hechtschein", "karpfenschein") == [
        "Hechtschein",
        "Karpfenschein",
        "Zanderschein",
    ]


def test_a_word_that_is_known_is_not_kept_again():
    ServiceFactory(name="Zanderschein")
    number = SearchedWord.objects.count()
    service = ServiceFactory(name="Zanderschein", slug="zander")
    service.save()
    Service.objects.update(position=7)
    assert spelled("zanderschein") == ["Zanderschein"]
    assert SearchedWord.objects.count() == number


def test_what_is_too_long_for_an_index_can_be_written():
    endless = "".join(map(str, range(3000)))
    ArticleFactory(title="Ein Titel", body=f"<p>{endless} danach</p>")
    ProjectRowFactory(details=[endless])
    CoverageRowFactory(parts=[endless])
    assert spelled("danach", endless[:LONGEST_WORD]) == [endless[:LONGEST_WORD], "danach"]
