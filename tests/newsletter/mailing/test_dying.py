"""Senders as processes: several at once, killed, told to stop, and without a database for a while."""

import os
import signal
import threading
import time
from collections import Counter

import psycopg
import pytest
from django.db import connection

from newsletter.mailing.outbox import count_living_senders
from newsletter.models import Delivery, Subscriber

from .mailings import counts, mailing_to
from .processes import Nursery, environment, running_sender
from .server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
KILLS, MAILS = 20, 1000
PATIENCE = 60
SECONDS_WITHOUT_DATABASE = 10


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


def mailing_to_many(number):
    Subscriber.objects.bulk_create(Subscriber(address=f"{n}@example.org") for n in range(number))
    return mailing_to()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_twenty_times_nobody_is_missing_nobody_gets_it_twice_and_each_kill_leaves_one_open(server):
    mailing = mailing_to_many(MAILS)
    nursery = Nursery(server)
    asked, left = Counter(), KILLS

    def kill_at_times(step, recipient):
        nonlocal left
        asked[step] += 1
        # Alternately before the content, after it, and at the beginning of the next mail.
        wanted = "data" if left % 2 else "rcpt"
        if left and step == wanted and asked[step] > (KILLS - left + 1) * MAILS // (KILLS + 1):
            left -= 1
            os.kill(nursery.child, signal.SIGKILL)
        return None

    server.rule = kill_at_times
    ends = Counter()
    while not ends[0]:
        ends[nursery.send()] += 1
    nursery.close()
    assert ends == {-signal.SIGKILL: KILLS, 0: 1}
    received, found = Counter(server.recipients), counts(mailing)
    assert max(received.values()) == 1
    assert found.keys() <= {"sent", "uncertain"}
    assert sum(found.values()) == MAILS
    assert found["uncertain"] <= KILLS
    sent = mailing.deliveries.filter(state="sent").values_list("subscriber__address", flat=True)
    assert set(sent) <= received.keys()


def test_several_senders_share_the_outbox_and_one_server(server):
    mailing = mailing_to_many(60)
    with running_sender(server, "--once") as one, running_sender(server, "--once") as other:
        errors = [process.communicate(timeout=PATIENCE)[1] for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], errors
    assert sorted(Counter(server.recipients).values()) == [1] * 60
    assert counts(mailing) == {"sent": 60}


def test_sigterm_ends_a_sender_after_the_current_mail(server):
    mailing = mailing_to_many(50)
    reached, go_on = threading.Event(), threading.Event()

    def hold(step, recipient):
        if step == "data" and len(server.mails) == 2:
            reached.set()
            go_on.wait(PATIENCE)
        return None

    server.rule = hold
    with running_sender(server) as process:
        assert reached.wait(PATIENCE)
        process.terminate()
        go_on.set()
        assert process.wait(PATIENCE) == 0
    assert (len(server.mails), counts(mailing)) == (3, {"sent": 3, "waiting": 47})
    assert count_living_senders() == 0


def test_a_sender_goes_on_after_the_database_was_gone_and_knows_what_it_has_sent(server):
    mailing = mailing_to_many(6)
    admin = psycopg.connect(
        environment(server)["DATABASE_URL"].rpartition("/")[0] + "/postgres", autocommit=True
    )
    name = connection.settings_dict["NAME"]

    def lose_the_database(step, recipient):
        if step == "data" and len(server.mails) == 2:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )
        return None

    connection.close()
    with admin, running_sender(server):
        server.rule = lose_the_database
        wait_until(lambda: len(server.mails) == 3)
        time.sleep(SECONDS_WITHOUT_DATABASE)
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_until(lambda: Delivery.objects.filter(state="sent").count() == 6)
    assert sorted(Counter(server.recipients).values()) == [1] * 6
    assert counts(mailing) == {"sent": 6}
