"""What visitors ask for by an address: each is answered by a mail, whether the address is known or not.

For both the same is done, and the same is said, so that nobody learns from it who has subscribed: the network is
counted, the mail server is asked, the address is looked up, a request is kept, and a mail is sent.
"""

from django.db import transaction
from django.utils import timezone

from newsletter.models import ConsentText, Subscriber, SubscriptionRequest
from newsletter.models.subscribers import digest_of, new_token

from . import limits, mails
from .links import absolute

Kind = SubscriptionRequest.Kind


def ask_to_subscribe(request, address: str, consent: ConsentText) -> None:
    """Raises TooManyRequests or CannotSend; nothing is kept then, and it can be tried again."""

    def write():
        known = Subscriber.objects.with_address(address).first()
        if known and not known.suspended_at:
            return _mail(request, "already", Kind.MANAGE, known.address, known)
        return _mail(request, "confirm", Kind.SUBSCRIBE, address, consent=consent)

    _answer(request, address, write)


def ask_to_manage(request, address: str) -> None:
    """As `ask_to_subscribe`. Of an unknown address nothing is kept but that somebody has asked."""

    def write():
        known = Subscriber.objects.with_address(address).first()
        if known:
            return _mail(request, "manage", Kind.MANAGE, known.address, known)
        return _mail(request, "unknown", Kind.MANAGE, address)

    _answer(request, address, write)


def ask_for_new_address(request, address: str, subscriber: Subscriber) -> None:
    """As `ask_to_subscribe`; the subscription moves to the address once that is confirmed."""

    def write():
        known = Subscriber.objects.with_address(address).first()
        if known and not known.suspended_at:
            return _mail(request, "already", Kind.MANAGE, known.address, known)
        return _mail(
            request, "new_address", Kind.NEW_ADDRESS, address, subscriber, ConsentText.objects.current()
        )

    _answer(request, address, write)


def _answer(request, address: str, write) -> None:
    limits.check(request)
    kept = []

    @transaction.atomic
    def write_once():
        if not limits.is_first_of_hour(address):
            return None
        message, pending = write()
        kept.append(pending)
        return message

    try:
        mails.send(write_once)
    except mails.CannotSend:
        if kept:
            kept[0].delete()
            limits.not_sent(address)
        raise


LINKS = {Kind.SUBSCRIBE: "confirm", Kind.NEW_ADDRESS: "confirm", Kind.MANAGE: "manage"}


def _mail(
    request,
    name: str,
    kind: Kind,
    address: str,
    subscriber: Subscriber | None = None,
    consent: ConsentText | None = None,
):
    """The mail and the request whose link it holds."""
    token = new_token()
    nobody = kind == Kind.MANAGE and subscriber is None
    pending = SubscriptionRequest.objects.create(
        kind=kind,
        address="" if nobody else address,
        digest=digest_of(token),
        requested_at=timezone.now(),
        subscriber=subscriber,
        consent=consent,
    )
    context = {
        "link": absolute(LINKS[kind], token),
        "subscribe": absolute("subscribe"),
        "change": absolute("change"),
    }
    return mails.compose(request, name, address, **context), pending
