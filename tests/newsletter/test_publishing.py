"""How an edition becomes public, what is warned of before, and how it is withdrawn."""

import datetime
import threading

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from catalogue.models import Level
from newsletter.models import (
    Article,
    Block,
    CatalogueRow,
    Edition,
    EditionPublication,
    EditionWithdrawal,
)
from newsletter.publishing import (
    NotPublishable,
    publish,
    schedule,
    take_catalogue,
    warnings_of,
)
from projects.models import ProjectReport
from rollout.models import Adoption, CoverageRow, RolloutReport
from stand.models import FormerAddress
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CompetenceFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterEditionFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    ServicePartFactory,
    month,
)
from tests.factories import publish as publish_as_it_is
from tests.html import text_of

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2022, 12, 5)
DECEMBER = datetime.date(2022, 12, 1)


def draft(**fields):
    """An edition of December with a roll-out and a project report, all ready."""
    edition = EditionFactory(**{"month": DECEMBER, "state": "ready"} | fields)
    rubric = RubricFactory(edition=edition)
    BlockFactory(rubric=rubric, rollout_report=RolloutReportFactory(date="2022-12-01", state="ready"))
    BlockFactory(rubric=rubric, project_report=ProjectReportFactory(date="2022-12-02", state="ready"))
    return edition


def warned(edition) -> list[str]:
    return [warning.text for warning in warnings_of(edition)]


# --- the act ---


def test_edition_and_reports_become_public_together():
    edition = draft()
    assert publish(edition, TODAY) is True
    for model in (Edition, RolloutReport, ProjectReport):
        assert [root.publication.published_on for root in model.objects.public()] == [TODAY]


def test_a_report_that_is_public_already_keeps_its_day():
    edition = draft()
    publish_as_it_is(RolloutReport.objects.get())
    publish(edition, TODAY)
    assert RolloutReport.objects.get().publication.published_on is None
    assert ProjectReport.objects.get().publication.published_on == TODAY


def test_the_catalogue_is_taken_in_print_order_and_stays_as_it_was():
    edition = draft()
    CatalogueRowFactory(edition=edition, label="von früher")
    first = ServiceFactory(
        name="Right", printed_name="Wie gedruckt", level=Level.DISTRICTS, position=9, parts_open=True
    )
    ServicePartFactory(service=first, name="b", position=2)
    ServicePartFactory(service=first, name="a", printed_name="A", position=1)
    ServiceFactory(name="C", level=Level.MUNICIPALITIES, position=1, authority_label="Amt")
    ServiceFactory(name="D", available_since=None, address="https://d.example.org", level=Level.BOTH)
    ServiceFactory(name="weg", discontinued_since=DECEMBER)
    for name, level in (("E", Level.DISTRICTS), ("F", Level.BOTH), ("G", Level.MUNICIPALITIES)):
        ServiceFactory(name=name, level=level, available_since=None, planned_for=DECEMBER)
    publish(edition, TODAY)
    first.name = "später anders"
    first.save()
    september = month(8)
    assert list(
        CatalogueRow.objects.values_list("position", "kind", "label", "month", "authority_label", "address")
    ) == [
        (1, "available", "Right", september, "", ""),
        (2, "available", "D", None, "", "https://d.example.org"),
        (3, "available", "C", september, "Amt", ""),
        (4, "planned", "E", DECEMBER, "", ""),
        (5, "planned", "F", DECEMBER, "", ""),
        (6, "planned", "G", DECEMBER, "", ""),
    ]
    row = CatalogueRow.objects.get(position=1)
    assert (row.parts, row.parts_open, row.service, row.level) == (["a", "b"], True, first, Level.DISTRICTS)


@pytest.mark.parametrize("rows", [1, 3])
def test_taking_the_catalogue_costs_the_same_for_any_number(rows, django_assert_num_queries):
    edition = EditionFactory()
    for service in ServiceFactory.create_batch(rows):
        ServicePartFactory(service=service)
    with django_assert_num_queries(5):
        take_catalogue(edition)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        (lambda: Edition.objects.update(state="draft"), "Ausgabe Dezember 2022 ist noch nicht bereit"),
        (lambda: RolloutReport.objects.update(state="draft"), "Stand des Roll-Outs, Stand 01.12.2022"),
        (lambda: ProjectReport.objects.update(state="draft"), "Stand der Projekte, Stand 02.12.2022"),
        (lambda: ProjectReport.objects.update(date=None), "Stand der Projekte: Der Tag"),
    ],
)
def test_what_is_not_ready_keeps_everything_a_draft(change, obstacle):
    edition = draft()
    change()
    with pytest.raises(NotPublishable) as refused:
        publish(edition, TODAY)
    assert [found.text.startswith(obstacle) for found in refused.value.obstacles] == [True]
    assert not any(model.objects.public().exists() for model in (Edition, RolloutReport, ProjectReport))
    assert not CatalogueRow.objects.exists()


def test_a_second_time_changes_nothing():
    edition = draft()
    publish(edition, TODAY)
    ServiceFactory()
    assert publish(edition, TODAY + datetime.timedelta(days=1)) is False
    assert EditionPublication.objects.get().published_on == TODAY
    assert not CatalogueRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_publish_once():
    edition = draft()
    ServiceFactory()
    start = threading.Barrier(2)
    outcome = []

    def act():
        try:
            start.wait(5)
            outcome.append(publish(edition, TODAY))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcome) == [False, True]
    assert EditionPublication.objects.count() == CatalogueRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("below", ["edition", "report"])
def test_publishing_waits_for_a_change_under_way_and_sees_it(below):
    edition = draft()
    row = CoverageRowFactory(report=RolloutReport.objects.get(), count=48)
    rubric = edition.rubrics.get()
    outcome = []

    def act():
        try:
            outcome.append(publish(edition, TODAY))
        finally:
            connections.close_all()

    with transaction.atomic():
        if below == "edition":
            type(rubric).objects.filter(pk=rubric.pk).update(title="anders")
        else:
            CoverageRow.objects.filter(pk=row.pk).update(count=50)
        thread = threading.Thread(target=act)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "publishing must wait for the change"
    thread.join(10)
    assert outcome == [True]
    rubric.refresh_from_db()
    row.refresh_from_db()
    assert (rubric.title == "anders", row.count) == (below == "edition", 50 if below == "report" else 48)


# --- a time to publish ---


def test_a_time_is_kept_for_what_is_ready_only():
    edition = draft()
    schedule(edition, timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Edition.objects.update(state="draft")
    Edition.objects.update(state="ready", publish_at=None)
    RolloutReport.objects.update(state="draft")
    with pytest.raises(NotPublishable):
        schedule(edition, timezone.now())
    assert Edition.objects.get().publish_at is None


def test_taking_an_edition_back_to_its_draft_stops_its_publication():
    edition = draft(publish_at=timezone.now())
    edition.state = "draft"
    edition.save()
    assert Edition.objects.get().publish_at is None


def test_what_waits_says_until_when():
    moment = datetime.datetime(2022, 12, 5, 9, 0, tzinfo=datetime.UTC)
    assert draft(publish_at=moment).state_label == "bereit zur Freigabe, öffentlich ab 05.12.2022, 10:00 Uhr"


def test_due_is_what_is_no_longer_waiting():
    now = timezone.now()
    hour = datetime.timedelta(hours=1)
    for number, moment in enumerate([now - hour, now + hour, None, now - 2 * hour]):
        EditionFactory(month=month(number), state="ready", publish_at=moment)
    publish_as_it_is(EditionFactory(month=month(9), state="ready", publish_at=now - hour))
    assert list(Edition.objects.due(now).values_list("month", flat=True)) == [month(3), month(0)]


# --- warnings ---


def test_nothing_strange_gives_no_warning():
    edition = draft()
    service = ServiceFactory()
    CoverageRowFactory(
        report=RolloutReport.objects.get(), service=service, count=1, denominator=8, share_authorities=13
    )
    project = ProjectFactory(service=service)
    ProjectRowFactory(report=ProjectReport.objects.get(), project=project, phase_product="done")
    assert warned(edition) == []


@pytest.mark.parametrize(("plan_year", "warned_of"), [(2021, True), (2022, False), (None, False)])
def test_a_plan_year_before_that_of_the_stand_has_passed(plan_year, warned_of):
    edition = draft()
    ProjectReport.objects.update(plan_year=plan_year)
    text = f"Projekte, Stand 02.12.2022: Das Planjahr {plan_year} ist vorbei."
    assert [warning.text for warning in warnings_of(edition)] == [text] * warned_of


def test_a_planned_month_before_the_month_of_the_edition_has_passed():
    edition = draft()
    passed = ServiceFactory(name="Jagd", available_since=None, planned_for=month(10))
    ServiceFactory(available_since=None, planned_for=DECEMBER)
    ServiceFactory(available_since=month(10), planned_for=month(9))
    [warning] = warnings_of(edition)
    assert warning.text == "„Jagd“ ist für 11/2022 geplant; dieser Monat liegt vor dem der Ausgabe."
    assert warning.address == f"/admin/catalogue/service/{passed.pk}/change/"


def test_a_row_without_a_service_in_the_catalogue_is_found():
    edition, report = draft(), RolloutReport.objects.get()
    gone = ServiceFactory(discontinued_since=DECEMBER)
    for position, (label, service) in enumerate([("A", ServiceFactory()), ("B", None), ("C", gone)]):
        CoverageRowFactory(report=report, label=label, service=service, position=position)
    found = warnings_of(edition)
    assert [warning.text for warning in found] == [
        "Roll-out, „B“: Die Zeile ist mit keiner Leistung im Katalog verknüpft.",
        "Roll-out, „C“: Die Leistung ist eingestellt und steht nicht mehr im Katalog.",
    ]
    assert found[0].address == f"/admin/rollout/rolloutreport/{report.pk}/change/#rows-1"


def test_a_planned_service_in_use_contradicts_itself():
    edition, report = draft(), RolloutReport.objects.get()
    planned = ServiceFactory(available_since=None, planned_for=DECEMBER)
    CoverageRowFactory(report=report, label="A", service=planned)
    CoverageRowFactory(
        report=report, label="B", service=planned, count=0, share_authorities=0, share_population=0
    )
    assert warned(edition) == ["Roll-out, „A“: Die Leistung ist im Einsatz, im Katalog aber nur geplant."]


AVAILABLE = {"available_since": month(8)}
PLANNED = {"available_since": None, "planned_for": DECEMBER}


@pytest.mark.parametrize(
    ("product", "service", "warning"),
    [
        ("done", AVAILABLE, ""),
        ("done", PLANNED, "Das Produkt ist abgeschlossen, im Katalog ist die Leistung nur geplant."),
        *(
            (state, AVAILABLE, "Die Leistung ist im Katalog verfügbar, das Produkt aber nicht abgeschlossen.")
            for state in ("not-started", "active", "planned")
        ),
        ("active", PLANNED, ""),
        ("planned", PLANNED, "Das Produkt ist für 2023 geplant, die Leistung im Katalog für 2022."),
        ("planned", PLANNED | {"planned_for": month(13)}, ""),
        *((state, AVAILABLE, "") for state in ("unknown", "blank", "not-needed")),
        ("planned", AVAILABLE | {"discontinued_since": DECEMBER}, ""),
    ],
)
def test_the_product_of_a_project_must_fit_the_catalogue(product, service, warning):
    edition, report = draft(), ProjectReport.objects.get()
    ProjectReport.objects.update(plan_year=2023)
    project = ProjectFactory(service=ServiceFactory(**service))
    ProjectRowFactory(report=report, label="P", project=project, phase_product=product)
    assert warned(edition) == ([f"Projekte, „P“: {warning}"] if warning else [])


def test_a_share_that_does_not_fit_is_found():
    edition, report = draft(), RolloutReport.objects.get()
    service = ServiceFactory()
    for label, count, denominator, share in [
        ("A", 1, 8, 12),
        ("B", 1, 8, 13),
        ("C", 0, None, 5),
        ("D", 48, None, 99),
        ("E", 0, 0, 0),
    ]:
        CoverageRowFactory(
            report=report,
            label=label,
            service=service,
            count=count,
            denominator=denominator,
            share_authorities=share,
            share_population=0 if count == 0 else 59,
        )
    assert warned(edition) == [
        "Roll-out, „A“: 1 von 8 sind 13 %, nicht 12 %.",
        "Roll-out, „C“: Die Anzahl ist 0, ein Anteil aber nicht.",
    ]


def test_a_row_that_the_last_stand_had_is_missed():
    service = ServiceFactory()
    last, example = (
        RolloutReportFactory(date="2022-10-05"),
        RolloutReportFactory(date="2022-11-05", illustrative=True),
    )
    CoverageRowFactory(report=last, label="Mängelmelder", service=service)
    CoverageRowFactory(report=last, label="Wohngeld", service=service)
    CoverageRowFactory(report=example, label="erfunden")
    CoverageRowFactory(report=RolloutReportFactory(date="2022-11-06"), label="nie veröffentlicht")
    projects = ProjectReportFactory(date="2022-10-14")
    ProjectRowFactory(report=projects, label="Verkehrswert")
    for report in (last, example, projects):
        publish_as_it_is(report)
    edition = draft()
    new = RolloutReport.objects.get(date="2022-12-01")
    CoverageRowFactory(report=new, label="Mängelmeldung", service=service)
    assert warned(edition) == [
        "Stand des Roll-Outs: „Wohngeld“ stand im Stand 05.10.2022 und fehlt jetzt.",
        "Stand der Projekte: „Verkehrswert“ stand im Stand 14.10.2022 und fehlt jetzt.",
    ]


def test_a_footnote_without_text_is_found():
    edition = draft()
    RolloutFootnoteFactory(report=RolloutReport.objects.get(), number=2, text=" ")
    ProjectFootnoteFactory(report=ProjectReport.objects.get(), number=1, text="")
    ProjectFootnoteFactory(report=ProjectReport.objects.get(), number=3)
    assert warned(edition) == [
        "Stand des Roll-Outs: Der Text von Fußnote 2 fehlt.",
        "Stand der Projekte: Der Text von Fußnote 1 fehlt.",
    ]


def test_an_example_beside_what_is_none_is_found():
    edition = draft()
    RolloutReport.objects.update(illustrative=True)
    assert warned(edition) == [
        "Stand des Roll-Outs, Stand 01.12.2022: Der Stand ist als Beispiel gekennzeichnet, die Ausgabe nicht."
    ]


def test_an_article_without_a_rubric_is_found():
    edition = draft()
    ArticleFactory(edition=edition, title="lose")
    assert warned(edition) == ["Beitrag „lose“: Er steht in keiner Rubrik und erscheint deshalb nicht."]


def linked(edition, *hrefs):
    """The warnings about an article with these links."""
    article = Article.objects.filter(edition=edition).first()
    if article is None:
        article = ArticleFactory(edition=edition, title="Neu")
        BlockFactory(rubric=edition.rubrics.get(), article=article)
    article.body = "".join(f'<p><a href="{href}">x</a></p>' for href in hrefs)
    article.save()
    prefix, suffix = "Beitrag „Neu“: Der Link „", "“ führt zu keiner Seite."
    return [text.removeprefix(prefix).removesuffix(suffix) for text in warned(edition)]


def test_a_link_to_what_there_is_or_will_be_is_alive():
    ServiceFactory(name="Sozialpass")
    FormerAddress.replaced("/alt/", "/leistungen/")
    edition = draft()
    project = ProjectFactory(name="Verkehrswert")
    ProjectRowFactory(report=ProjectReport.objects.get(), project=project)
    alive = [
        "/",
        "/leistungen/?q=sozialpass",
        "/leistungen/sozialpass/",
        "/leistungen/sozialpass",
        "/alt/",
        "/ausgaben/",
        "/ausgaben/2022-12/",
        "/ausgaben/2022-12/neu/",
        "/ausgaben/2022-12/#rubrik-1",
        "#rollout",
        "/rollout/",
        "/rollout/2022-12-01/",
        "/projekte/2022-12-02/",
        "/projekte/verkehrswert/",
        "https://ozgstatus.example.org/lizenzen/",
        "https://www.sakd.de/gibt-es-nicht/",
        "mailto:ozg@sakd.de",
        "tel:+493594",
    ]
    assert linked(edition, *alive) == []


def test_a_link_to_what_there_is_not_is_dead():
    publish_as_it_is(EditionFactory(month=month(9)))
    EditionFactory(month=month(10))
    dead = [
        "",
        "/leistungen/gibt-es-nicht/",
        "/ausgaben/2022-11/",
        "/ausgaben/2022-10/kein-beitrag/",
        "/ausgaben/2022-12/#gibt-es-nicht",
        "/ausgaben/2022-13/",
        "#gibt-es-nicht",
        "/rollout/2022-10-05/",
        "/admin/",
        "/methodik/",
        "https://ozgstatus.example.org/gibt/es/nicht",
        "gibt-es-nicht",
        "http://[kaputt/",
        "/%00/",
    ]
    assert linked(draft(), *dead) == dead


def test_links_are_looked_for_in_every_text():
    edition = draft()
    link = '<p><a href="/weg/">x</a></p>'
    texts = ("opening", "next_edition_text", "hints", "imprint", "liability", "privacy")
    Edition.objects.update(**dict.fromkeys(texts, link))
    edition.rubrics.update(title="Aktuelles", introduction=link)
    Block.objects.filter(kind="rollout").update(introduction=link, title="Zahlen")
    end = ": Der Link „/weg/“ führt zu keiner Seite."
    edition.refresh_from_db()
    assert warned(edition) == [
        f"{place}{end}"
        for place in (
            "Anschreiben",
            "Hinweis auf die nächste Ausgabe",
            "Hinweise",
            "Impressum der Ausgabe",
            "Haftungshinweis",
            "Datenschutz",
            "Rubrik „Aktuelles“",
            "Einleitung von „Zahlen“",
        )
    ]


# --- withdrawing ---


def withdraw(edition, **fields):
    values = {"withdrawn_on": TODAY, "reason": "Die Ausgabe erschien versehentlich."}
    return EditionWithdrawal.objects.create(publication=edition.publication, **values | fields)


def published(number, **fields):
    edition = EditionFactory(month=month(number), **fields)
    article = ArticleFactory(edition=edition, title="Once-Only")
    BlockFactory(rubric=RubricFactory(edition=edition), article=article)
    ArticleFactory(edition=edition, title="lose")
    return publish_as_it_is(edition)


@pytest.mark.parametrize("address", ["/ausgaben/2022-10/", "/ausgaben/2022-10/once-only/"])
def test_a_withdrawn_address_says_that_it_is_gone_when_and_why(client, address):
    withdraw(published(9))
    page = client.get(address)
    assert page.status_code == 410
    assert text_of(page) == (
        "Diese Ausgabe wurde zurückgezogen Ausgabe Oktober 2022 wurde am 05.12.2022 mit allen ihren Beiträgen "
        "zurückgezogen. Ihre Angaben gelten nicht mehr. Begründung Die Ausgabe erschien versehentlich. "
        "Alle Ausgaben"
    )


@pytest.mark.parametrize("address", ["2022-10/lose/", "2022-10/x/", "2022-11/", "2022-11/once-only/"])
def test_what_never_stood_anywhere_is_not_found(client, address):
    withdraw(published(9))
    EditionFactory(month=month(10))
    assert client.get(f"/ausgaben/{address}").status_code == 404


def test_a_withdrawn_edition_is_left_out_everywhere(client):
    older, newer = published(8), published(9)
    service = ServiceFactory(name="Sozialpass")
    for edition in (older, newer):
        assert edition in Edition.objects.public()
    withdraw(newer)
    assert list(Edition.objects.public()) == list(Edition.objects.real()) == [older]
    assert Edition.objects.current() == Edition.objects.for_home() == older
    assert {article.edition for article in Article.objects.real()} == {older}
    for address in (
        "/",
        "/ausgaben/",
        "/sitemap.xml",
        "/leistungen/",
        service.get_absolute_url(),
        "/ausgaben/2022-09/",
    ):
        assert "/ausgaben/2022-10/" not in client.get(address).content.decode()


def test_the_catalogue_of_a_withdrawn_edition_speaks_no_more():
    service = ServiceFactory()
    edition = EditionFactory(month=month(9))
    row = CatalogueRowFactory(edition=edition, service=service)
    report = RolloutReportFactory()
    block = BlockFactory(rubric__edition=edition, rollout_report=report)
    edition = publish_as_it_is(edition)
    assert (service.catalogue_rows.newest_print(), report.blocks.newest_public(illustrative=False)) == (
        row,
        block,
    )
    withdraw(edition)
    assert (service.catalogue_rows.newest_print(), report.blocks.newest_public(illustrative=False)) == (
        None,
        None,
    )


def test_the_reports_of_a_withdrawn_edition_stay_public(client):
    edition = draft()
    publish(edition, TODAY)
    withdraw(Edition.objects.get())
    assert (
        client.get("/rollout/2022-12-01/").status_code
        == client.get("/projekte/2022-12-02/").status_code
        == 200
    )


def test_a_withdrawal_is_written_once_and_says_why():
    edition = published(9)
    withdraw(edition)
    for refused in (
        lambda: withdraw(edition),
        lambda: EditionWithdrawal.objects.update(reason="anders"),
        lambda: EditionWithdrawal.objects.all().delete(),
        lambda: withdraw(published(8), reason=""),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()
    assert EditionWithdrawal.objects.get().reason == "Die Ausgabe erschien versehentlich."


def test_a_withdrawn_edition_stays_guarded():
    withdraw(published(9))
    with pytest.raises(DatabaseError), transaction.atomic():
        Edition.objects.update(label="anders")
    assert Edition.objects.get().state_label == "zurückgezogen"


# --- computed coverage -----------------------------------------------------------------------


def test_a_row_that_register_and_adoptions_contradict_is_found():
    edition, service = draft(), ServiceFactory(name="Kfz")
    register = RegisterEditionFactory(territory_date=datetime.date(2000, 12, 31))
    competence = CompetenceFactory(entry__edition=register)
    ServiceCompetenceFactory(service=service, set=competence.set)
    report = RolloutReport.objects.get()
    row = CoverageRowFactory(
        report=report, label="Kfz", service=service, count=3, share_authorities=50, share_population=50
    )
    assert warned(edition) == []  # nothing is recorded, so that more may be
    AdoptionFactory(authority=competence.authority, service=service, since=datetime.date(2001, 1, 1))
    assert warned(edition) == [
        "Roll-out, „Kfz“: 3, 50 % der Behörden, 50 % der Einwohner (von der SAKD erhoben); Register und erfasster "
        "Einsatz ergeben 1 von 1, 100 % der Behörden, 100 % der Einwohner (Register vom 31.12.2000)."
    ]
    row.take_computed(Adoption.objects.coverage(report.date)[service.pk])
    row.save()
    assert warned(edition) == []
