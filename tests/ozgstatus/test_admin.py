"""What the editors' pages have in common; who gets which of them: test_every_admin_address.py."""

import datetime

import pytest
from django.urls import reverse

from catalogue.models import Funding, Level, Service
from newsletter.models import Article, Block, Edition, Rubric
from ozgstatus.models import Page, Site
from projects.models import LegendEntry, Project, ProjectFootnote, ProjectReport, ProjectRow
from rollout.models import (
    Adoption,
    Authority,
    CompetenceSet,
    CoverageRow,
    RegisterEdition,
    RolloutFootnote,
    RolloutReport,
    Succession,
)
from stand.models import Correction, DeletedDraft, FormerAddress
from tests.admin import client_of, filled, send

pytestmark = pytest.mark.django_db
DATE = datetime.date(2022, 10, 1)
MAINTAINED = [
    "catalogue.service",
    "catalogue.funding",
    "rollout.rolloutreport",
    "rollout.succession",
    "rollout.competenceset",
    "rollout.adoption",
    "projects.project",
    "projects.projectreport",
    "newsletter.edition",
    "newsletter.article",
]
WITHOUT_ADDING = ["rollout.authority", "ozgstatus.site", "ozgstatus.page"]
READ_ONLY = ["rollout.registeredition", "stand.correction", "stand.deleteddraft"]


@pytest.fixture
def objects():
    """One object of every kind that has pages in the admin, with a row in every table."""
    service = Service.objects.create(name="Wohngeld", level=Level.BOTH, available_since=DATE)
    service.parts.create(name="Lastenzuschuss", position=1)
    rollout, projects = RolloutReport.objects.create(date=DATE), ProjectReport.objects.create(date=DATE)
    edition = Edition.objects.create(month=DATE)
    article = Article.objects.create(edition=edition, title="Once-Only", body="<p>Text</p>")
    rubric = Rubric.objects.create(edition=edition, title="Wissenswertes", position=1)
    Block.objects.create(rubric=rubric, kind="article", article=article, position=1)
    footnote = RolloutFootnote.objects.create(report=rollout, number=1)
    CoverageRow.objects.create(
        report=rollout, label="Wohngeld", service=service, footnote=footnote, position=1
    )
    project = Project.objects.create(name="Wohngeld", service=service)
    footnote = ProjectFootnote.objects.create(report=projects, number=1)
    row = {"lp": "16", "lp_name": "Sozialwesen", "label": "Wohngeld", "position": 1}
    ProjectRow.objects.create(report=projects, project=project, footnote=footnote, **row)
    LegendEntry.objects.create(report=projects, kind="phase", code="la", text="Leistungsanalyse", position=1)
    authority = Authority.objects.create(kind="gemeinde", key="14522450", name="Ostrau", closed_on=DATE)
    successor = Authority.objects.create(kind="gemeinde", key="14522275", name="Jahnatal")
    made = [
        DeletedDraft.keep(service, None),
        RegisterEdition.objects.create(territory_date=DATE, population_date=DATE),
        Succession.objects.create(predecessor=authority, successor=successor),
        CompetenceSet.objects.create(key="bauaufsicht", name="Bauaufsicht"),
        Adoption.objects.create(authority=authority, service=Service.objects.get(), since=DATE),
        authority,
        service,
        Funding.objects.create(slug="anschub", title="Anschub", text="x"),
        rollout,
        project,
        projects,
        edition,
        article,
        rubric,
        Site.objects.create(name="OZG-Status Probe", contact_email="ozg@example.org"),
        Page.objects.create(slug="kontakt", title="Kontakt", body="<p>x</p>"),
        Correction.objects.create(note="x"),
        FormerAddress.objects.create(old_path="/a/", new_path="/b/"),
    ]
    return {obj._meta.label_lower: obj for obj in made}


def pages(label, obj):
    base = f"admin:{label.replace('.', '_')}"
    return {
        "list": reverse(f"{base}_changelist"),
        "change": reverse(f"{base}_change", args=[obj.pk]),
    }


@pytest.mark.parametrize("label", ["newsletter.rubric", *MAINTAINED, *WITHOUT_ADDING])
def test_who_changes_nothing_reads_without_fields_and_buttons(objects, label):
    page = client_of("Freigabe").get(pages(label, objects[label])["change"]).content.decode()
    assert "_save" not in page and "<textarea" not in page and "&lt;p&gt;" not in page


def test_the_index_has_the_parts_in_the_order_of_the_site(objects):
    def parts_of(client):
        return [app["name"] for app in client.get("/admin/").context["app_list"]]

    parts = ["Leistungen", "Roll-out", "Projekte", "Newsletter", "Website", "Berichtigungen und Papierkorb"]
    assert parts_of(client_of("Redaktion")) == parts_of(client_of("Freigabe")) == parts
    administrator = parts_of(client_of("admin", is_superuser=True))
    assert administrator[:6] == parts and len(administrator) > 6


def test_the_pages_carry_the_name_of_the_site(objects):
    page = client_of("Redaktion").get("/admin/").content.decode()
    assert (
        "OZG-Status Probe: Redaktion" in page
        and "<title>Pflege der Inhalte | OZG-Status Probe</title>" in page
    )


def test_the_settings_are_one_form(objects):
    editor = client_of("Redaktion")
    address = pages("ozgstatus.site", objects["ozgstatus.site"])
    assert editor.get(address["list"]).url == address["change"]
    assert (
        send(editor, address["change"], name="Neu", title="t", lead="l", state="s", operator="o").status_code
        == 302
    )
    assert Site.objects.get().name == "Neu"


def test_a_page_keeps_its_address(objects):
    editor = client_of("Redaktion")
    address = pages("ozgstatus.page", objects["ozgstatus.page"])["change"]
    assert send(editor, address, slug="methodik", title="Kontakt und Hinweise").status_code == 302
    page = Page.objects.get()
    assert (page.slug, page.title) == ("kontakt", "Kontakt und Hinweise")


@pytest.mark.parametrize("label", ["newsletter.rubric", *MAINTAINED, *WITHOUT_ADDING, *READ_ONLY])
@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * 3000},
        {"q": "'\"%_\\"},
        {"q": "a\x00b"},
        {"p": "99999999999999999999"},
        {"p": "x"},
        {"o": "99.-99.x"},
        {"fehlt": "x", "zustand": "x"},
        {"edition__id__exact": "99999999999999999999"},
        {"level__exact": "x" * 500, "unbekannt": "1"},
    ],
    ids=lambda query: next(iter(query)) + str(len(str(query))),
)
def test_nonsense_in_a_list_is_never_an_error_of_ours(objects, label, query):
    response = client_of("Redaktion").get(pages(label, objects[label])["list"], query)
    assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize("label", ["newsletter.rubric", *MAINTAINED, *WITHOUT_ADDING])
def test_nonsense_in_a_form_is_never_an_error_of_ours(objects, label):
    editor = client_of("Redaktion")
    address = pages(label, objects[label])["change"]
    values = filled(editor.get(address))
    texts = [name for name in values if not name.endswith("_FORMS") and not name.endswith("-id")]
    for nonsense in ("a\x00b", "x" * 20_000, "99999999999999999999", ""):
        response = editor.post(address, values | dict.fromkeys(texts, nonsense))
        assert response.status_code in (200, 302, 400), nonsense


def test_no_form_of_the_first_edition_comes_near_the_limit_of_fields(objects, settings):
    report = objects["projects.projectreport"]
    for number in range(2, 52):
        row = {"lp": "16", "lp_name": "Sozialwesen", "label": "Wohngeld", "position": number}
        ProjectRow.objects.create(report=report, **row)
    values = filled(client_of("Redaktion").get(pages("projects.projectreport", report)["change"]))
    assert 51 * 10 < len(values) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS / 4
