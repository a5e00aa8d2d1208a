"""A sender: claims what is due, one mail at a time, hands it over and records what came of it, until it is stopped."""

import logging
import random
import secrets
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from ..models import Delivery, Edition
from .message import EditionMail
from .outbox import Result, hold_sender_lock, let_go_sender_lock
from .smtp import NotNow, post_office

logger = logging.getLogger(__name__)

SECONDS_IDLE = 3
SECONDS_BETWEEN_TIDYING = 30
LONGEST_SLEEP = 0.5  # that soon a signal is noticed
PAUSES = [1, 2, 5, 10, 20, 60]  # seconds, with each fault in a row of the database or the mail server
FAULTS_BEFORE_THE_END = 15  # of the database in a row, for a sender that is to end


class Sender:
    """One of any number; with `once` it ends when nothing is due."""

    def __init__(self, *, once: bool = False):
        self.once = once
        self.stopping = False
        self.sent = 0
        self.number = secrets.randbelow(2**31 - 1) + 1
        self._post = post_office()
        self._session: object = None  # of the database: the one that holds the lock
        self._done: tuple[Delivery, Result] | None = None  # handed over and not yet recorded
        self._mail: tuple[int, EditionMail] | None = None
        self._tidied_at = float("-inf")
        self._faults = 0

    def stop(self, *_) -> None:
        """End after the mail that is being handed over; fit as a handler of signals."""
        self.stopping = True

    def run(self) -> None:
        """Raises `NotNow` with `once`, where something is due and nothing can be sent."""
        try:
            while (pause := self._survive()) is not None:
                self._sleep(pause)
        finally:
            self._post.close()
            self._sign_out()

    def _survive(self) -> float | None:
        """A step; how long to wait then, or None for the end. Database and mail server may be gone for a while."""
        try:
            return self._step()
        except NotNow as fault:
            if self.once:
                raise
            logger.warning("Nothing is sent for now: %s.", fault)
        except (OperationalError, InterfaceError) as fault:
            logger.warning("The database is not there: %s.", type(fault).__name__)
            self._forget_connection()
            if self.stopping and self._done is None:
                return None
            if (self.once or self.stopping) and self._faults >= FAULTS_BEFORE_THE_END:
                raise
        self._faults += 1
        return PAUSES[min(self._faults, len(PAUSES)) - 1] * random.uniform(0.75, 1.25)

    def _step(self) -> float | None:
        """Record the last mail and hand over the next one."""
        self._sign_in()
        self._tidy()
        delivery, wait = self._record_and_claim()
        if self.stopping:
            return None
        if delivery:
            self._hand_over(delivery)
            return 0
        if wait:
            return wait
        if not self._post.is_open and Delivery.objects.due().exists():
            self._post.open()
            return 0
        return self._rest()

    def _record_and_claim(self) -> tuple[Delivery | None, float]:
        """The next one, or how long to wait for it. It is committed as ours before anything is handed over."""
        delivery, wait = None, 0.0
        if self._done and self._goes_on_at_once():
            delivery = Delivery.objects.record_sent_and_claim(*self._done, self.number)
            self._done = None
            return delivery, wait
        with transaction.atomic(durable=True):
            if self._done:
                Delivery.objects.record(*self._done)
            if self._post.is_open and not self.stopping:
                wait = Delivery.objects.seconds_until_allowed(settings.MAIL_RATE)
                delivery = None if wait else Delivery.objects.claim(self.number)
        self._done = None
        return delivery, wait

    def _goes_on_at_once(self) -> bool:
        """Nothing but the next mail is to think of after the last one."""
        sent = self._done is not None and self._done[1].state == Delivery.State.SENT
        return sent and not settings.MAIL_RATE and self._post.is_open and not self.stopping

    def _hand_over(self, delivery: Delivery) -> None:
        try:
            result = self._post.deliver(self._mail_of(delivery.mailing_id), delivery.subscriber)
        except NotNow:
            Delivery.objects.release(delivery)
            raise
        self._done = (delivery, result)
        self.sent += result.state == Delivery.State.SENT
        self._faults = 0

    def _mail_of(self, mailing: int) -> EditionMail:
        """That of the mailing of this number, composed when its first mail is sent."""
        if self._mail is None or self._mail[0] != mailing:
            try:
                self._mail = mailing, EditionMail.of(Edition.objects.get(mailing=mailing))
            except DatabaseError:
                raise
            except Exception as error:  # no fault of any address: the mailing waits until it is mended
                logger.exception("The mail of an edition could not be composed.")
                raise NotNow(f"the mail could not be composed: {type(error).__name__}") from None
        return self._mail[1]

    def _rest(self) -> float | None:
        self._post.close()
        self._mail = None  # the next mailing shows what the edition says then
        self._faults = 0
        return None if self.once else SECONDS_IDLE

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LONGEST_SLEEP))

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at >= SECONDS_BETWEEN_TIDYING:
            Delivery.objects.tidy()
            self._tidied_at = time.monotonic()

    # --- the session of the database ---

    def _sign_in(self) -> None:
        """With each new session: take the lock, and give back claims whose commit was not heard of any more."""
        connection.ensure_connection()
        if connection.connection is not self._session:
            hold_sender_lock(self.number)
            Delivery.objects.release_all_of(self.number, but=self._done and self._done[0])
            self._session = connection.connection

    def _sign_out(self) -> None:
        if connection.connection is not None and connection.connection is self._session:
            try:
                let_go_sender_lock(self.number)
            except DatabaseError:
                self._forget_connection()  # the lock has gone with the session

    def _forget_connection(self) -> None:
        self._session = None
        try:
            connection.close()
        except DatabaseError as error:
            logger.warning("A connection could not be closed: %s.", type(error).__name__)
