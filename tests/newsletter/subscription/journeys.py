"""What visitors do to subscribe, change and leave; forms are sent as a browser sends them."""

import datetime
import re

from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletter.models import RequestCount

FROM_HERE = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}


def fields_of(response) -> dict[str, str]:
    """Names and values of all inputs of a page, those of the search aside."""
    inputs = re.findall(r"<input\b[^>]*>", response.content.decode())
    found = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in inputs]
    return {one["name"]: one.get("value", "") for one in found if one["name"] != "q"}


class Visitor:
    def __init__(self, mailbox):
        self.mailbox = mailbox
        self.browser = Client()

    def send(self, path: str, headers=FROM_HERE, browser=None, **values):
        """Open a form, fill it in and send it."""
        browser = browser or self.browser
        return browser.post(path, {**fields_of(browser.get(path)), **values}, headers=headers)

    def subscribe(self, address="name@example.org", **kwargs):
        return self.send("/abonnement/", address=address, **kwargs)

    def ask_to_manage(self, address="name@example.org", **kwargs):
        return self.send("/abonnement/aendern/", address=address, **kwargs)

    def link(self, number=-1) -> str:
        """The path of the link to a token in a mail, the last unless told otherwise."""
        site = re.escape(settings.SITE_URL)
        [path] = re.findall(
            rf"^{site}(/abonnement/(?:bestaetigen|verwalten)/\S+)$", self.mailbox[number].body, re.M
        )
        return path

    def get(self, path):
        return self.browser.get(path)

    def press(self, path, **values):
        """The button of a page with nothing to fill in, followed to where it leads."""
        return self.browser.post(path, values, follow=True)


def heading_of(response) -> str:
    [heading] = re.findall(r"<h1>(.*?)</h1>", response.content.decode())
    return heading


def errors_of(response) -> list[str]:
    """All messages of a form."""
    return [text for texts in response.context["form"].errors.values() for text in texts]


def hour_later() -> None:
    """What was counted is an hour old."""
    RequestCount.objects.update(since=timezone.now() - datetime.timedelta(hours=1))
