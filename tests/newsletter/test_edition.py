"""What `compose()` makes of an edition."""

import dataclasses
import datetime

import pytest

from catalogue.models import Level
from newsletter.edition import compose
from newsletter.models import Block, CatalogueRow, Edition, EditionPublication
from projects.matrix import compose_matrix
from projects.models import ProjectReport
from rollout.coverage import compose_coverage
from rollout.models import RolloutReport
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    LegendEntryFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    publish,
)

pytestmark = pytest.mark.django_db


def composed(edition):
    return compose(Edition.objects.whole().get(pk=edition.pk))


def catalogue_of(edition, kind=CatalogueRow.Kind.AVAILABLE):
    """The composed list of an edition that has nothing but this list."""
    BlockFactory(rubric__edition=edition, kind=kind)
    (block,) = composed(edition).contents
    return block.content


def full_edition():
    """One of everything that an edition can hold."""
    rollout, projects = RolloutReportFactory(), ProjectReportFactory()
    service = ServiceFactory()
    CoverageRowFactory(report=rollout, service=service, footnote=RolloutFootnoteFactory(report=rollout))
    ProjectRowFactory(
        report=projects, project=ProjectFactory(), footnote=ProjectFootnoteFactory(report=projects)
    )
    LegendEntryFactory(report=projects)
    edition = EditionFactory()
    rubric = RubricFactory(edition=edition)
    CatalogueRowFactory(edition=edition, service=service)
    article = ArticleFactory(edition=edition)
    article.services.add(service)
    BlockFactory(rubric=rubric)
    BlockFactory(rubric=rubric, rollout_report=rollout)
    BlockFactory(rubric=rubric, article=article)
    BlockFactory(rubric=rubric, project_report=projects)
    return edition, rollout, projects


def test_composing_asks_the_database_nothing(django_assert_num_queries):
    edition, rollout, projects = full_edition()
    publish(rollout)
    publish(projects)
    publish(edition)
    whole = Edition.objects.whole().get()
    with django_assert_num_queries(0):
        pages = compose(whole)
    assert [block.kind for block in pages.contents] == ["available", "rollout", "article", "projects"]


def test_rubrics_and_blocks_stand_in_print_order():
    edition = EditionFactory()
    second = RubricFactory(edition=edition, position=2, title="Aktuelles", introduction="<p>Neues.</p>")
    first = RubricFactory(edition=edition, position=1, title="Kurzstatus")
    BlockFactory(rubric=second, position=2, article=ArticleFactory(edition=edition, title="Zweiter"))
    BlockFactory(rubric=second, position=1, article=ArticleFactory(edition=edition, title="Erster"))
    BlockFactory(rubric=first, position=3, title="Liste", introduction="<p>Gezählt wird alles.</p>")
    BlockFactory(rubric=RubricFactory(title="einer anderen Ausgabe"))

    pages = composed(edition)

    assert [(rubric.anchor, rubric.title, rubric.introduction) for rubric in pages.rubrics] == [
        ("rubrik-1", "Kurzstatus", ""),
        ("rubrik-2", "Aktuelles", "<p>Neues.</p>"),
    ]
    assert [[block.title for block in rubric.blocks] for rubric in pages.rubrics] == [
        ["Liste"],
        ["Erster", "Zweiter"],
    ]
    assert [(block.title, block.anchor) for block in pages.contents] == [
        ("Liste", "produktiv"),
        ("Erster", "beitrag-1"),
        ("Zweiter", "beitrag-2"),
    ]
    assert pages.contents[0].introduction == "<p>Gezählt wird alles.</p>"


def test_a_second_table_of_a_kind_has_an_anchor_of_its_own():
    rubric = RubricFactory()
    BlockFactory(rubric=rubric, rollout_report=RolloutReportFactory())
    BlockFactory(rubric=rubric, rollout_report=RolloutReportFactory())
    assert [block.anchor for block in composed(rubric.edition).contents] == ["rollout", "rollout-2"]


def test_a_list_without_a_heading_is_named_by_its_kind():
    block = BlockFactory(kind=Block.Kind.PLANNED)
    assert [block.title for block in composed(block.edition).contents] == ["Kurz vor der Fertigstellung"]


def test_texts_of_the_edition_are_kept_as_they_are():
    texts = {
        "opening": "<p>Sehr geehrte Damen und Herren,</p>",
        "next_edition_on": datetime.date(2022, 12, 5),
        "next_edition_text": "<p>Der nächste erscheint am 5. Dezember 2022.</p>",
        "cofinancing": "Diese Maßnahme wird mitfinanziert.",
        "hints": "<p>Schreiben Sie uns.</p>",
        "imprint": "<p>Herausgeber</p>",
        "liability": "<p>Keine Haftung.</p>",
        "privacy": "<p>Datenschutz</p>",
    }
    pages = composed(EditionFactory(**texts, illustrative=True))
    assert {name: getattr(pages, name) for name in texts} == texts
    assert pages.illustrative


@pytest.mark.parametrize(
    ("label", "title"), [("", "Ausgabe September 2023"), ("Ausgabe IX / 2023", "Ausgabe IX / 2023")]
)
def test_an_edition_is_called_by_its_label_or_else_by_its_month(label, title):
    pages = composed(EditionFactory(label=label, month=datetime.date(2023, 9, 1)))
    assert (pages.label, pages.title, pages.address) == (label, title, "/ausgaben/2023-09/")


def test_the_day_of_publication_is_empty_unless_it_is_known():
    draft, undated, dated = EditionFactory(), EditionFactory(), EditionFactory()
    publish(undated)
    EditionPublication.objects.create(edition=dated, published_on=datetime.date(2022, 10, 17))
    assert [composed(edition).published_on for edition in (draft, undated, dated)] == [
        None,
        None,
        datetime.date(2022, 10, 17),
    ]


def test_the_catalogue_is_grouped_by_level_as_printed():
    edition = EditionFactory()
    for position, level, label in [
        (3, Level.DISTRICTS, "Jagdschein"),
        (1, Level.MUNICIPALITIES, "Vorkaufsrecht"),
        (2, Level.MUNICIPALITIES, "Flurstücke"),
    ]:
        CatalogueRowFactory(edition=edition, kind="planned", position=position, level=level, label=label)
    CatalogueRowFactory(edition=edition, kind="available", label="anderer Liste")
    CatalogueRowFactory(kind="planned", label="anderer Ausgabe")

    groups = catalogue_of(edition, CatalogueRow.Kind.PLANNED).groups

    assert [(group.level, group.heading, [line.label for line in group.lines]) for group in groups] == [
        ("gemeinden", "im Vollzug der Gemeinden", ["Vorkaufsrecht", "Flurstücke"]),
        ("landkreise", "im Vollzug der Landkreise", ["Jagdschein"]),
    ]


def test_a_line_of_the_catalogue_keeps_what_was_printed():
    edition = EditionFactory()
    service = ServiceFactory(name="Heute anders")
    CatalogueRowFactory(
        edition=edition,
        position=1,
        label="Bestattungswesen",
        month=datetime.date(2022, 3, 1),
        parts=["Leichenpass", "Ergebnisbericht"],
        parts_open=True,
        service=service,
    )
    CatalogueRowFactory(
        edition=edition, position=2, label="BAföG", month=None, address="https://www.bafoeg-digital.de"
    )

    (group,) = catalogue_of(edition).groups

    assert [dataclasses.astuple(line) for line in group.lines] == [
        (
            *(1, "Bestattungswesen", datetime.date(2022, 3, 1), ""),
            *(("Leichenpass", "Ergebnisbericht"), True, "/leistungen/heute-anders/"),
        ),
        (2, "BAföG", None, "https://www.bafoeg-digital.de", (), False, ""),
    ]


def test_one_authority_spans_its_consecutive_lines():
    edition = EditionFactory()
    labels = ["Kfz-Zulassungsbehörde", "Kfz-Zulassungsbehörde", "Jugendamt", "Kfz-Zulassungsbehörde"]
    for position, authority in enumerate(labels):
        CatalogueRowFactory(
            edition=edition, position=position, level=Level.DISTRICTS, authority_label=authority
        )
    CatalogueRowFactory(edition=edition, position=9, level=Level.BOTH)

    catalogue = catalogue_of(edition)

    assert catalogue.names_authorities
    assert [
        [(run.authority, [line.number for line in run.lines]) for run in group.runs]
        for group in catalogue.groups
    ] == [
        [("Kfz-Zulassungsbehörde", [1, 2]), ("Jugendamt", [3]), ("Kfz-Zulassungsbehörde", [4])],
        [("", [5])],
    ]


def test_a_list_without_authorities_says_so():
    edition = EditionFactory()
    CatalogueRowFactory(edition=edition)
    assert not catalogue_of(edition).names_authorities


def test_both_reports_are_composed_as_on_their_own_pages():
    edition, rollout, projects = full_edition()
    found = {block.kind: block.content for block in composed(edition).reports}
    assert found == {
        "rollout": compose_coverage(RolloutReport.objects.with_rows().get(pk=rollout.pk)),
        "projects": compose_matrix(ProjectReport.objects.with_rows().get(pk=projects.pk)),
    }
    in_matrix = sum(len(group.lines) for group in found["projects"].groups)
    assert (len(found["rollout"].lines), in_matrix) == (1, 1)


def test_a_block_leads_to_its_own_page_where_there_is_one():
    rubric = RubricFactory(edition__month=datetime.date(2022, 10, 1))
    public = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    publish(public)
    BlockFactory(rubric=rubric, position=1)
    BlockFactory(rubric=rubric, position=2, rollout_report=public)
    BlockFactory(rubric=rubric, position=3, project_report=ProjectReportFactory())
    article = ArticleFactory(edition=rubric.edition, title="Öffentliche Aufzüge")
    BlockFactory(rubric=rubric, position=4, article=article)
    assert [block.address for block in composed(rubric.edition).contents] == [
        "",
        "/rollout/2022-10-05/",
        "",
        "/ausgaben/2022-10/oeffentliche-aufzuege/",
    ]


def test_an_article_is_what_was_written_whatever_its_services_are_called_today():
    article = ArticleFactory(title="Neu", body="<p>Text</p>")
    BlockFactory(rubric__edition=article.edition, article=article)
    article.services.add(ServiceFactory(name="Wohngeld"))

    (found,) = composed(article.edition).contents

    assert dataclasses.asdict(found.content) == {"title": "Neu", "slug": "neu", "body": "<p>Text</p>"}
