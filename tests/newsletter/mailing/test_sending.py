"""What a sender does with all that a mail server may answer."""

import asyncio

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter.mailing import smtp
from newsletter.mailing.outbox import (
    MOST_ATTEMPTS,
    Result,
    count_living_senders,
    delay_after,
    hold_sender_lock,
    let_go_sender_lock,
)
from newsletter.models import Delivery, EditionWithdrawal, Mailing, Subscriber
from tests.factories import EditionFactory

from .mailings import counts, mailing_to, make_due, only, published_edition, send, states
from .server import CUT, CUT_AFTER

pytestmark = pytest.mark.django_db
A, B, C = "a@example.org", "b@example.org", "c@example.org"


# --- what is sent ---


def test_everybody_gets_the_edition_once_over_one_connection(server):
    mailing = mailing_to(A, B, C)
    send()
    send()
    assert server.recipients == [A, B, C]
    assert states(mailing) == {A: "sent", B: "sent", C: "sent"}
    assert server.connections == 1
    assert {mail.parsed["To"] for mail in server.mails} == {A, B, C}


def test_the_message_id_is_kept_so_that_a_returned_mail_is_recognised(server):
    mailing = mailing_to(A)
    send()
    assert only(mailing).message_id == server.mails[0].parsed["Message-ID"]


def test_a_line_that_is_a_dot_does_not_end_the_mail(server, monkeypatch):
    content = b"Subject: x\r\n\r\n.\r\n.x\r\n..\r\nthe end"
    monkeypatch.setattr("newsletter.mailing.message.EditionMail.bytes_for", lambda *_: content)
    mailing_to(A)
    send()
    assert [mail.content for mail in server.mails] == [content + b"\r\n"]


def test_a_connection_is_changed_after_a_number_of_mails(server, monkeypatch):
    monkeypatch.setattr(smtp, "MAILS_PER_CONNECTION", 2)
    mailing = mailing_to(A, B, C)
    send()
    assert server.recipients == [A, B, C]
    assert server.connections == 2
    assert counts(mailing) == {"sent": 3}


@pytest.mark.parametrize("backend", ["locmem", "dummy"])
def test_other_backends_work_too(settings, backend, mailoutbox):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    mailing = mailing_to(A, B)
    send()
    assert counts(mailing) == {"sent": 2}
    assert [mail.to for mail in mailoutbox] == ([[A], [B]] if backend == "locmem" else [])


def test_files_hold_the_mails_where_the_demo_reads_them(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = (
        "django.core.mail.backends.filebased.EmailBackend",
        tmp_path,
    )
    mailing_to(A, B)
    send()
    written = "".join(file.read_text() for file in tmp_path.iterdir())
    assert [f"To: {address}" in written for address in (A, B)] == [True, True]


# --- who it is sent to ---


def test_a_suspended_subscriber_gets_no_row_and_a_later_one_none_either(server):
    Subscriber.objects.create(address=B, suspended_at=timezone.now())
    mailing = mailing_to(A)
    Subscriber.objects.create(address=C)
    send()
    assert states(mailing) == {A: "sent"}


def test_rows_for_all_are_made_by_one_statement(django_assert_num_queries):
    Subscriber.objects.bulk_create(Subscriber(address=f"{n}@example.org") for n in range(30))
    edition = published_edition()
    with django_assert_num_queries(4):  # two of them are the savepoint
        mailing, number = Mailing.objects.start(edition, None)
    assert number == mailing.deliveries.count() == 30


def test_an_edition_is_sent_once():
    mailing = mailing_to(A)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.objects.start(mailing.edition, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.enter(mailing)
    assert mailing.deliveries.count() == 1


def test_only_what_is_published_and_not_withdrawn_is_sent():
    draft, gone = EditionFactory(), published_edition()
    EditionWithdrawal.objects.create(publication=gone.publication, withdrawn_on="2022-12-01", reason="x")
    for edition in (draft, gone):
        with pytest.raises(IntegrityError, match="Nur eine veröffentlichte"), transaction.atomic():
            Mailing.objects.start(edition, None)


def test_nothing_is_sent_before_its_time(server):
    Subscriber.objects.create(address=A)
    later = timezone.now() + timezone.timedelta(hours=1)
    mailing, _ = Mailing.objects.start(published_edition(), None, later)
    send()
    assert (server.mails, counts(mailing)) == ([], {"waiting": 1})


# --- what is noticed before the next mail ---


@pytest.fixture
def meanwhile(monkeypatch):
    """Has something happen as soon as the first mail is handed over."""

    def prepare(change):
        deliver, done = smtp.SmtpPost.deliver, []

        def deliver_and_change(self, mail, subscriber):
            result = deliver(self, mail, subscriber)
            if not done:
                done.append(change())
            return result

        monkeypatch.setattr(smtp.SmtpPost, "deliver", deliver_and_change)

    return prepare


def test_a_pause_is_noticed_before_the_next_mail_and_going_on_sends_the_rest(server, meanwhile):
    mailing = mailing_to(A, B)
    meanwhile(mailing.pause)
    send()
    assert states(mailing) == {A: "sent", B: "waiting"}
    assert mailing.resume() is True
    send()
    assert states(mailing) == {A: "sent", B: "sent"}


def test_cancelling_is_noticed_before_the_next_mail_and_is_for_good(server, meanwhile):
    mailing = mailing_to(A, B)
    meanwhile(mailing.cancel)
    send()
    assert states(mailing) == {A: "sent", B: "cancelled"}
    assert mailing.resume() is False


def test_a_withdrawn_edition_is_noticed_before_the_next_mail(server, meanwhile):
    mailing = mailing_to(A, B)
    publication = mailing.edition.publication
    meanwhile(
        lambda: EditionWithdrawal.objects.create(
            publication=publication, withdrawn_on="2022-12-01", reason="x"
        )
    )
    send()
    assert server.recipients == [A]
    Delivery.objects.tidy()
    assert states(mailing) == {A: "sent", B: "cancelled"}


def test_a_deleted_subscriber_gets_nothing_more_and_only_the_count_stays(server, meanwhile):
    mailing = mailing_to(A, B)
    meanwhile(lambda: Subscriber.objects.all().delete())
    send()
    assert server.recipients == [A]
    assert counts(mailing) == {"sent": 1, "cancelled": 1}
    assert set(mailing.deliveries.values_list("subscriber", "message_id")) == {(None, "")}


def test_who_is_deleted_while_the_server_says_later_is_not_tried_again(server, meanwhile):
    server.answer(rcpt="450 4.2.0 later")
    mailing = mailing_to(A)
    meanwhile(lambda: Subscriber.objects.all().delete())
    send()
    assert counts(mailing) == {"cancelled": 1}


# --- what a server may answer ---


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize("answer", ["450 4.2.0 greylisted", "451 4.7.1 later", "421 4.3.2 closing"])
def test_what_is_refused_for_now_is_tried_again_later(server, step, answer):
    server.answer(**{step: answer}, to=A)
    mailing = mailing_to(A, B)
    send()
    assert server.recipients == [B]
    waiting = mailing.deliveries.get(state="waiting")
    assert waiting.attempts == 1
    assert waiting.not_before > timezone.now()
    server.answer()
    send()
    assert server.recipients == [B]
    make_due(mailing)
    send()
    assert server.recipients == [B, A]
    assert counts(mailing) == {"sent": 2}


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        ("550 5.1.1 <a@example.org>: unknown", 550, "5.1.1"),
        ("552 mailbox of a@example.org is full", 552, ""),
        ("554-5.7.1 two\r\n554 5.7.1 lines", 554, "5.7.1"),
    ],
)
def test_what_is_refused_for_good_fails_and_only_the_codes_are_kept(server, step, answer, code, status):
    server.answer(**{step: answer}, to=A)
    mailing = mailing_to(A, B)
    send()
    send()
    assert server.recipients == [B]
    failed = mailing.deliveries.get(state="failed")
    assert (failed.code, failed.status) == (code, status)


def test_the_last_attempt_decides(server):
    server.answer(rcpt="450 later")
    mailing = mailing_to(A)
    for _ in range(MOST_ATTEMPTS):
        assert counts(mailing) == {"waiting": 1}
        make_due(mailing)
        send()
    failed = only(mailing)
    assert (failed.state, failed.attempts, failed.code) == ("failed", MOST_ATTEMPTS, 450)


def test_the_time_between_attempts_doubles_up_to_an_hour_with_jitter(monkeypatch):
    monkeypatch.setattr("newsletter.mailing.outbox.random.uniform", lambda low, high: high)
    assert [delay_after(n).total_seconds() / 60 for n in (1, 2, 3, 7, 12)] == [1.25, 2.5, 5, 75, 75]
    monkeypatch.setattr("newsletter.mailing.outbox.random.uniform", lambda low, high: low)
    assert delay_after(1).total_seconds() == 45


def test_a_connection_cut_before_the_content_is_no_delivery(server):
    server.answer(rcpt=CUT, to=A)
    mailing = mailing_to(A, B)
    send()
    assert server.recipients == [B]
    assert states(mailing) == {A: "waiting", B: "sent"}


def test_a_lost_answer_to_the_content_is_uncertain_and_never_repeated(server):
    server.answer(data=CUT, to=A)
    mailing = mailing_to(A, B)
    send()
    server.answer()
    send()
    assert server.recipients == [A, B]
    assert states(mailing) == {A: "uncertain", B: "sent"}


def test_a_connection_cut_after_the_answer_is_a_delivery_and_the_next_one_gets_a_new_connection(server):
    server.answer(data=CUT_AFTER)
    mailing = mailing_to(A, B)
    send()
    assert server.recipients == [A, B]
    assert counts(mailing) == {"sent": 2}


def test_a_server_that_does_not_answer_in_time_leaves_it_uncertain(settings, server, monkeypatch):
    settings.EMAIL_TIMEOUT = 0.2
    handle = server.handle_DATA

    async def slow(*args):
        await asyncio.sleep(0.6)
        return await handle(*args)

    monkeypatch.setattr(server, "handle_DATA", slow)
    mailing = mailing_to(A)
    send()
    assert counts(mailing) == {"uncertain": 1}


def test_while_the_server_is_down_nothing_is_tried_and_nothing_fails(server, settings):
    mailing = mailing_to(A)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with pytest.raises(CommandError, match="cannot be reached"):
        send()
    assert (only(mailing).state, only(mailing).attempts) == ("waiting", 0)
    settings.EMAIL_PORT = port
    send()
    assert counts(mailing) == {"sent": 1}


def test_a_server_that_refuses_the_sender_fails_nobody(server, monkeypatch):
    async def refuse(*args):
        return "530 5.7.0 log in first"

    monkeypatch.setattr(server, "handle_MAIL", refuse, raising=False)
    mailing = mailing_to(A)
    with pytest.raises(CommandError, match="refuses MAIL_FROM: 530"):
        send()
    assert (only(mailing).state, only(mailing).attempts) == ("waiting", 0)


@pytest.mark.parametrize(
    "address", ["a@b@example.org", "a\r\nRCPT TO:<x@example.org>", "ä@example.org", "nobody", ""]
)
def test_an_address_that_cannot_be_one_fails_and_the_others_go_on(server, address):
    mailing = mailing_to(address, B)
    send()
    assert server.recipients == [B]
    assert states(mailing) == {address: "failed", B: "sent"}


def test_a_domain_with_an_umlaut_is_sent_as_the_wire_needs_it(server):
    mailing_to("a@müller.example")
    send()
    assert server.recipients == ["a@xn--mller-kva.example"]


def test_a_mail_that_cannot_be_composed_fails_nobody(server, monkeypatch):
    def broken(edition):
        raise LookupError

    monkeypatch.setattr("newsletter.mailing.sender.EditionMail.of", broken)
    mailing = mailing_to(A)
    with pytest.raises(CommandError, match="could not be composed: LookupError"):
        send()
    assert (only(mailing).state, only(mailing).attempts) == ("waiting", 0)


# --- senders that died, or seemed to have ---


def claimed_by(number):
    mailing = mailing_to(A)
    return mailing, Delivery.objects.claim(number)


def test_the_claim_of_a_dead_sender_is_uncertain(server):
    mailing, _ = claimed_by(7)
    send()
    assert (server.mails, states(mailing)) == ([], {A: "uncertain"})


def test_the_claim_of_a_living_sender_is_its_own(server):
    mailing, _ = claimed_by(7)
    hold_sender_lock(7)
    send()
    assert (server.mails, states(mailing)) == ([], {A: "claimed"})
    let_go_sender_lock(7)


def test_a_sender_that_comes_back_says_what_really_happened(server):
    mailing, claim = claimed_by(7)
    Delivery.objects.tidy()
    assert states(mailing) == {A: "uncertain"}
    Delivery.objects.record(claim, Result("sent", 250))
    assert states(mailing) == {A: "sent"}
    Delivery.objects.record(claim, Result("failed", 550))
    assert states(mailing) == {A: "sent"}, "it is recorded once"


def test_a_sender_does_not_speak_about_a_later_claim():
    mailing, claim = claimed_by(7)
    Delivery.objects.tidy()
    assert mailing.deliveries.all().send_again() == 1
    Delivery.objects.claim(8)
    Delivery.objects.record(claim, Result("sent", 250))
    assert states(mailing) == {A: "claimed"}


def test_a_sender_gives_back_claims_that_it_never_heard_of():
    mailing, _ = claimed_by(7)
    Delivery.objects.release_all_of(7, but=None)
    assert (only(mailing).state, only(mailing).attempts) == ("waiting", 0)


# --- the rate ---


def test_all_senders_together_keep_to_the_rate():
    mailing_to(A, B)
    assert Delivery.objects.seconds_until_allowed(60) == 0
    Delivery.objects.claim(7)
    assert 0.5 < Delivery.objects.seconds_until_allowed(60) <= 1
    assert 59 < Delivery.objects.seconds_until_allowed(1) <= 60
    assert Delivery.objects.seconds_until_allowed(0) == 0


def test_with_a_rate_everybody_gets_it_too(server, settings):
    settings.MAIL_RATE = 6000
    mailing = mailing_to(A, B, C)
    send()
    assert server.recipients == [A, B, C]
    assert counts(mailing) == {"sent": 3}


# --- who is suspended ---


def fail_of(address, *answers, server):
    """Send an edition for each answer."""
    for number, answer in enumerate(answers):
        server.answer(rcpt=answer)
        mailing_to(*([address] if not number else []))
        send()


@pytest.mark.parametrize(
    ("answers", "suspended"),
    [
        (["550 5.1.1 unknown"] * 3, True),
        (["550 5.1.1 unknown", "552 full", "550 unknown"], True),
        (["550 5.1.1 unknown"] * 2, False),
        (["550 5.1.1 unknown", "550 5.1.1 unknown", None, "550 5.1.1 unknown"], False),
        (["550 5.7.1 we do not like you"] * 3, False),
    ],
)
def test_an_address_that_fails_three_editions_in_a_row_is_suspended(server, answers, suspended):
    fail_of(A, *answers, server=server)
    assert bool(Subscriber.objects.get().suspended_at) == suspended


# --- what an editor decides ---


def test_an_editor_sends_again_or_takes_as_sent_what_is_uncertain(server):
    server.answer(data=CUT)
    mailing = mailing_to(A, B)
    send()
    server.answer()
    assert mailing.deliveries.filter(subscriber__address=A).send_again() == 1
    assert mailing.deliveries.filter(subscriber__address=B).take_as_sent() == 1
    send()
    assert server.recipients == [A, B, A]
    assert counts(mailing) == {"sent": 2}


def test_what_has_failed_is_sent_again_but_never_taken_as_sent(server):
    server.answer(rcpt="550 unknown")
    mailing = mailing_to(A)
    send()
    server.answer()
    assert mailing.deliveries.all().take_as_sent() == 0
    assert mailing.deliveries.all().send_again() == 1
    send()
    assert server.recipients == [A]


def test_nothing_of_a_cancelled_mailing_is_sent_again(server):
    server.answer(data=CUT)
    mailing = mailing_to(A)
    send()
    mailing.cancel()
    assert mailing.deliveries.all().send_again() == 0


def test_senders_that_live_are_counted():
    assert count_living_senders() == 0
    hold_sender_lock(7)
    assert count_living_senders() == 1
    let_go_sender_lock(7)


def test_the_sender_says_how_much_it_did(server, capsys):
    mailing_to(A)
    call_command("send_mail", once=True)
    assert capsys.readouterr().out == "1 E-Mail gesendet.\n"
