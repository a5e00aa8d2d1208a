"""The editors' guide: who reads it, how one gets there, and that it names and shows the pages as they are."""

import datetime
import html
import json
import re
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from catalogue.models import Service
from newsletter.models import Edition, Mailing, Subscriber
from ozgstatus.demo import REGISTER
from ozgstatus.guide import HELP_FOR, MORE, PAGES, STEPS
from projects.models import ProjectReport
from rollout.models import (
    Authority,
    CompetenceSet,
    RegisterEdition,
    RegisterMunicipality,
    RolloutReport,
    Succession,
)
from rollout.register_import import take_over, with_population_date
from stand.models import DeletedDraft
from tests.admin import client_of
from tests.factories import (
    AdoptionFactory,
    CompetenceFactory,
    EditionFactory,
    PageFactory,
    RolloutReportFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
    SubscriberFactory,
    publish,
)
from tests.html import text_of
from tests.rollout.registers import register_2023
from tests.test_html import html_validate

pytestmark = pytest.mark.django_db
TEMPLATES = settings.BASE_DIR / "templates" / "admin" / "guide"
PICTURES = settings.BASE_DIR / "static" / "guide"
ADDRESSES = ["/admin/hilfe/", *(f"/admin/hilfe/{slug}/" for slug in PAGES)]


# --- the pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_is_open_to_whoever_works_here(address):
    for name in ("Redaktion", "Freigabe", "nobody"):
        assert client_of(name).get(address).status_code == 200, name


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_sent_to_the_login(address):
    response = Client().get(address, follow=True)
    assert response.redirect_chain[-1][0].startswith("/admin/konto/login/?next=")


def test_there_is_a_page_for_each_file_and_no_other():
    files = {path.stem for path in TEMPLATES.glob("[!_]*.html")}
    assert files == {"frame", "index", *PAGES}
    assert client_of("Redaktion").get("/admin/hilfe/gibt-es-nicht/").status_code == 404


def test_pages_are_only_read():
    assert client_of("Redaktion").post("/admin/hilfe/rollout/").status_code == 405


def test_the_pages_lead_from_one_to_the_next():
    editor = client_of("Redaktion")
    pages = list(PAGES.values())
    for before, after in pairwise(pages):
        assert f'<a href="{after.address}" rel="next">' in editor.get(before.address).content.decode()
        assert f'<a href="{before.address}" rel="prev">' in editor.get(after.address).content.decode()
    index = editor.get("/admin/hilfe/").content.decode()
    assert [page for page in pages if f'<a href="{page.address}">' not in index] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_headings_of_a_page_have_no_gaps(address):
    page = client_of("Redaktion").get(address).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", main)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_the_own_part_of_every_page_is_valid_html(tmp_path):
    """Django's frame around it is not ours to judge."""
    editor = client_of("Redaktion")
    for number, address in enumerate(ADDRESSES):
        page = editor.get(address).content.decode()
        own = page[page.index('<div id="content-main"') : page.index('<br class="clear">')]
        start = '<!DOCTYPE html>\n<html lang="de"><head><title>x</title></head><body><main><h1>x</h1>'
        whole = f"{start}{own}</main></body></html>"
        (tmp_path / f"{number:02}.html").write_text(whole)
    found = html_validate(tmp_path)
    assert (found.stdout, found.returncode) == ("", 0)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_pages_speak_calmly_and_formally(address):
    text = text_of(client_of("Redaktion").get(address))
    assert "!" not in text
    assert re.findall(r"\b(?:du|dein\w*|dir|dich)\b", text, re.I) == []


# --- the way there -----------------------------------------------------------------------------


def links_to_guide(response) -> list[str]:
    page = response.content.decode()
    return re.findall(r'href="(/admin/hilfe/[^"]*)"', page)


def test_every_step_of_the_start_page_leads_to_its_page():
    links = links_to_guide(client_of("Redaktion").get("/admin/"))
    assert links == ["/admin/hilfe/", *(page.address for page in STEPS)]


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("/admin/catalogue/service/", "leistungen"),
        ("/admin/catalogue/funding/add/", "leistungen"),
        ("/admin/catalogue/service/{service}/einsatz/", "einsatz"),
        ("/admin/rollout/adoption/datei/", "einsatz"),
        ("/admin/rollout/competenceset/add/", "zustaendigkeiten"),
        ("/admin/rollout/registeredition/einlesen/", "gemeindeverzeichnis"),
        ("/admin/rollout/authority/", "gemeindeverzeichnis"),
        ("/admin/rollout/succession/add/", "gemeindeverzeichnis"),
        ("/admin/rollout/rolloutreport/{dated}/berechnen/", "berechnen"),
        ("/admin/rollout/rolloutreport/", "rollout"),
        ("/admin/rollout/rolloutreport/{rollout}/change/", "rollout"),
        ("/admin/rollout/rolloutreport/{rollout}/grid/", "rollout"),
        ("/admin/rollout/rolloutreport/{rollout}/import/", "tabelle-aus-datei"),
        ("/admin/rollout/rolloutreport/{rollout}/history/", "papierkorb-und-geschichte"),
        ("/admin/projects/project/", "projekte"),
        ("/admin/projects/projectreport/add/", "projekte"),
        ("/admin/newsletter/article/add/", "ausgabe"),
        ("/admin/newsletter/edition/{edition}/change/", "ausgabe"),
        ("/admin/newsletter/edition/{edition}/veroeffentlichen/", "veroeffentlichen"),
        ("/admin/newsletter/consenttext/add/", "abonnements"),
        ("/admin/stand/correction/", "berichtigung"),
        ("/admin/ozgstatus/site/{site}/change/", "daten"),
        ("/admin/stand/deleteddraft/", "papierkorb-und-geschichte"),
    ],
)
def test_a_page_of_the_work_leads_to_the_page_that_helps(address, slug):
    address = address.format(
        rollout=RolloutReportFactory(date=None).pk,
        dated=RolloutReportFactory().pk,
        edition=EditionFactory().pk,
        service=ServiceFactory().pk,
        site=SiteFactory().pk,
    )
    links = links_to_guide(client_of("Redaktion").get(address))
    assert links == ["/admin/hilfe/", f"/admin/hilfe/{slug}/"]


def test_what_is_published_leads_to_berichtigung_too():
    report = RolloutReportFactory(date=datetime.date(2022, 10, 5))
    publish(report)
    links = links_to_guide(client_of("Redaktion").get(f"/admin/rollout/rolloutreport/{report.pk}/change/"))
    assert links == ["/admin/hilfe/", "/admin/hilfe/rollout/", "/admin/hilfe/berichtigung/"]


def test_other_pages_lead_to_the_contents_only():
    administrator = client_of("administrator", is_superuser=True)
    assert links_to_guide(administrator.get("/admin/auth/group/")) == ["/admin/hilfe/"]


def test_accounts_lead_to_the_page_on_logging_in():
    administrator = client_of("administrator", is_superuser=True)
    links = links_to_guide(administrator.get("/admin/auth/user/"))
    assert links == ["/admin/hilfe/", "/admin/hilfe/anmelden/"]


def test_the_texts_of_the_website_lead_to_their_page():
    PageFactory(slug="kontakt")
    links = links_to_guide(client_of("Redaktion").get("/admin/ozgstatus/page/"))
    assert links == ["/admin/hilfe/", "/admin/hilfe/website/"]


def test_help_is_named_by_pages_that_exist():
    assert {slug for _, slug in HELP_FOR} <= set(PAGES)
    assert {page.number for page in STEPS} == {1, 2, 3, 4, 5, 6}
    assert {page.number for page in MORE} == {None}


# --- the pictures ------------------------------------------------------------------------------


def pictures_shown() -> dict[str, dict]:
    """All pictures of the guide by their file, with the attributes they are shown with."""
    editor = client_of("Redaktion")
    found = {}
    for address in ADDRESSES:
        for tag in re.findall(r"<img [^>]*>", editor.get(address).content.decode()):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            if attributes["src"].startswith("/static/guide/"):
                found[attributes["src"].removeprefix("/static/guide/")] = attributes
    return found


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG, from its header."""
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_every_picture_is_there_and_every_file_is_shown():
    assert set(pictures_shown()) == {path.name for path in PICTURES.iterdir()}


def test_every_picture_has_its_size_and_says_what_one_sees():
    for name, attributes in pictures_shown().items():
        width, height = size_of(PICTURES / name)
        shown = (int(attributes["width"]), int(attributes["height"]))
        assert (width, height) == (1200, shown[1] * 1200 // shown[0]), name
        assert len(attributes["alt"]) > 60, name


def test_the_pictures_are_small_together():
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 900_000


# --- the names on the screen -------------------------------------------------------------------


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split()).rstrip(":")


def quoted(kind: str) -> dict[str, str]:
    """Every name the guide quotes, with the file that quotes it."""
    return {
        _plain(name): path.name
        for path in TEMPLATES.glob("*.html")
        for name in re.findall(rf'<b class="{kind}">(.*?)</b>', path.read_text(), re.S)
    }


def names_on(page: str) -> tuple[set[str], set[str]]:
    """What can be pressed or followed on a page, and what names its fields, columns, sections and choices."""

    def texts(*tags: str) -> set[str]:
        found = (re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page, re.S) for tag in tags)
        return {_plain(text) for one in found for text in one}

    pressed = texts("a", "button", "summary")
    pressed |= {_plain(value) for value in re.findall(r'<input type="submit"[^>]*? value="([^"]*)"', page)}
    for options in re.findall(r'data-inline-formset="([^"]*)"', page):
        pressed.add(json.loads(html.unescape(options))["options"]["addText"])
    return pressed, texts("label", "h2", "h3", "th", "option")


@pytest.fixture(scope="module")
def screens(every_edition):
    """The pages of a month in the order in which an editor comes across them, of the demo's content."""
    with transaction.atomic():
        pages = pages_of_a_month()
        transaction.set_rollback(True)
    assert [page.request["PATH_INFO"] for page in pages if page.status_code != 200] == []
    return [page.content.decode() for page in pages]


def pages_of_a_month():
    editor = client_of("redaktion", is_superuser=True)
    pages = [editor.get("/admin/")]
    pages += [
        editor.get(f"/admin/{address}/")
        for address in (
            "catalogue/service",
            "projects/project",
            "newsletter/edition/aus-vorlage",
            "stand/deleteddraft",
            "newsletter/subscriber",
            "newsletter/subscriber/uebernehmen",
            "newsletter/consenttext/add",
            "ozgstatus/site/1/change",
        )
    ]
    pages += subscribers_of(editor)
    rollout, projects = (
        make_stand(editor, kind) for kind in ("rollout/rolloutreport", "projects/projectreport")
    )
    edition = make_edition(editor)
    pages += [editor.get("/admin/")]
    for stand in (rollout, projects):
        pages += [
            editor.get(f"{stand}{page}/") for page in ("change", "grid", "import", "history", "vorschau")
        ]
    pages += [differences(editor, rollout), *of_the_register(editor)]
    pages += [
        editor.get(f"{edition}{page}/")
        for page in ("change", "delete", "veroeffentlichen", "vorschau", "e-mail")
    ]
    pages += [editor.get("/admin/newsletter/article/add/"), editor.get("/admin/newsletter/article/")]
    rubric = Edition.objects.draft().rubrics.first()
    pages += [editor.get(f"/admin/newsletter/rubric/{rubric.pk}/change/")]
    planned = Service.objects.planned().first()
    available = Service.objects.exclude(available_since=None).first()
    for service, names in (
        (planned, ("change", "verfuegbar", "verschieben")),
        (available, ("change", "eingestellt")),
    ):
        pages += [editor.get(f"/admin/catalogue/service/{service.pk}/{name}/") for name in names]
    pages += [when_all_is_ready(editor, edition), when_it_has_a_time(editor, edition)]
    october = Edition.objects.current()
    pages += [
        editor.get(f"/admin/newsletter/edition/{october.pk}/{page}/") for page in ("change", "zurueckziehen")
    ]
    pages += sending(editor, october)
    kept = DeletedDraft.keep(planned, None)
    pages += [editor.get(f"/admin/stand/deleteddraft/{kept.pk}/change/")]
    Service.objects.planned().update(planned_for=datetime.date(2999, 1, 1))
    return [*pages, editor.get("/admin/")]


def subscribers_of(editor) -> list:
    """The list with somebody in it, the page of one, and what a file would bring."""
    one = SubscriberFactory()
    file = SimpleUploadedFile("liste.csv", b"E-Mail-Adresse\nname@example.org")
    answer = editor.post(
        "/admin/newsletter/subscriber/uebernehmen/", {"name": "Umzug", "proof": "Akte", "file": file}
    )
    addresses = ["", f"{one.pk}/change/", f"{one.pk}/delete/"]
    return [*(editor.get(f"/admin/newsletter/subscriber/{address}") for address in addresses), answer]


def sending(editor, edition) -> list:
    """The pages of an edition that is to be sent, is being sent, is paused, and has something to decide about."""
    Subscriber.objects.bulk_create(Subscriber(address=f"{name}@example.org") for name in ("a", "b"))
    address = f"/admin/newsletter/edition/{edition.pk}/versand/"
    pages = [editor.get(address)]
    mailing, _ = Mailing.objects.start(edition, None)
    pages += [editor.get(address)]
    mailing.pause()
    mailing.deliveries.filter(subscriber__address="a@example.org").update(state="uncertain")
    return [*pages, editor.get(address), editor.get(f"{address}entscheiden/")]


def make_stand(editor, kind: str) -> str:
    return editor.post(f"/admin/{kind}/neu-aus-letztem/").url.removesuffix("change/")


def make_edition(editor) -> str:
    answer = editor.post("/admin/newsletter/edition/aus-vorlage/", {"month": "01/2023"})
    return answer.url.removesuffix("change/")


def differences(editor, stand: str):
    """The page that shows what a file would change."""
    table = editor.get(f"{stand}export/csv/").content.decode("utf-8-sig").replace(";48;", ";52;")
    file = SimpleUploadedFile("rollout.csv", table.encode())
    return editor.post(f"{stand}import/", {"file": file})


def of_the_register(editor) -> list:
    """The pages of register, competence, adoption and computed rows, after a merger and with something to decide."""
    rows = RegisterMunicipality.objects.filter(edition=RegisterEdition.objects.newest())
    kept = CompetenceFactory(entry=rows.first()).set
    upload = SimpleUploadedFile("auszug.xlsx", REGISTER.read_bytes())
    imported = "/admin/rollout/registeredition/einlesen/"
    shown = [editor.get(imported), editor.post(imported, {"file": upload})]
    merged = take_over(with_population_date(register_2023(), datetime.date(2022, 12, 31)))
    assert merged.difference.mergers
    kfz = Service.objects.get(slug="wunschkennzeichen")
    dated = RolloutReportFactory(date=datetime.date(2023, 2, 1))
    dated.rows.create(label="Kfz", service=kfz, position=1, count=1)
    passing = Succession.objects.get(predecessor__key="14522450")
    AdoptionFactory(service=service_of_municipalities(), authority=passing.predecessor)
    return (
        shown
        + [
            editor.get(f"/admin/rollout/{address}/")
            for address in (
                "registeredition",
                "authority",
                f"authority/{Authority.objects.get(key='14522').pk}/change",
                "succession",
                f"succession/{passing.pk}/change",
                f"succession/{passing.pk}/einsatz",
                "competenceset",
                "competenceset/add",
                f"competenceset/{kept.pk}/change",
                f"competenceset/{kept.pk}/gemeinden",
                f"competenceset/{kept.pk}/datei",
                "adoption",
                f"rolloutreport/{dated.pk}/berechnen",
            )
        ]
        + [editor.get(f"/admin/catalogue/service/{kfz.pk}/{page}/") for page in ("change", "einsatz")]
        + [editor.get(f"/admin/ozgstatus/{page}/1/change/") for page in ("site", "accessibilitystatement")]
    )


def service_of_municipalities():
    service = ServiceFactory()
    ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key="municipalities"))
    return service


def when_all_is_ready(editor, edition: str):
    for model in (RolloutReport, ProjectReport):
        draft = model.objects.draft()
        model.objects.filter(pk=draft.pk).update(state="ready", date=datetime.date(2023, 1, 5))
    Edition.objects.filter(pk=Edition.objects.draft().pk).update(state="ready")
    return editor.get(f"{edition}veroeffentlichen/")


def when_it_has_a_time(editor, edition: str):
    moment = datetime.datetime(2999, 1, 1, 10, tzinfo=datetime.UTC)
    Edition.objects.filter(pk=Edition.objects.draft().pk).update(publish_at=moment)
    return editor.get(f"{edition}veroeffentlichen/")


def made_by_scripts() -> set[str]:
    script = (settings.BASE_DIR / "static" / "admin-unsaved.js").read_text()
    return set(re.findall(r'button\("([^"]+)"', script))


def test_every_button_and_link_that_the_guide_names_is_on_a_page(screens):
    known = set().union(*(names_on(page)[0] for page in screens)) | made_by_scripts()
    assert {name: file for name, file in quoted("button-name").items() if name not in known} == {}


def test_every_field_that_the_guide_names_is_on_a_page(screens):
    known = set().union(*(names_on(page)[1] for page in screens))
    known = {re.sub(r" \(\d+\)$", "", name).casefold() for name in known}
    assert {name: file for name, file in quoted("field-name").items() if name.casefold() not in known} == {}


def test_a_name_that_is_on_no_page_would_be_found():
    pressed, named = names_on('<main><a class="x">Vorschau</a><label for="y">Stand:</label></main>')
    assert (pressed, named) == ({"Vorschau"}, {"Stand"})
    assert len(quoted("button-name")) > 40 and len(quoted("field-name")) > 25
