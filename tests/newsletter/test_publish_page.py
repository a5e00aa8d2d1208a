"""The pages of the admin on which an edition becomes public, and on which it is withdrawn."""

import datetime
import html

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.models import Article, Edition, EditionWithdrawal, Rubric
from projects.models import ProjectReport
from rollout.competence import fill
from rollout.models import CompetenceSet, CoverageRow, RolloutReport
from tests.admin import client_of, filled, make_user, send
from tests.factories import (
    AdoptionFactory,
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RegisterEditionFactory,
    RegisterMunicipalityFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceCompetenceFactory,
    ServiceFactory,
    SiteFactory,
    month,
)
from tests.factories import publish as publish_as_it_is
from tests.html import rows_of

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


def page_of(edition, name="publish"):
    return reverse(f"admin:newsletter_edition_{name}", args=[edition.pk])


def draft(number=11, rows=1, **fields):
    edition = EditionFactory(**{"month": month(number), "state": "ready"} | fields)
    rubric = RubricFactory(edition=edition)
    rollout = RolloutReportFactory(state="ready", date=month(number))
    projects = ProjectReportFactory(state="ready", date=month(number))
    BlockFactory(rubric=rubric)
    for position in range(rows):
        service = ServiceFactory()
        CoverageRowFactory(report=rollout, service=service, position=position)
        project = ProjectFactory(service=service)
        ProjectRowFactory(report=projects, project=project, position=position)
        article = ArticleFactory(edition=edition)
        article.services.add(service)
        BlockFactory(rubric=rubric, article=article)
    BlockFactory(rubric=rubric, rollout_report=rollout)
    BlockFactory(rubric=rubric, project_report=projects)
    return edition


def act(client, edition, **fields):
    """Press one of the buttons of the page as it is now."""
    return client.post(page_of(edition), {"seen": seen(client, edition)} | fields)


def seen(client, edition):
    return filled(client.get(page_of(edition)))["seen"]


def shown(response) -> str:
    return html.unescape(response.content.decode())


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- who may ---


def test_freigabe_alone_publishes_although_it_changes_nothing_else():
    edition, approver = draft(), client_of("Freigabe")
    response = act(approver, edition, _publish="1")
    assert (response.status_code, response.url) == (302, f"/admin/newsletter/edition/{edition.pk}/change/")
    assert [root.publication.published_on for root in Edition.objects.public()] == [timezone.localdate()]
    assert RolloutReport.objects.public().count() == ProjectReport.objects.public().count() == 1


def test_redaktion_sees_the_page_without_the_button_and_cannot_press_it():
    edition, editor = draft(), client_of("Redaktion")
    page = editor.get(page_of(edition))
    assert page.status_code == 200
    assert "wer das Recht der Freigabe hat" in shown(page) and "_publish" not in shown(page)
    for button in ("_publish", "_schedule", "_unschedule"):
        assert editor.post(page_of(edition), {button: "1"}).status_code == 403
    assert not Edition.objects.public().exists()


def test_one_person_may_hold_both():
    user = make_user("beides")
    user.groups.set(Group.objects.filter(name__in=["Redaktion", "Freigabe"]))
    edition, client = draft(state="draft"), client_of("beides")
    assert send(client, page_of(edition, "change"), state="ready").status_code == 302
    assert act(client, edition, _publish="1").status_code == 302
    assert Edition.objects.public().exists()


@pytest.mark.parametrize("name", ["publish", "withdraw"])
def test_a_stranger_is_sent_to_the_login(name):
    edition = publish_as_it_is(draft()) if name == "withdraw" else draft()
    for ask in (Client().get, Client().post):
        assert ask(page_of(edition, name)).url.startswith("/admin/")
    assert not EditionWithdrawal.objects.exists()


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
@pytest.mark.parametrize("page", ["veroeffentlichen", "zurueckziehen"])
def test_an_edition_that_does_not_exist_leads_to_the_index(number, page):
    response = client_of("Freigabe").get(f"/admin/newsletter/edition/{number}/{page}/")
    assert (response.status_code, response.url) == (302, "/admin/")


def test_looking_changes_nothing(django_assert_num_queries):
    edition = draft()
    before = Edition.objects.values().get()
    client_of("Freigabe").get(page_of(edition), {"_publish": "1"})
    assert Edition.objects.values().get() == before
    assert not edition.catalogue_rows.exists()


# --- handing over ---


def test_redaktion_hands_over_the_edition_with_its_reports_in_one_step():
    edition, editor = draft(state="draft"), client_of("Redaktion")
    for model in (RolloutReport, ProjectReport):
        model.objects.update(state="draft")
    page = editor.get(page_of(edition))
    assert "Alles zur Freigabe geben" in shown(page)
    response = editor.post(page_of(edition), {"_hand_over": "1"}, follow=True)
    assert messages(response) == [
        "Ausgabe Dezember 2022 ist mit ihren Ständen bereit zur Freigabe. Bitte geben Sie der Freigabe Bescheid."
    ]
    assert [model.objects.get().state for model in (Edition, RolloutReport, ProjectReport)] == ["ready"] * 3
    assert "Alles zur Freigabe geben" not in shown(response) and response.context["obstacles"] == []


def test_what_is_published_already_stays_as_it_is_when_the_rest_is_handed_over():
    edition = draft(state="draft")
    RolloutReport.objects.update(state="draft")
    publish_as_it_is(RolloutReport.objects.get())
    client_of("Redaktion").post(page_of(edition), {"_hand_over": "1"})
    assert [Edition.objects.get().state, RolloutReport.objects.get().state] == ["ready", "draft"]


def test_who_may_only_approve_hands_nothing_over():
    edition = draft(state="draft")
    approver = client_of("Freigabe")
    assert "Alles zur Freigabe geben" not in shown(approver.get(page_of(edition)))
    assert approver.post(page_of(edition), {"_hand_over": "1"}).status_code == 403
    assert Edition.objects.get().state == "draft"


# --- what it shows ---


def test_the_form_of_a_draft_leads_here_and_that_of_a_public_one_to_its_withdrawal():
    open_, public = draft(), publish_as_it_is(draft(12))
    editor, approver = client_of("Redaktion"), client_of("Freigabe")
    for client in (editor, approver):
        assert page_of(open_) in shown(client.get(page_of(open_, "change")))
    assert page_of(public, "withdraw") in shown(approver.get(page_of(public, "change")))
    assert page_of(public, "withdraw") not in shown(editor.get(page_of(public, "change")))
    assert page_of(public) not in shown(approver.get(page_of(public, "change")))


def test_it_says_what_differs_from_the_last_real_edition():
    for number, label, illustrative in ((8, "alt", False), (9, "zuletzt", False), (10, "erfunden", True)):
        last = EditionFactory(month=month(number), illustrative=illustrative)
        BlockFactory(rubric__edition=last)
        CatalogueRowFactory(edition=last, label=label)
        publish_as_it_is(last)
    edition = draft()
    comparison = client_of("Freigabe").get(page_of(edition)).context["comparison"]
    assert comparison.before.month == month(9)
    assert [row.label for row in comparison.sections[0].gone] == ["zuletzt"]
    assert len(comparison.sections[0].new) == 1


def test_the_first_edition_has_none_to_be_compared_with():
    assert "noch keine frühere Ausgabe" in shown(client_of("Freigabe").get(page_of(draft())))


def test_it_says_what_becomes_public_and_what_to_look_at():
    edition = draft()
    RolloutReport.objects.get().rows.update(service=None, label="Mängelmelder")
    article = Article.objects.get()
    page = shown(client_of("Freigabe").get(page_of(edition)))
    for text in (
        "„Mängelmelder“: Die Zeile ist mit keiner Leistung im Katalog verknüpft.",
        f"Beitrag „{article}“: /ausgaben/2022-12/{article.slug}/",
        "Stand des Roll-Outs, Stand 01.12.2022: /rollout/2022-12-01/",
    ):
        assert text in page


def test_what_stands_against_it_takes_the_place_of_the_button():
    edition, approver = draft(), client_of("Freigabe")
    ready = seen(approver, edition)
    RolloutReport.objects.update(state="draft")
    page = approver.get(page_of(edition))
    assert "Stand des Roll-Outs, Stand 01.12.2022: noch nicht bereit zur Freigabe." in shown(page)
    assert "_publish" not in shown(page)
    refused = approver.post(page_of(edition), {"seen": ready, "_publish": "1"})
    assert messages(refused) == ["Nicht veröffentlicht: Bitte erledigen Sie zuerst, was noch fehlt."]
    assert not Edition.objects.public().exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_rows(rows, django_assert_num_queries):
    publish_as_it_is(draft(9, rows=rows))
    edition, client = draft(rows=rows), client_of("Freigabe")
    SiteFactory()
    with django_assert_num_queries(62):
        client.get(page_of(edition))


# --- surveyed and computed ---


def used_somewhere(services):
    """In use in one of two competent municipalities; of the other nothing is recorded."""
    register = RegisterEditionFactory(territory_date=month(0))
    for _ in range(2):
        RegisterMunicipalityFactory(edition=register, population=500)
    fill(register)
    for service in services:
        ServiceCompetenceFactory(service=service, set=CompetenceSet.objects.get(key="municipalities"))
        AdoptionFactory(service=service, authority=register.municipalities.first().authority, since=month(0))


def test_what_differs_stands_there_and_stops_nothing():
    edition, approver = draft(), client_of("Freigabe")
    row = CoverageRow.objects.get()
    CoverageRow.objects.update(label="Hundesteuer", count=2, share_authorities=99, share_population=98)
    used_somewhere([row.service])
    page = approver.get(page_of(edition))
    [found] = [cells for cells in rows_of(page) if cells[0] == "Hundesteuer"]
    assert found == [
        "Hundesteuer",
        "2, 99 % der Behörden, 98 % der Einwohner",
        "mindestens 1 von 2, 50 % der Behörden, 50 % der Einwohner",
        "01.01.2022",
    ]
    assert f"{reverse('admin:rollout_rolloutreport_change', args=[row.report_id])}#rows-0" in shown(page)
    assert act(approver, edition, _publish="1").status_code == 302
    assert Edition.objects.public().exists()


def test_where_nothing_differs_there_is_no_list():
    edition = draft()
    used_somewhere([CoverageRow.objects.get().service])
    CoverageRow.objects.update(count=1, share_authorities=50, share_population=50)
    assert "Erhoben und berechnet" not in shown(client_of("Freigabe").get(page_of(edition)))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_rows(rows, django_assert_num_queries):
    edition, client = draft(rows=rows), client_of("Freigabe")
    CoverageRow.objects.update(count=2)
    used_somewhere([row.service for row in CoverageRow.objects.select_related("service")])
    with django_assert_num_queries(53):
        assert len(client.get(page_of(edition)).context["deviating"][0][1]) == rows


# --- two people ---


def test_nobody_publishes_what_he_has_not_seen():
    edition, approver = draft(), client_of("Freigabe")
    before = seen(approver, edition)
    Rubric.objects.update(title="inzwischen anders")
    refused = approver.post(page_of(edition), {"seen": before, "_publish": "1"})
    assert refused.status_code == 200
    assert messages(refused)[0].startswith("Nicht veröffentlicht: Die Ausgabe wurde geändert")
    assert not Edition.objects.public().exists()
    assert (
        approver.post(page_of(edition), {"seen": filled(refused)["seen"], "_publish": "1"}).status_code == 302
    )
    assert Edition.objects.public().exists()


def test_a_change_of_the_catalogue_is_a_change_too():
    edition, approver = draft(), client_of("Freigabe")
    before = seen(approver, edition)
    ServiceFactory()
    approver.post(page_of(edition), {"seen": before, "_publish": "1"})
    assert not Edition.objects.public().exists()


def test_who_comes_second_is_told_so():
    edition, approver = draft(), client_of("Freigabe")
    before = seen(approver, edition)
    publish_as_it_is(edition)
    for response in (
        approver.get(page_of(edition), follow=True),
        approver.post(page_of(edition), {"seen": before, "_publish": "1"}, follow=True),
    ):
        assert messages(response) == ["Ausgabe Dezember 2022 ist schon veröffentlicht."]


# --- at a time ---


def test_a_time_is_set_and_taken_back():
    edition, approver = draft(), client_of("Freigabe")
    moment = timezone.localtime().replace(second=0, microsecond=0) + 24 * HOUR
    response = act(approver, edition, _schedule="1", publish_at=moment.strftime("%Y-%m-%dT%H:%M"))
    assert response.status_code == 302
    assert Edition.objects.get().publish_at == moment
    assert "von selbst öffentlich" in shown(approver.get(page_of(edition)))
    assert act(approver, edition, _unschedule="1").status_code == 302
    assert Edition.objects.get().publish_at is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Bitte geben Sie Tag und Uhrzeit an."),
        ("bald", "Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 05.12.2022 10:00."),
        ("2022-12-05T10:00", "Dieser Zeitpunkt ist vorbei."),
    ],
)
def test_a_time_that_is_none_is_refused_at_its_field(text, error):
    edition = draft()
    response = act(client_of("Freigabe"), edition, _schedule="1", publish_at=text)
    [found] = response.context["form"].errors["publish_at"]
    assert found.startswith(error)
    assert Edition.objects.get().publish_at is None


def test_an_editor_stops_what_waits_by_taking_it_back_to_its_draft():
    edition = draft(publish_at=timezone.now() + HOUR)
    assert send(client_of("Redaktion"), page_of(edition, "change"), state="draft").status_code == 302
    assert Edition.objects.get().publish_at is None


# --- withdrawing ---


def test_freigabe_withdraws_with_a_reason():
    edition, approver = publish_as_it_is(draft()), client_of("Freigabe")
    page = shown(approver.get(page_of(edition, "withdraw")))
    assert Article.objects.get().get_absolute_url() in page
    assert "/rollout/2022-12-01/" in page.partition("Was öffentlich bleibt")[2]
    refused = approver.post(page_of(edition, "withdraw"), {"reason": " "})
    assert refused.context["form"].errors["reason"] == [
        "Bitte schreiben Sie, warum die Ausgabe zurückgezogen wird."
    ]
    assert not EditionWithdrawal.objects.exists()
    response = approver.post(page_of(edition, "withdraw"), {"reason": "Versehentlich."}, follow=True)
    assert messages(response) == ["Ausgabe Dezember 2022 ist zurückgezogen."]
    withdrawal = EditionWithdrawal.objects.get()
    assert (withdrawal.reason, withdrawal.withdrawn_on) == ("Versehentlich.", timezone.localdate())


def test_redaktion_withdraws_nothing():
    edition, editor = publish_as_it_is(draft()), client_of("Redaktion")
    for ask in (editor.get, editor.post):
        assert ask(page_of(edition, "withdraw"), {"reason": "x"}).status_code == 403
    assert not EditionWithdrawal.objects.exists()


def test_neither_a_draft_nor_a_withdrawn_edition_is_withdrawn():
    open_, gone = draft(), publish_as_it_is(draft(12))
    EditionWithdrawal.objects.create(publication=gone.publication, withdrawn_on=month(12), reason="x")
    for edition in (open_, gone):
        response = client_of("Freigabe").post(page_of(edition, "withdraw"), {"reason": "y"}, follow=True)
        assert "lässt sich nicht zurückziehen" in messages(response)[0]
    assert EditionWithdrawal.objects.get().reason == "x"


def test_nothing_of_a_withdrawn_edition_can_be_corrected():
    edition = publish_as_it_is(draft())
    EditionWithdrawal.objects.create(publication=edition.publication, withdrawn_on=month(12), reason="x")
    editor = client_of("Redaktion")
    for obj in (edition, edition.rubrics.get(), edition.articles.get()):
        address = reverse(f"admin:newsletter_{obj._meta.model_name}_change", args=[obj.pk])
        page = editor.get(address)
        assert page.status_code == 200 and "_save" not in shown(page)
        assert editor.post(address, {"correction_note": "x"}).status_code == 403
    assert "zurückgezogen" in shown(editor.get("/admin/newsletter/edition/"))
