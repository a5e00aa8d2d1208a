"""Mailings for tests, and what has become of them."""

from collections import Counter

from django.core.management import call_command
from django.utils import timezone

from newsletter.models import Delivery, Mailing, Subscriber
from tests.factories import ArticleFactory, BlockFactory, EditionFactory, publish


def published_edition(**fields):
    edition = EditionFactory(**fields)
    BlockFactory(rubric__edition=edition, article=ArticleFactory(edition=edition, title="Neues"))
    publish(edition)
    return edition


def mailing_to(*addresses: str, **fields) -> Mailing:
    """A mailing of an edition that is published, to these and to whoever else has subscribed."""
    for address in addresses:
        Subscriber.objects.create(address=address)
    mailing, _ = Mailing.objects.start(published_edition(**fields), None)
    return mailing


def send():
    """Let a sender do all that is to do now."""
    call_command("send_mail", once=True, verbosity=0)


def states(mailing) -> dict[str, str | None]:
    """The state of each delivery, by address."""
    found = mailing.deliveries.values_list("subscriber__address", "state")
    return dict(found)


def counts(mailing) -> dict[str, int]:
    return dict(Counter(mailing.deliveries.values_list("state", flat=True)))


def make_due(mailing) -> None:
    """As if the time to try again had come."""
    mailing.deliveries.filter(state="waiting").update(not_before=timezone.now())


def only(mailing) -> Delivery:
    return mailing.deliveries.select_related("subscriber").get()
