"""Whatever stands in a field of text does nothing on a page, in the mail, a feed, the admin or the PDF: it is shown.

The fields come from the models, so that a new one is covered by itself: it has to be shown somewhere, or stand among
those that are not. All are filled as no form would allow, past the cleaning of forms.
"""

import datetime
from itertools import cycle, islice
from xml.etree.ElementTree import fromstring

import pgtrigger
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django_prose_editor.fields import ProseEditorField

from newsletter.mailing.message import EditionMail
from newsletter.models import Edition, EditionWithdrawal
from newsletter.pdf import as_html
from rollout.models import RolloutReport
from stand.models import Correction, DeletedDraft
from tests.admin import client_of
from tests.dom import active, tree, words_of
from tests.factories import (
    AccessibilityExceptionFactory,
    AccessibilityStatementFactory,
    CompetenceSetFactory,
    ConsentBatchFactory,
    EditionFactory,
    FundingFactory,
    LegendEntryFactory,
    ProjectFootnoteFactory,
    ServiceFactory,
    ServicePartFactory,
    SubscriberFactory,
    SuccessionFactory,
    publish,
)
from tests.payloads import GROUPS, PAYLOADS, chunks

from . import content
from .test_every_page import FOR_MACHINES, HTML_PAGES, NO_PAGES

pytestmark = pytest.mark.django_db
OUR_APPS = {"stand", "catalogue", "rollout", "projects", "newsletter", "ozgstatus"}

# What programs write and no person: parts of addresses, keys, digests, names of tables and files.
NOT_TYPED = {
    "catalogue.Funding.slug",
    "newsletter.Delivery.message_id",
    "newsletter.Delivery.status",
    "newsletter.EditionPdf.digest",
    "newsletter.RequestCount.key",
    "newsletter.Subscriber.token",
    "newsletter.SubscriptionRequest.digest",
    "ozgstatus.HousekeepingRun.problem",
    "projects.ProjectRow.lp",
    "rollout.Authority.key",
    "rollout.Authority.sort_name",
    "rollout.CompetenceSet.key",
    "rollout.RegisterMunicipality.regional_key",
    "stand.CorrectionChange.column_name",
    "stand.CorrectionChange.row_label",  # a copy of a text that is among the others
    "stand.CorrectionChange.root_table",
    "stand.CorrectionChange.table_name",
    "stand.DeletedDraft.kind",
    "stand.FormerAddress.new_path",
    "stand.FormerAddress.old_path",
    "stand.SearchedWord.spelled",  # letters and digits that the database takes from texts
    "stand.SearchedWord.word",
}


def text_fields():
    """Every column that holds what somebody has typed: as "app.Model.field"."""
    for model in apps.get_models():
        if model._meta.app_label not in OUR_APPS or model.__name__.endswith("Event"):
            continue
        for field in model._meta.concrete_fields:
            inner = field.base_field if isinstance(field, ArrayField) else field
            is_text = isinstance(inner, models.CharField | models.TextField)
            other = isinstance(inner, models.SlugField | models.URLField | models.EmailField)
            if is_text and not other and not inner.choices and not getattr(field, "generated", False):
                yield f"{model._meta.label}.{field.name}", model, field


FIELDS = {name: (model, field) for name, model, field in text_fields() if name not in NOT_TYPED}
MARKS = {name: f"F{number}:" for number, name in enumerate(FIELDS)}


def limit_of(field) -> int | None:
    inner = field.base_field if isinstance(field, ArrayField) else field
    return inner.max_length


def texts_for(name: str) -> list[str]:
    """With its mark in front, where there is room for one."""
    limit = limit_of(FIELDS[name][1])
    mark = MARKS[name]
    if limit is not None and limit < 40:
        return chunks(limit)
    return [f"{mark} {text}" for text in chunks(limit and limit - len(mark) - 1)]


# Rows of a table take turns: the payloads that did not fit into one are in the next, or in a later round.
ROUNDS = max(len(texts_for(name)) for name, (_, field) in FIELDS.items() if (limit_of(field) or 200) >= 200)
# Written when what they tell of happens, and whole.
AFTERWARDS = {
    name: f"{MARKS[name]} {' '.join(PAYLOADS)}"
    for name in ("stand.Correction.note", "newsletter.EditionWithdrawal.reason")
}


def fill(round_number: int) -> dict[str, set[str]]:
    """Every text of every row, past forms and validators; what was written, by field."""
    written = {name: {AFTERWARDS[name]} if name in AFTERWARDS else set() for name in FIELDS}
    with pgtrigger.ignore():
        _fill(round_number, written)
    return written


def _fill(round_number, written):
    for model in {model for model, _ in FIELDS.values()}:
        names = [name for name in FIELDS if FIELDS[name][0] is model]
        for place, pk in enumerate(model._base_manager.order_by("pk").values_list("pk", flat=True)):
            values = {}
            for name in names:
                field = FIELDS[name][1]
                texts = texts_for(name)
                text = next(islice(cycle(texts), (round_number + ROUNDS * place) % len(texts), None))
                # Prose of a draft is filled whole; what is stored is HTML and not text.
                values[field.name] = [text] if isinstance(field, ArrayField) else text
                written[name].add(text)
            model._base_manager.filter(pk=pk).update(**values)


def make_site(monkeypatch) -> list:
    """The small site with one thing more of each kind, of which nothing is public yet; what is to be."""
    waiting: list = []
    monkeypatch.setattr(content, "publish", waiting.append)
    content.make_small_site()
    edition = Edition.objects.get(month="2022-10-01")
    article = edition.blocks.get(article__isnull=False).article
    ServicePartFactory(service=article.services.get())
    FundingFactory()
    for report in waiting:
        if report._meta.label == "projects.ProjectReport":
            ProjectFootnoteFactory(report=report)
            LegendEntryFactory(report=report)
    SubscriberFactory()
    SuccessionFactory()
    statement = AccessibilityStatementFactory()
    for position in range(3):
        AccessibilityExceptionFactory(statement=statement, position=position)
        ConsentBatchFactory()
        CompetenceSetFactory()
    gone = ServiceFactory(name="Gelöscht")
    DeletedDraft.keep(gone, None)
    gone.delete()
    waiting.append(EditionFactory(month=datetime.date(2023, 1, 1)))
    return waiting


def publish_all(waiting) -> None:
    for root in waiting:
        fresh = type(root).objects.get(pk=root.pk)
        if not fresh.is_published:
            publish(fresh)


def correct_and_withdraw() -> None:
    """A Berichtigung with a changed value, and an edition that is gone: both tell why."""
    with transaction.atomic():
        Correction.declare(AFTERWARDS["stand.Correction.note"])
        row = RolloutReport.objects.get(date="2022-10-05").rows.get()
        row.count = 7
        row.save()
    gone = Edition.objects.get(month="2023-01-01")
    reason = AFTERWARDS["newsletter.EditionWithdrawal.reason"]
    EditionWithdrawal.objects.create(publication=gone.publication, withdrawn_on=gone.month, reason=reason)


def admin_addresses() -> list[str]:
    """The list of every model in the admin, and the form and the history of its first object."""
    found = ["/admin/"]
    for model in admin.site._registry:
        if model._meta.app_label not in OUR_APPS:
            continue
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{base}_changelist"))
        if first := model._base_manager.order_by("pk").first():
            found += [reverse(f"{base}_{page}", args=[first.pk]) for page in ("change", "history")]
    return list(dict.fromkeys(found))


class Read:
    """What pages, mail, PDF and feeds hold: what could do something, and all words."""

    def __init__(self):
        self.harm: dict[str, list[str]] = {}
        self.words: list[str] = []

    def html(self, address: str, text: str | bytes, styles: bool = False):
        page = tree(text.decode() if isinstance(text, bytes) else text)
        self.words.append(words_of(page))
        if found := active(page, styles):
            self.harm[address] = found

    def xml(self, address: str, body: bytes):
        root = fromstring(body)
        self.words.append(words_of(root))
        for place, entry in enumerate(root.iter("{http://www.w3.org/2005/Atom}content")):
            self.html(f"{address}, content {place}", entry.text or "")

    def pages(self, client, addresses):
        for address in addresses:
            response = client.get(address, follow=True)
            assert response.status_code in (200, 404, 410), (address, response.status_code)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            kind = response["Content-Type"]
            if kind.startswith("text/html"):
                self.html(address, body)
            elif "xml" in kind:
                self.xml(address, body)


def never_shown(words: str, written: dict[str, set[str]]) -> set[str]:
    """Fields of which nothing stands anywhere as it was written."""
    return {
        name
        for name, texts in written.items()
        if not isinstance(FIELDS[name][1], ProseEditorField)  # of HTML only what is allowed is shown
        if not any(" ".join(text.split()) in words for text in texts)
    }


GONE = "/ausgaben/2023-01/"
# Where nearly all of it is shown, for the rounds in which the rest of the payloads take their turns.
WITH_MOST = [
    *(
        "/",
        "/leistungen/",
        "/leistungen/sozialpass/",
        "/suche/?q=script",
        "/rollout/2022-10-05/",
        "/rollout/karte/",
    ),
    *(
        "/projekte/2022-10-14/",
        "/projekte/jaegerpruefung/",
        "/kommunen/",
        "/kommunen/14627210/",
        "/ausgaben/",
    ),
    *("/ausgaben/2022-10/", "/ausgaben/2022-10/once-only/", "/ausgaben/2022-10/vergleich/2022-12/"),
    *(
        "/abonnement/",
        "/methodik/",
        "/lizenzen/",
        "/daten/",
        "/berichtigungen/",
        "/feed/",
        "/kommunen/14627210/feed/",
    ),
]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_no_text_of_anybody_does_anything(monkeypatch, round_number):
    waiting = make_site(monkeypatch)
    written = fill(round_number)
    publish_all(waiting)
    correct_and_withdraw()
    edition = Edition.objects.get(month="2022-10-01")
    read = Read()
    if round_number:
        read.pages(Client(), WITH_MOST)
    else:
        read.pages(Client(), [*HTML_PAGES, *NO_PAGES, *FOR_MACHINES, "/berichtigungen/", GONE])
        read.pages(client_of("Chefin", is_superuser=True), admin_addresses())
    read.html("the mail", EditionMail.of(edition).preview_html(), styles=True)
    read.html("the PDF", as_html(edition), styles=True)
    assert read.harm == {}
    if not round_number:
        assert never_shown(" ".join(read.words), written) == {"rollout.RegisterMunicipality.designation"}


def test_the_turns_bring_every_payload_into_every_field(monkeypatch):
    make_site(monkeypatch)
    written: dict[str, set[str]] = {name: set() for name in FIELDS}
    for round_number in range(ROUNDS):
        for name, texts in fill(round_number).items():
            written[name] |= texts
    left_out = {name for name, texts in written.items() if texts != set(texts_for(name))}
    assert left_out - set(AFTERWARDS) <= set(ONE_AT_A_TIME)
    assert all(len(group) >= 10 for group in GROUPS.values())


# Of what there is one row only, or little room: all payloads one after the other, with where they show.
ONE_AT_A_TIME = {
    name: pages
    for model, pages in {
        "ozgstatus.Site": ["/", "/methodik/", "/feed/", "/admin/ozgstatus/site/1/change/"],
        "ozgstatus.Page": ["/kontakt/"],
        "ozgstatus.AccessibilityStatement": ["/barrierefreiheit/"],
    }.items()
    for name in FIELDS
    if name.startswith(f"{model}.")
}


def test_texts_of_which_there_is_one_do_nothing_either(small_site):
    AccessibilityStatementFactory()
    inside, read = client_of("Chefin", is_superuser=True), Read()
    for turn in range(max(len(texts_for(name)) for name in ONE_AT_A_TIME)):
        for name in ONE_AT_A_TIME:
            model, field = FIELDS[name]
            texts = texts_for(name)
            model.objects.update(**{field.name: texts[turn % len(texts)]})
        read.pages(inside, sorted({page for pages in ONE_AT_A_TIME.values() for page in pages}))
    assert read.harm == {}
    words = " ".join(read.words)
    assert {
        (name, text)
        for name in ONE_AT_A_TIME
        for text in texts_for(name)
        if not isinstance(FIELDS[name][1], ProseEditorField) and " ".join(text.split()) not in words
    } == set()


URL_FIELDS = [
    (model, field)
    for model in apps.get_models()
    if model._meta.app_label in OUR_APPS and not model.__name__.endswith("Event")
    for field in model._meta.concrete_fields
    if isinstance(field, models.URLField)
]


@pytest.mark.parametrize(("model", "field"), URL_FIELDS, ids=str)
@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:alert(1)",
        "file:///etc/passwd",
        "feed:javascript:alert(1)",
        "view-source:javascript:alert(1)",
        "//evil.example.org",
        'https://example.org/" onclick="alert(1)',
        "https://example.org/<script>",
    ],
)
def test_a_field_for_an_address_takes_no_other_scheme(model, field, address):
    try:
        cleaned = field.clean(address, model())
    except ValidationError:
        return
    # What is taken leads to the web, and stands in an attribute as text.
    assert cleaned.startswith("https://example.org/")
    page = tree(Template('<a href="{{ address }}">x</a>').render(Context({"address": cleaned})))
    assert active(page) == [] and next(page.iter("a")).get("href") == cleaned


# What does nothing between the elements of a page; some would inside of an attribute, or unescaped once more.
HARMLESS = {
    *('" onmouseover="alert(16)', "' onfocus='alert(17)", "` onload=`alert(18)", '"/onclick=alert(25)//'),
    *("{{ evil }}{% evil %}${evil}", "<a href=//evil.example/>a</a>", "%3Cscript%3Ealert(38)%3C/script%3E"),
    *("&lt;script&gt;alert(26)&lt;/script&gt;", "&#60;script&#62;alert(27)&#60;/script&#62;"),
    *("&#x3c;script&#x3e;alert(28)", "<scr<script>ipt>alert(30)</script>", "＜script＞alert(34)＜/script＞"),
    *("<sc\u00adript>alert(35)</script>", "<?xml:namespace prefix=o evil />"),
    *("<!--[if gte mso 9]><xml>evil</xml><![endif]-->", "<![if !supportLists]>evil<![endif]>"),
}


def test_the_reader_of_pages_sees_what_a_browser_would_do():
    assert {payload for payload in PAYLOADS if not active(tree(f"<!doctype html><p>{payload}"))} == HARMLESS
