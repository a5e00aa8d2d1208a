"""How an editor sends an edition, watches it and decides about what is open."""

import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from newsletter.mailing.outbox import hold_sender_lock, let_go_sender_lock
from newsletter.models import Delivery, EditionWithdrawal, Mailing, Subscriber
from tests.admin import client_of, page_of
from tests.factories import EditionFactory
from tests.html import text_of

from .mailings import counts, mailing_to, published_edition, send, states

pytestmark = pytest.mark.django_db
A, B = "a@example.org", "b@example.org"


@pytest.fixture
def approver():
    """The browser of somebody who may publish and send."""
    return client_of("Freigabe")


@pytest.fixture
def editor():
    return client_of("Redaktion")


def address_of(edition):
    return page_of(edition, "mailing")


def text(response):
    assert response.status_code == 200
    return text_of(response)


def subscribe(*addresses):
    for address in addresses:
        Subscriber.objects.create(address=address)


def confirmed(client, edition, **values):
    """Press the button, and the one of the page that asks."""
    page = client.post(address_of(edition), {"_send": "x"} | values)
    hidden = dict(re.findall(r'name="(receivers|send_at)" value="([^"]*)"', page.content.decode()))
    return client.post(address_of(edition), {"_confirm": "x"} | hidden, follow=True)


# --- the test mail ---


def test_a_test_goes_to_the_editor_alone_past_the_outbox(editor, mailoutbox):
    edition = published_edition()
    subscribe(A)
    page = editor.post(address_of(edition), {"_test": "x"}, follow=True)
    assert "Die Test-E-Mail ist unterwegs an redaktion@example.org." in text(page)
    [mail] = mailoutbox
    assert mail.to == ["redaktion@example.org"]
    assert mail.subject == f"Test: {edition} – OZG-Status"
    assert not Delivery.objects.exists()
    assert Subscriber.objects.count() == 1


def test_a_draft_can_be_tested_too(editor, mailoutbox):
    editor.post(address_of(EditionFactory()), {"_test": "x"})
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("address", ["", "nobody", "a@example.org\nBcc: x@example.org"])
def test_without_an_address_of_the_account_a_test_says_what_to_do(
    editor, mailoutbox, django_user_model, address
):
    django_user_model.objects.update(email=address)
    page = editor.post(address_of(published_edition()), {"_test": "x"}, follow=True)
    assert "Ihr Konto hat keine E-Mail-Adresse." in text(page)
    assert mailoutbox == []


def test_a_mail_server_that_takes_no_test_is_told(editor, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    page = editor.post(address_of(published_edition()), {"_test": "x"}, follow=True)
    assert "Die Test-E-Mail wurde nicht angenommen" in text(page)


# --- starting ---


def test_an_edition_is_sent_after_a_question_that_names_it_and_how_many_get_it(approver):
    edition = published_edition()
    subscribe(A, B)
    assert "An 2 Adressen senden …" in approver.get(address_of(edition)).content.decode()
    page = approver.post(address_of(edition), {"_send": "x"})
    assert f"„{edition}“ geht an 2 Adressen, sofort." in text(page)
    assert not Mailing.objects.exists()
    page = confirmed(approver, edition)
    assert f"{edition} geht an 2 Adressen." in text(page)
    mailing = Mailing.objects.get()
    assert (mailing.edition, mailing.started_by.username) == (edition, "Freigabe")
    assert states(mailing) == {A: "waiting", B: "waiting"}


def test_when_others_have_subscribed_meanwhile_it_is_asked_again(approver):
    edition = published_edition()
    subscribe(A)
    page = approver.post(address_of(edition), {"_confirm": "x", "receivers": "0"})
    assert "Inzwischen sind es andere: 1 Adresse." in text(page)
    assert not Mailing.objects.exists()


def test_a_time_is_kept(approver, time_to_come="2099-12-05T10:00"):
    edition = published_edition()
    subscribe(A)
    page = confirmed(approver, edition, send_at=time_to_come)
    assert "geht ab 05.12.2099, 10:00 Uhr an 1 Adresse." in text(page)
    assert "beginnt am 05.12.2099 um 10:00 Uhr" in text(page)
    assert "Refresh" not in page
    assert timezone.localtime(Mailing.objects.get().send_at).hour == 10


@pytest.mark.parametrize(
    ("moment", "message"),
    [("2020-01-01T10:00", "Dieser Zeitpunkt ist vorbei."), ("morgen", "Bitte geben Sie Tag und Uhrzeit an")],
)
def test_a_time_that_cannot_be_is_told_at_the_field_and_comes_back(approver, moment, message):
    edition = published_edition()
    subscribe(A)
    for button in ("_send", "_confirm"):
        page = approver.post(address_of(edition), {button: "x", "send_at": moment, "receivers": "1"})
        assert message in text(page)
        assert f'value="{moment}"' in page.content.decode()
    assert not Mailing.objects.exists()


def withdrawn():
    edition = published_edition()
    EditionWithdrawal.objects.create(publication=edition.publication, withdrawn_on="2022-12-01", reason="x")
    return edition


@pytest.mark.parametrize(
    ("make", "obstacle"),
    [
        (EditionFactory, "noch nicht veröffentlicht"),
        (withdrawn, "zurückgezogen"),
        (lambda: published_edition(illustrative=True), "Beispieldaten"),
    ],
)
def test_what_stands_against_sending_is_said_and_kept_from_happening(approver, settings, make, obstacle):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    edition = make()
    subscribe(A)
    page = approver.post(address_of(edition), {"_confirm": "x", "receivers": "1"})
    assert obstacle in text(page)
    assert "Adresse senden" not in page.content.decode()
    assert not Mailing.objects.exists()


def test_nobody_to_send_to_is_said(approver):
    assert "Es gibt kein Abonnement" in text(approver.get(address_of(published_edition())))


def test_where_mails_go_to_files_an_example_can_be_sent(approver):
    edition = published_edition(illustrative=True)
    subscribe(A)
    page = approver.post(address_of(edition), {"_send": "x"})
    assert "Die Ausgabe besteht aus Beispieldaten; die E-Mail sagt das." in text(page)
    confirmed(approver, edition)
    assert Mailing.objects.count() == 1


def test_a_second_confirmation_sends_nothing_twice(approver):
    edition = published_edition()
    subscribe(A)
    confirmed(approver, edition)
    page = approver.post(address_of(edition), {"_confirm": "x", "receivers": "1"}, follow=True)
    assert "Es wurde nichts geändert" in text(page)
    assert counts(Mailing.objects.get()) == {"waiting": 1}


@pytest.mark.parametrize("button", ["_send", "_confirm", "_pause", "_cancel", "_cancel_for_good"])
def test_only_who_may_publish_may_send_and_steer(editor, button):
    mailing = mailing_to(A)
    assert editor.post(address_of(mailing.edition), {button: "x"}).status_code == 403
    assert editor.get(page_of(mailing.edition, "deliveries")).status_code == 403
    assert "Anhalten" not in editor.get(address_of(mailing.edition)).content.decode()


# --- watching ---


def test_the_page_shows_how_far_it_is_and_refreshes_while_it_moves(approver, django_assert_num_queries):
    mailing = mailing_to(A, B)
    Subscriber.objects.filter(address=B).delete()
    page = approver.get(address_of(mailing.edition))
    assert page["Refresh"] == "10"
    assert "1 von 2 erledigt" in text(page)
    assert "Zurzeit läuft kein Versandprozess." in text(page)
    assert "Refresh" not in approver.get(address_of(mailing.edition) + "?anhalten")
    hold_sender_lock(7)
    assert "kein Versandprozess" not in text(approver.get(address_of(mailing.edition)))
    let_go_sender_lock(7)
    send()
    page = approver.get(address_of(mailing.edition))
    assert "Refresh" not in page
    assert "Zustand: abgeschlossen" in text(page)
    assert "2 von 2 erledigt" in text(page)


def test_rate_and_estimate_follow_from_the_last_minutes(approver, monkeypatch):
    mailing = mailing_to(*(f"{n}@example.org" for n in range(100)))
    now = timezone.now() + timezone.timedelta(seconds=1)
    done = list(mailing.deliveries.values_list("pk", flat=True)[:40])
    ago = now - timezone.timedelta(minutes=2)
    mailing.deliveries.filter(pk__in=done).update(state="sent", finished_at=ago)
    monkeypatch.setattr("newsletter.mailing.pages.timezone.now", lambda: now)
    page = text(approver.get(address_of(mailing.edition)))
    assert "Zuletzt 20 E-Mails je Minute; noch etwa 3 Minuten." in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_list(approver, number, django_assert_num_queries):
    mailing = mailing_to(*(f"{n}@example.org" for n in range(number)))
    mailing.deliveries.update(state="uncertain")
    with django_assert_num_queries(9):
        approver.get(page_of(mailing.edition, "deliveries"))


def test_pausing_going_on_and_cancelling_after_a_question(approver):
    mailing = mailing_to(A)
    page = address_of(mailing.edition)
    assert "Der Versand ist angehalten." in text(approver.post(page, {"_pause": "x"}, follow=True))
    assert "Es wurde nichts geändert" in text(approver.post(page, {"_pause": "x"}, follow=True))
    assert "Der Versand geht weiter." in text(approver.post(page, {"_resume": "x"}, follow=True))
    assert "Abgebrochen wird, was noch wartet: 1 von 1." in text(approver.post(page, {"_cancel": "x"}))
    assert counts(mailing) == {"waiting": 1}
    assert "Der Versand ist abgebrochen." in text(approver.post(page, {"_cancel_for_good": "x"}, follow=True))
    assert counts(mailing) == {"cancelled": 1}
    assert "Es wurde nichts geändert" in text(approver.post(page, {"_resume": "x"}, follow=True))


# --- deciding ---


@pytest.fixture
def open_ones():
    """A is uncertain, B has failed."""
    mailing = mailing_to(A, B)
    mailing.deliveries.filter(subscriber__address=A).update(state="uncertain")
    mailing.deliveries.filter(subscriber__address=B).update(
        state="failed", code=550, status="5.1.1", finished_at=timezone.now()
    )
    return mailing


def number_of(mailing, address):
    return mailing.deliveries.get(subscriber__address=address).pk


def test_what_is_open_is_listed_with_its_reason(approver, open_ones):
    page = text(approver.get(page_of(open_ones.edition, "deliveries")))
    assert f"{A} Zustellung ungewiss Ob der Mailserver die E-Mail angenommen hat, ist nicht bekannt." in page
    assert f"{B} nicht zustellbar Vom Mailserver abgelehnt: 550 5.1.1" in page
    assert "2 Zustellungen, über die Sie entscheiden können" in text(
        approver.get(address_of(open_ones.edition))
    )


def decide(client, mailing, **values):
    return text(client.post(page_of(mailing.edition, "deliveries"), values, follow=True))


def test_each_is_decided_by_its_tick(approver, open_ones):
    told = decide(approver, open_ones, _again="x", delivery=[number_of(open_ones, B)])
    assert "1 Zustellung ist wieder im Postausgang." in told
    assert states(open_ones) == {A: "uncertain", B: "waiting"}
    told = decide(approver, open_ones, _sent="x", delivery=[number_of(open_ones, A)])
    assert "1 Zustellung ist als zugestellt angesehen." in told
    assert states(open_ones) == {A: "sent", B: "waiting"}


def test_all_are_decided_at_once(approver, open_ones):
    assert "2 Zustellungen sind wieder im Postausgang." in decide(approver, open_ones, _again="x", all="on")
    assert states(open_ones) == {A: "waiting", B: "waiting"}


@pytest.mark.parametrize("ticks", [[], ["x"], ["9" * 30], ["-1"], ["0"]])
def test_without_a_tick_that_means_something_nothing_is_decided(approver, open_ones, ticks):
    assert "Es wurde nichts geändert." in decide(approver, open_ones, _again="x", delivery=ticks)
    assert states(open_ones) == {A: "uncertain", B: "failed"}


def test_a_tick_of_another_mailing_decides_nothing(approver, open_ones):
    other = Mailing.objects.start(published_edition(), None)[0]
    other.deliveries.update(state="uncertain")
    ticks = list(other.deliveries.values_list("pk", flat=True))
    assert "Es wurde nichts geändert." in decide(approver, open_ones, _again="x", delivery=ticks)
    assert set(counts(other)) == {"uncertain"}


def test_what_failed_is_not_taken_as_sent(approver, open_ones):
    told = decide(approver, open_ones, _sent="x", delivery=[number_of(open_ones, B)])
    assert "als zugestellt ansehen lässt sich nur, was ungewiss ist" in told


def test_after_cancelling_nothing_is_sent_again(approver, open_ones):
    open_ones.cancel()
    page = approver.get(page_of(open_ones.edition, "deliveries"))
    assert "Der Versand ist beendet." in text(page)
    assert "Nochmals senden" not in re.findall(r'value="([^"]*)"', page.content.decode())


def test_without_a_mailing_there_is_nothing_to_decide(approver):
    edition = published_edition()
    page = approver.get(page_of(edition, "deliveries"), follow=True)
    assert page.redirect_chain == [(address_of(edition), 302)]


def test_the_form_of_an_edition_leads_to_its_mailing(approver):
    edition = published_edition()
    assert address_of(edition) in approver.get(page_of(edition, "change")).content.decode()


def test_housekeeping_finds_claims_of_dead_senders():
    mailing = mailing_to(A)
    Delivery.objects.claim(7)
    call_command("housekeeping", verbosity=0)
    assert states(mailing) == {A: "uncertain"}
