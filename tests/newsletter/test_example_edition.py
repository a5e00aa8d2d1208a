"""The invented edition of December 2022: whole, marked wherever it shows, and never current."""

import re
from collections import Counter

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django_prose_editor.fields import ProseEditorField

from catalogue.models import Service
from newsletter.models import Article, Block, CatalogueRow, Edition, Rubric
from projects.models import Approach, LegendEntry, PhaseState, Project, ProjectReport, ProjectRow
from rollout.models import (
    Adoption,
    Authority,
    Competence,
    CoverageRow,
    Origin,
    RegisterMunicipality,
    RolloutReport,
    ServiceCompetence,
    Succession,
)
from stand.models import CorrectionChange
from tests.editions import of_the_example
from tests.html import links_of, rows_of, text_of
from tests.newsletter.test_first_edition import stored
from tests.pages import paths_of_the_sitemap

pytestmark = pytest.mark.django_db

MARK = "Beispieldaten"
LINK = "Ein Beispiel mit allen Zuständen (Beispieldaten)"
ROLLOUT, PROJECTS, EDITION = "/rollout/2022-12-01/", "/projekte/2022-12-02/", "/ausgaben/2022-12/"
CHOICE = re.compile(r"\s*<nav class=\"stands wide\".*?</nav>", re.DOTALL)
LINK_TO_EXAMPLE = re.compile(r"\s*<p class=\"see-example\">.*?</p>", re.DOTALL)
EXAMPLES_OF_MAPS = re.compile(r"\s*<h2 id=\"beispieldaten\">.*?</ul>", re.DOTALL)
# When a form was shown, signed: no two pages have the same.
STAMP = re.compile(r'(?<=name="stamp" value=")[^"]*')
EXAMPLES_OF_ARCHIVE = re.compile(
    rf"\s*<h2>{MARK}</h2>.*?</table>\s*<p class=\"data-links\">.*?</p>", re.DOTALL
)
EXAMPLES_OF_DATA = re.compile(rf"<tr><th scope=\"row\">[^<]*\({MARK}\)</th>.*?</tr>", re.DOTALL)
# The files of examples belong to a data set, which has changed when they came.
CHANGE_OF_DATA = re.compile(r', "dateModified": "[^"]*"')


def current_pages() -> dict[str, str]:
    """Every page of the sitemap, some with parameters, and what machines read: all that is no example."""
    client = Client()
    sitemap = client.get("/sitemap.xml").content.decode()
    paths = paths_of_the_sitemap(client)
    authorities = [path for path in paths if path.startswith("/kommunen/1")]
    # Five hundred of them take minutes: what all of them are made of is compared apart.
    kept = {*authorities[::20], "/kommunen/14627210/"}
    paths = [path for path in paths if path not in authorities or path in kept]
    paths += [
        "/leistungen/?q=flurst",
        "/leistungen/?zustand=planned",
        "/leistungen/?jahr=2022",
        "/gibt-es-nicht/",
    ]
    pages = {path: client.get(path).content.decode() for path in paths}
    return {path: comparable(page) for path, page in pages.items()} | {"/sitemap.xml": sitemap}


def comparable(page: str) -> str:
    page = CHANGE_OF_DATA.sub("", STAMP.sub("", page))
    return "\n".join(line for line in page.splitlines() if line.strip())


def read_by_pages_of_authorities() -> dict[str, set]:
    """All that the pages of authorities, of whatever key, take for real; a query for each kind of thing."""
    links = ServiceCompetence.objects.real()
    services = {"service__in": links.values("service")}
    duties = Competence.objects.filter(set__in=links.values("set"))
    return {
        "authorities": set(Authority.objects.values_list()),
        "register": set(RegisterMunicipality.objects.values_list()),
        "successions": set(Succession.objects.values_list()),
        "links": set(links.for_usage().values_list("service__slug", "set__key")),
        "duties": set(duties.values_list("set__key", "edition", "municipality__key", "authority__key")),
        "adoptions": set(Adoption.objects.real().filter(**services).values_list()),
        "services": set(Service.objects.filter(pk__in=links.values("service")).values_list()),
    }


@pytest.fixture(scope="module")
def read_before(first_edition):
    return read_by_pages_of_authorities()


@pytest.fixture(scope="module")
def pages_before(first_edition):
    """The current pages of a site that has no example."""
    return current_pages()


@pytest.fixture(scope="module", autouse=True)
def example(pages_before, read_before):
    """The example on top of the first edition, and the current pages as they then are."""
    call_command("loaddata", *of_the_example(), verbosity=0)
    return current_pages()


def without_examples(page: str) -> str:
    for marked in (CHOICE, LINK_TO_EXAMPLE, EXAMPLES_OF_ARCHIVE, EXAMPLES_OF_MAPS, EXAMPLES_OF_DATA):
        page = marked.sub("", page)
    return page


def pages_of_the_example() -> list[str]:
    articles = Article.objects.filter(edition__illustrative=True).select_related("edition")
    return [ROLLOUT, PROJECTS, EDITION, *(article.get_absolute_url() for article in articles)]


# --- never as current ------------------------------------------------------------------------


def test_the_example_changes_no_current_page_but_archive_choice_of_stand_files_and_link(
    pages_before, example
):
    assert len(example) == len(pages_before) > 120
    changed = {path for path, page in example.items() if page != pages_before[path]}
    of_rollout = {"/rollout/", "/rollout/2022-10-05/"}
    of_projects = {"/projekte/", "/projekte/2022-10-14/"}
    with_link = {path for path in changed if LINK_TO_EXAMPLE.search(example[path])}
    of_data = {f"/daten/{name}/" for name in ("ausgaben", "leistungen", "projekte", "rollout")}
    assert changed - with_link == {"/ausgaben/", "/rollout/karte/", *of_rollout, *of_data}
    assert {path.split("/")[1] for path in with_link} == {"projekte", "kommunen", "leistungen", "entwicklung"}
    assert {path for path in with_link if path.startswith("/projekte/")} == of_projects
    assert {path: without_examples(example[path]) for path in changed} == {
        path: pages_before[path] for path in changed
    }


def test_the_example_changes_nothing_that_the_page_of_any_authority_takes_for_real(read_before):
    assert {kind: len(found) for kind, found in read_before.items() if len(found) < 5} == {"successions": 0}
    assert len(read_before["authorities"]) == 500
    assert read_by_pages_of_authorities() == read_before


def test_current_figures_are_those_of_october():
    assert RolloutReport.objects.current().date.isoformat() == "2022-10-05"
    assert ProjectReport.objects.current().date.isoformat() == "2022-10-14"
    assert Edition.objects.current().month.isoformat() == "2022-10-01"


@pytest.mark.parametrize(
    ("path", "choice"),
    [
        ("/rollout/", ["05.10.2022", f"01.12.2022 ({MARK})"]),
        ("/projekte/", ["14.10.2022", f"02.12.2022 ({MARK})"]),
        (ROLLOUT, ["05.10.2022", f"01.12.2022 ({MARK})"]),
    ],
)
def test_the_choice_of_stand_names_the_example_last_and_as_such(client, path, choice):
    nav = CHOICE.search(client.get(path).content.decode())[0]
    items = re.findall(r"<li>(.*?)</li>", nav, re.DOTALL)
    assert [re.sub("<[^>]+>", "", item) for item in items] == choice


def test_the_archive_lists_the_example_apart(client):
    page = client.get("/ausgaben/")
    rows = [row for row in rows_of(page) if row[0] != "Ausgabe"]
    assert rows == [
        ["Ausgabe Oktober 2022", "05.10.2022", "14.10.2022", "10", "–"],
        [f"Beispielausgabe, Dezember 2022 ({MARK})", "01.12.2022", "02.12.2022", "5", "–"],
    ]
    assert (
        text_of(page).index("Oktober 2022") < text_of(page).index(MARK) < text_of(page).index("Dezember 2022")
    )


# --- the mark --------------------------------------------------------------------------------


def test_every_page_of_the_example_says_so_in_text_and_title(client):
    paths = pages_of_the_example()
    assert len(paths) == 8
    for path in paths:
        response = client.get(path)
        title = re.search("<title>(.*?)</title>", response.content.decode())[1]
        assert (path, response.status_code, title.startswith(f"{MARK}: ")) == (path, 200, True)
        assert f"{MARK}. Diese Angaben sind zur Anschauung erfunden" in text_of(response)


def test_the_edition_repeats_the_mark_at_each_of_its_two_reports(client):
    assert text_of(client.get(EDITION)).count(f"{MARK}. Diese Angaben") == 3


def test_every_article_says_in_its_title_that_it_is_an_example():
    titles = Article.objects.filter(edition__illustrative=True).values_list("title", flat=True)
    assert len(titles) == 5
    assert [title for title in titles if not title.startswith("Beispiel: ")] == []


# --- the link where states are unknown -------------------------------------------------------


@pytest.mark.parametrize("path", ["/projekte/", "/projekte/2022-10-14/"])
def test_where_the_colours_are_lost_the_note_is_followed_by_a_link_to_the_example(client, path):
    page = client.get(path)
    assert f"eingetragen ist, was der Text selbst sagt. {LINK}" in text_of(page)
    assert PROJECTS in links_of(page)


@pytest.mark.parametrize("path", [PROJECTS, EDITION, "/ausgaben/2022-10/"])
def test_neither_the_example_nor_an_edition_leads_to_it(client, path):
    assert LINK not in text_of(client.get(path))


# --- what it holds ---------------------------------------------------------------------------


def test_all_states_and_approaches_occur():
    rows = ProjectRow.objects.filter(report__illustrative=True)
    assert {state for row in rows for _, state in row.phases} == set(PhaseState)
    assert {row.approach for row in rows} == set(Approach)


def test_its_legend_explains_every_sign():
    legend = LegendEntry.objects.filter(report__illustrative=True)
    october = LegendEntry.objects.filter(report__illustrative=False)
    codes = set(legend.values_list("kind", "code"))
    assert codes == set(october.values_list("kind", "code"))
    assert legend.get(code=PhaseState.PLANNED).text == "Plan 2023"
    assert ProjectReport.objects.get(illustrative=True).plan_year == 2023


def test_projects_are_those_of_october_and_one_has_become_a_product():
    october, december = (
        {row.project: row for row in ProjectRow.objects.filter(report__illustrative=example)}
        for example in (False, True)
    )
    assert october.keys() == december.keys()
    assert len(december) == Project.objects.count() == 51
    finished = {
        project.name
        for project, row in december.items()
        if row.phase_product == PhaseState.DONE != october[project].phase_product
    }
    assert finished == {"Verschmelzung von Flurstücken"}


def test_what_october_says_of_a_project_is_not_taken_back():
    rows = {row.project: row for row in ProjectRow.objects.filter(report__illustrative=True)}
    order = [PhaseState.PLANNED, PhaseState.DONE]
    for row in ProjectRow.objects.filter(report__illustrative=False):
        for (phase, then), (_, now) in zip(row.phases, rows[row.project].phases, strict=True):
            if then in order:
                assert order.index(now) >= order.index(then), (row.label, phase)


def test_coverage_has_grown_and_shrunk_and_one_row_is_computed():
    october, december = (
        {row.service: row for row in CoverageRow.objects.filter(report__illustrative=example)}
        for example in (False, True)
    )
    assert {service.name for service in december.keys() - october.keys()} == {"Flurstückverschmelzung"}
    assert october.keys() <= december.keys()
    moves = Counter(
        (december[service].count > row.count) - (december[service].count < row.count)
        for service, row in october.items()
    )
    assert moves == {1: 18, 0: 11, -1: 1}
    [computed] = [row for row in december.values() if row.origin == Origin.COMPUTED]
    assert (computed.count, computed.denominator, computed.share_authorities) == (3, 13, 23)
    assert computed.register_date.isoformat() == "2021-12-31"
    assert {row.footnote.number for row in december.values() if row.footnote} == {1, 2, 3}


def test_coverage_goes_by_population_then_by_authorities_and_unknown_comes_last():
    rows = CoverageRow.objects.filter(report__illustrative=True).order_by("position")
    order = [(row.share_population or 0, row.share_authorities) for row in rows]
    assert order == sorted(order, reverse=True)
    assert [row.label for row in rows if row.share_population is None] == ["Flurstückverschmelzung"]


def test_the_catalogue_holds_the_same_services_and_names_authorities(client):
    october, december = (
        CatalogueRow.objects.filter(edition__illustrative=example) for example in (False, True)
    )
    services = [row.service for row in december]
    assert len(services) == len(set(services)) == Service.objects.count() == 47
    assert {row.service for row in october} == set(services)
    kinds = {row.service: row.kind for row in october}
    assert [row.label for row in december if row.kind != kinds[row.service]] == ["Flurstückverschmelzung"]

    page = client.get(EDITION).content.decode()
    spanned = re.findall(r'rowspan="(\d+)">([^<]+)</td>', page)
    assert ("3", "Kfz-Zulassungsbehörde") in spanned
    assert ("3", "Waffenbehörde") in spanned


def test_it_brings_no_service_and_no_project():
    models = {entry["model"] for path in of_the_example() for entry in yaml.safe_load(path.read_text())}
    assert {model for model in models if model.startswith("catalogue.")} == set()
    assert "projects.project" not in models


def test_it_opens_with_a_letter_and_has_every_kind_of_block(client):
    edition = Edition.objects.get(illustrative=True)
    assert edition.label == "Beispielausgabe"
    assert "Sehr geehrte Damen und Herren" in text_of(client.get(EDITION))
    assert set(edition.blocks.values_list("kind", flat=True)) == set(Block.Kind.values)


def test_every_link_on_its_pages_answers(client):
    links = {link for path in pages_of_the_example() for link in links_of(client.get(path))}
    own = {link.partition("#")[0].partition("?")[0] for link in links if link.startswith("/")}
    assert len(own) > 90
    assert {link: client.get(link).status_code for link in own if client.get(link).status_code != 200} == {}


# --- as a fixture ----------------------------------------------------------------------------


def test_loading_it_again_changes_nothing():
    before = stored()
    assert before.count('"model": "rollout.coveragerow"') == 61
    call_command("loaddata", *of_the_example(), verbosity=0)
    assert stored() == before
    assert not CorrectionChange.objects.exists()


@pytest.mark.parametrize("model", [Edition, Rubric, Block, Article])
def test_no_text_changes_when_an_editor_saves_it_as_it_is(model):
    names = [field.name for field in model._meta.fields if isinstance(field, ProseEditorField)]
    texts = [
        (model._meta.get_field(name), row[name]) for row in model.objects.values(*names) for name in names
    ]
    assert any(text for _, text in texts)
    assert [text for field, text in texts if field.sanitize(text) != text] == []
