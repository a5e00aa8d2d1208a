"""Two requests truly at the same moment, each on a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from newsletter.models import RequestCount, Subscriber, SubscriptionRequest
from newsletter.subscription import limits

from .journeys import hour_later

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*actions) -> list:
    """What they return; all begin together."""
    barrier = Barrier(len(actions))

    def run(action):
        try:
            barrier.wait(timeout=30)
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_two_links_to_an_address_make_one_subscription(visitor):
    for number in range(5):
        address = f"name{number}@example.org"
        visitor.subscribe(address)
        hour_later()
        visitor.subscribe(address)
        links = [visitor.link(-2), visitor.link(-1)]
        answers = at_once(*(lambda link=link: Client().post(link) for link in links))
        assert {answer.status_code for answer in answers} <= {200, 302}
        assert Subscriber.objects.with_address(address).count() == 1
    assert not SubscriptionRequest.objects.filter(confirmed_at=None).exists()


def test_leaving_and_confirming_a_new_address_do_not_wait_for_each_other(visitor):
    for _ in range(5):
        one = Subscriber.objects.create(address="alt@example.org")
        RequestCount.objects.all().delete()
        visitor.browser.post(
            f"/abonnement/verwalten/{one.token}/", {"action": "address", "address": "neu@example.org"}
        )
        link = visitor.link()
        answers = at_once(
            lambda link=link: Client().post(link),
            lambda token=one.token: Client().post(f"/abonnement/abmelden/{token}/"),
        )
        assert {answer.status_code for answer in answers} <= {302, 404, 410}
        Subscriber.objects.all().delete()


def test_of_two_requests_for_an_address_one_counts_as_the_first():
    assert sorted(at_once(*[lambda: limits.is_first_of_hour("name@example.org")] * 4)) == [False] * 3 + [True]
