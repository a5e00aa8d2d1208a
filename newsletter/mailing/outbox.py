"""The outbox: which edition goes to whom, and how far that is. What senders share is settled here, in the database.

A claim is committed before a mail is handed over. Whoever finds a claim without its sender cannot know whether the mail
has left, so it becomes uncertain and only an editor decides. That a sender lives is told by a lock that its session of
the database holds.
"""

import datetime
import functools
import random
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count, F, Func, Max, Min, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils import timezone

# The first number of PostgreSQL's advisory locks of two numbers; the second one is the sender's.
SENDER_LOCKS = 0x6D61696C
RATE_LOCK = 0x72617465

# After each failed attempt twice as long, with jitter: about seven hours in all.
FIRST_DELAY = datetime.timedelta(minutes=1)
LONGEST_DELAY = datetime.timedelta(hours=1)
MOST_ATTEMPTS = 12

FAILURES_IN_A_ROW = 3
RATE_SPAN = datetime.timedelta(minutes=5)

LIVING_SENDERS = """
    SELECT objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class ClockTimestamp(Func):
    """The time of the database at this moment, not of the transaction's start."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()


@dataclass(frozen=True)
class Result:
    """What came of one attempt: a state of `Delivery`, and what the server said, without its free text."""

    state: str
    code: int | None = None
    status: str = ""
    message_id: str = ""


def delay_after(attempts: int) -> datetime.timedelta:
    """How long to wait after so many failed attempts."""
    delay = min(FIRST_DELAY * 2 ** min(attempts - 1, 10), LONGEST_DELAY)
    return delay * random.uniform(0.75, 1.25)


def count_living_senders() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({LIVING_SENDERS}) AS living", [SENDER_LOCKS])
        return cursor.fetchone()[0]


def hold_sender_lock(number: int) -> None:
    """Tell all others that the sender of this number lives, as long as this session of the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [SENDER_LOCKS, number])


def let_go_sender_lock(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SENDER_LOCKS, number])


def _in_state(state: str) -> Count:
    return Count("deliveries", filter=Q(deliveries__state=state))


@functools.cache
def _claim_statement(model) -> tuple[str, tuple]:
    """Claims the first that is due and that nobody else is claiming; made once, since every mail needs it.

    It looks for it in one mailing after the other, each by its index in the order of sending: joined with all their
    mailings, the thousands that wait would be read and sorted again for each mail.
    """
    mailing = model._meta.get_field("mailing").related_model
    subscriber = model._meta.get_field("subscriber").related_model
    going, params = mailing.objects.going().order_by("send_at", "pk").values("pk").query.sql_with_params()
    columns = [
        f"{alias}.{field.column}"
        for alias, owner in (("claimed", model), ("subscriber", subscriber))
        for field in owner._meta.concrete_fields
    ]
    statement = f"""claimed AS (UPDATE {model._meta.db_table}
        SET state = 'claimed', claimed_by = %s, claimed_at = clock_timestamp(), attempts = attempts + 1
        WHERE id = (
            SELECT first.id FROM ({going} OFFSET 0) AS going (id) CROSS JOIN LATERAL (
                SELECT id FROM {model._meta.db_table}
                WHERE mailing_id = going.id AND state = 'waiting' AND not_before <= statement_timestamp()
                    AND subscriber_id IS NOT NULL
                ORDER BY not_before, id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) AS first LIMIT 1
        ) RETURNING *)
        SELECT {", ".join(columns)} FROM claimed
        JOIN {subscriber._meta.db_table} subscriber ON subscriber.id = claimed.subscriber_id"""
    return statement, params


def _names(model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class MailingQuerySet(models.QuerySet):
    @transaction.atomic
    def start(self, edition, user, send_at=None):
        """Send an edition to all who receive the newsletter now; (mailing, how many that are)."""
        mailing = self.create(edition=edition, started_by=user, send_at=send_at or timezone.now())
        delivery = self.model._meta.get_field("deliveries").related_model
        return mailing, delivery.objects.enter(mailing)

    def going(self):
        """Those of which something may be sent."""
        return self.filter(state="running", edition__publication__withdrawal=None)

    def with_progress(self):
        """Adds the number of deliveries by state, of the `postponed` ones, and what the rate follows from."""
        recent = Q(deliveries__state="sent", deliveries__finished_at__gt=Now() - RATE_SPAN)
        return self.annotate(
            total=Count("deliveries"),
            waiting=_in_state("waiting"),
            claimed=_in_state("claimed"),
            sent=_in_state("sent"),
            failed=_in_state("failed"),
            uncertain=_in_state("uncertain"),
            cancelled=_in_state("cancelled"),
            postponed=Count("deliveries", Q(deliveries__state="waiting", deliveries__attempts__gt=0)),
            recently_sent=Count("deliveries", recent),
            recently_since=Min("deliveries__finished_at", filter=recent),
            last_sent_at=Max("deliveries__finished_at", filter=Q(deliveries__state="sent")),
        )


class DeliveryQuerySet(models.QuerySet):
    def _subscribers(self):
        return self.model._meta.get_field("subscriber").related_model.objects

    def _mailings(self):
        return self.model._meta.get_field("mailing").related_model.objects

    # --- entering ---

    def receivers(self):
        """The subscribers that a mailing started now would go to."""
        return self._subscribers().filter(suspended_at=None)

    def enter(self, mailing) -> int:
        """A row for each receiver, in one statement whatever their number; how many."""
        receivers, params = self.receivers().order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {self.model._meta.db_table}
                    (mailing_id, subscriber_id, state, attempts, not_before, status, message_id)
                    SELECT %s, receivers.id, 'waiting', 0, %s, '', '' FROM ({receivers}) AS receivers (id)""",
                [mailing.pk, mailing.send_at, *params],
            )
            return cursor.rowcount

    # --- sending ---

    def due(self):
        """What may be sent now."""
        return self.filter(
            state="waiting",
            not_before__lte=Now(),
            subscriber__isnull=False,
            mailing__in=self._mailings().going(),
        )

    def seconds_until_allowed(self, rate: int) -> float:
        """How long the next mail must wait, so that all senders together send no more than `rate` a minute.

        The newest claim of all tells when the last mail went. Until the transaction ends nobody else asks. 0: no limit.
        """
        if not rate:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [RATE_LOCK])
        last = self.aggregate(last=Max("claimed_at"))["last"]
        if last is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp() - %s)", [last])
            passed = float(cursor.fetchone()[0])
        return max(0, 60 / rate - passed)

    def claim(self, sender: int):
        """Take one that is due, with its subscriber, or None; the claim holds once the transaction is committed."""
        claim, params = _claim_statement(self.model)
        return self._claimed(f"WITH {claim}", [sender, *params])

    def record_sent_and_claim(self, delivery, result: Result, sender: int):
        """Both in one statement, which is a transaction of its own: what nearly every mail of a long list needs."""
        claim, params = _claim_statement(self.model)
        record = f"""recorded AS (UPDATE {self.model._meta.db_table}
            SET state = 'sent', code = %s, status = %s, message_id = %s, finished_at = clock_timestamp(),
                claimed_by = NULL
            WHERE id = %s AND claimed_by = %s AND claimed_at = %s)"""
        written = [result.code, result.status, result.message_id]
        mine = [delivery.pk, delivery.claimed_by, delivery.claimed_at]
        return self._claimed(f"WITH {record}, {claim}", [*written, *mine, sender, *params])

    def _claimed(self, statement: str, params: list):
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            row = cursor.fetchone()
        if row is None:
            return None
        names, others = (_names(model) for model in (self.model, self._subscribers().model))
        delivery: Any = self.model.from_db(self.db, names, row[: len(names)])
        delivery.subscriber = self._subscribers().model.from_db(self.db, others, row[len(names) :])
        return delivery

    def record(self, delivery, result: Result) -> None:
        """Keep what came of a claim. Does nothing the second time, so that it may be repeated after a lost connection.

        It also counts for a claim that others have meanwhile taken for one of a dead sender.
        """
        state, next_attempt = result.state, {}
        if state == "waiting":
            if delivery.attempts >= MOST_ATTEMPTS:
                state = "failed"
            else:
                next_attempt = {"not_before": ClockTimestamp() + delay_after(delivery.attempts)}
        mine = self.filter(pk=delivery.pk, claimed_by=delivery.claimed_by, claimed_at=delivery.claimed_at)
        written = mine.update(
            state=state,
            code=result.code,
            status=result.status,
            message_id=result.message_id,
            finished_at=ClockTimestamp() if state in ("sent", "failed") else None,
            claimed_by=None,
            **next_attempt,
        )
        if written and state == "failed":
            self.suspend(delivery.subscriber_id)

    def release(self, delivery) -> None:
        """Give a claim back as if it had never been: nothing was tried."""
        self.filter(
            pk=delivery.pk, claimed_by=delivery.claimed_by, claimed_at=delivery.claimed_at
        )._give_back()

    def release_all_of(self, sender: int, but) -> None:
        """Give back the claims of a sender that it knows nothing about, since their commit got no answer."""
        forgotten = self.filter(claimed_by=sender, state__in=["claimed", "uncertain"])
        (forgotten.exclude(pk=but.pk) if but else forgotten)._give_back()

    def _give_back(self):
        self.update(state="waiting", claimed_by=None, attempts=F("attempts") - 1, finished_at=None)

    def tidy(self) -> None:
        """Claims of dead senders become uncertain, and nothing waits for a mailing that goes no further."""
        living = RawSQL(LIVING_SENDERS, [SENDER_LOCKS])
        self.filter(state="claimed").exclude(claimed_by__in=living).update(state="uncertain")
        ended = Q(mailing__state="cancelled") | Q(mailing__edition__publication__withdrawal__isnull=False)
        for_nobody = self.filter(ended | Q(subscriber=None), state="waiting").values("pk")
        self.filter(pk__in=for_nobody, state="waiting").update(state="cancelled", finished_at=Now())

    def suspend(self, subscriber) -> None:
        """Suspend a subscriber whose last editions have all failed for good.

        Only what a server has said counts, and not that it refuses us or the content (5.7): that is no matter of the
        address.
        """
        if subscriber is None:
            return
        told = Q(state="sent") | Q(state="failed") & ~Q(code=None, status="") & ~Q(status__startswith="5.7.")
        last = self.filter(told, subscriber=subscriber).order_by("-mailing__started_at")
        states = list(last.values_list("state", flat=True)[:FAILURES_IN_A_ROW])
        if states == ["failed"] * FAILURES_IN_A_ROW:
            self._subscribers().filter(pk=subscriber, suspended_at=None).update(suspended_at=Now())

    # --- what editors decide, and what comes back ---

    def to_decide(self):
        """Those that an editor may decide about, with their addresses; uncertain ones first."""
        return (
            self.filter(state__in=["uncertain", "failed"])
            .select_related("subscriber", "mailing")
            .order_by(models.Case(models.When(state="uncertain", then=0), default=1), "pk")
        )

    def send_again(self) -> int:
        """Put those that are uncertain or failed back into the outbox, as if for the first time; how many."""
        again = self.filter(
            state__in=["uncertain", "failed"],
            subscriber__isnull=False,
            mailing__state__in=["running", "paused"],
            mailing__edition__publication__withdrawal=None,
        )
        return self.filter(pk__in=again.values("pk"), state__in=["uncertain", "failed"]).update(
            state="waiting", not_before=Now(), attempts=0, finished_at=None, code=None, status=""
        )

    def take_as_sent(self) -> int:
        """Take those that are uncertain as delivered; how many."""
        return self.filter(state="uncertain").update(state="sent", finished_at=Now())

    def returned(self, message_id: str, status: str) -> bool:
        """Note that a mail came back for good; False where it is none of ours or nothing new."""
        came_back: Any = self.filter(message_id=message_id, state__in=["sent", "uncertain"]).first()
        if not message_id or came_back is None:
            return False
        self.filter(pk=came_back.pk).update(state="failed", code=None, status=status, finished_at=Now())
        self.suspend(came_back.subscriber_id)
        return True
