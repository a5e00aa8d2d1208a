from functools import wraps

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletter.models import Subscriber, SubscriptionRequest

from .exchange import held_data, in_words
from .forms import ELSEWHERE, ChangeForm, NewAddressForm, SubscribeForm, is_from_here
from .limits import TooManyRequests
from .mails import CannotSend
from .requests import Kind, ask_for_new_address, ask_to_manage, ask_to_subscribe

NOT_SENT = (
    "Die E-Mail konnte gerade nicht gesendet werden. Bitte prüfen Sie die Adresse und versuchen Sie es in einigen "
    "Minuten noch einmal."
)


def takes_forms(view):
    """A page that is read and to which its form is sent; without the cookie of Django's own protection of forms."""
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(view))


def hides_token(view):
    """The address of the page is a secret: no Referer, no cache and no search engine may keep it."""

    @wraps(view)
    def answer(*args, **kwargs):
        response = view(*args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return answer


# --- asking for a mail -------------------------------------------------------------------------


@takes_forms
@never_cache
def subscribe(request):
    """The sign-up form; what happens then is the same for every address."""
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    return _answer(
        request, form, lambda address: ask_to_subscribe(request, address, form.consent), "subscribe.html"
    )


@takes_forms
@never_cache
def change(request):
    """Asks for the address, and mails a link to the page where a subscription is changed or ended."""
    form = ChangeForm(request.POST if request.method == "POST" else None)
    return _answer(request, form, lambda address: ask_to_manage(request, address), "change.html")


def _answer(request, form, ask, template):
    status = 200
    if form.is_bound and not is_from_here(request):
        form.add_error(None, ELSEWHERE)
        status = 403
    if form.is_bound and form.is_valid():
        status = _asked(form, ask)
        if status == 200:
            return redirect("subscription:sent")
    return render(request, f"newsletter/subscription/{template}", {"form": form}, status=status)


def _asked(form, ask) -> int:
    """The status of the answer; what kept the mail from being sent stands in the form."""
    try:
        ask(form.cleaned_data["address"])
    except TooManyRequests as reason:
        form.add_error(None, str(reason))
        return 429
    except CannotSend:
        form.add_error(None, NOT_SENT)
        return 503
    return 200


@require_safe
def said(request, what):
    """What has happened, after a form was sent."""
    response = render(request, f"newsletter/subscription/{what}.html")
    response["X-Robots-Tag"] = "noindex"
    return response


# --- links that were mailed --------------------------------------------------------------------


def _no_such_link(request):
    return render(request, "newsletter/subscription/link_unknown.html", status=404)


@takes_forms
@hides_token
def confirm(request, token):
    """Shows a button, as programs that scan mails follow links; only pressing it confirms."""
    pending = SubscriptionRequest.objects.with_token(token, Kind.SUBSCRIBE, Kind.NEW_ADDRESS)
    if pending is None:
        return _no_such_link(request)
    if pending.confirmed_at:
        return render(request, "newsletter/subscription/link_done.html", {"pending": pending})
    if pending.is_expired:
        return render(request, "newsletter/subscription/link_expired.html", {"pending": pending}, status=410)
    if request.method == "POST":
        if not pending.confirm():  # somebody was faster; the page says how it is now
            return redirect(request.path)
        return redirect(
            "subscription:moved" if pending.kind == Kind.NEW_ADDRESS else "subscription:confirmed"
        )
    return render(request, "newsletter/subscription/confirm.html", {"pending": pending})


def of_subscriber(view):
    """The view of a subscriber, by the token of every mail or that of a link that was asked for."""

    @wraps(view)
    def answer(request, token):
        subscriber = Subscriber.objects.with_proof().filter(token=token).first()
        if subscriber:
            return view(request, subscriber)
        asked = SubscriptionRequest.objects.with_token(token, Kind.MANAGE)
        if asked is None or asked.subscriber is None:
            return _no_such_link(request)
        if asked.is_expired:
            return render(
                request, "newsletter/subscription/link_expired.html", {"pending": asked}, status=410
            )
        return view(request, Subscriber.objects.with_proof().get(pk=asked.subscriber_id))

    return answer


@takes_forms
@hides_token
@of_subscriber
def manage(request, subscriber):
    """All that is held of a subscriber, and what can be done with it."""
    status, form = 200, NewAddressForm(subscriber=subscriber)
    match request.POST.get("action") if request.method == "POST" else None:
        case "delete":
            Subscriber.objects.filter(pk=subscriber.pk).leave()
            return redirect("subscription:left")
        case "revoke":
            subscriber.revoke_links()
            return redirect("subscription:revoked")
        case "resume":
            Subscriber.objects.filter(pk=subscriber.pk).update(suspended_at=None)
            return redirect(request.path)
        case "address":
            form = NewAddressForm(request.POST, subscriber=subscriber)
            if form.is_valid():
                status = _asked(form, lambda address: ask_for_new_address(request, address, subscriber))
                if status == 200:
                    return redirect("subscription:sent")
    context = {
        "subscriber": subscriber,
        "data": [(label, in_words(value)) for label, value in held_data(subscriber)],
        "download": f"{request.path}daten.json",
        "form": form,
    }
    return render(request, "newsletter/subscription/manage.html", context, status=status)


@require_safe
@hides_token
@of_subscriber
def download(request, subscriber):
    """All that is held, for keeping or for another program (GDPR, article 20)."""
    answer = JsonResponse(dict(held_data(subscriber)), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="abonnement.json"'
    return answer


@takes_forms
@hides_token
def leave(request, token):
    """RFC 8058: a POST ends the subscription, of whatever mail program it comes; a GET only shows the button."""
    if request.method != "POST":
        subscriber = Subscriber.objects.filter(token=token).first()
        if subscriber is None:
            return _has_left(request)
        return render(request, "newsletter/subscription/leave.html", {"subscriber": subscriber})
    if not Subscriber.objects.filter(token=token).leave():
        return _has_left(request)
    if request.POST.get("List-Unsubscribe") == "One-Click":  # section 3.1: no redirect
        return render(request, "newsletter/subscription/left.html")
    return redirect("subscription:left")


def _has_left(request):
    return render(request, "newsletter/subscription/link_left.html", status=410)
