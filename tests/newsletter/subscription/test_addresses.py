"""Which addresses are taken, and what is said of the others."""

import pytest
from django.core.exceptions import ValidationError

from newsletter.models import SubscriptionRequest
from newsletter.subscription.forms import tidy_address

from .journeys import errors_of

TAKEN = {
    "name@example.org": "name@example.org",
    "  name@example.org ": "name@example.org",
    "Vor.Nach+ozg@EXAMPLE.org": "Vor.Nach+ozg@example.org",
    "o'name@example.org": "o'name@example.org",
    "name@müller.de": "name@xn--mller-kva.de",
    "name@Straße.DE": "name@xn--strae-oqa.de",
    "name@xn--mller-kva.de": "name@xn--mller-kva.de",
    "name@sub.example.museum": "name@sub.example.museum",
    f"{'x' * 64}@example.org": f"{'x' * 64}@example.org",
}
REFUSED = {
    "300 characters": (f"{'x' * 288}@example.org", "Die Adresse ist zu lang: 300 Zeichen, höchstens 254"),
    "a local part that is too long": (f"{'x' * 65}@example.org", "Das ist keine gültige E-Mail-Adresse."),
    "two @": ("name@abteilung@example.org", "Eine E-Mail-Adresse hat genau ein @"),
    "no @": ("name.example.org", "Eine E-Mail-Adresse hat genau ein @"),
    "quotes": ('"vor nach"@example.org', "In der Adresse stehen Leerzeichen"),
    "quotes without a space": (
        '"vornach"@example.org',
        "Adressen mit Anführungszeichen werden nicht angenommen.",
    ),
    "a display name": ("Vorname<name@example.org>", "Bitte geben Sie eine einzige Adresse ohne Namen"),
    "two addresses": ("a@example.org,b@example.org", "Bitte geben Sie eine einzige Adresse ohne Namen"),
    "a line break": ("name@example.org\r\nBcc: x@example.org", "In der Adresse stehen Leerzeichen"),
    "a line break at the end": ("name@example.org\n", "In der Adresse stehen Leerzeichen"),
    "a control character": ("na\x07me@example.org", "In der Adresse stehen Leerzeichen"),
    "an invisible character": ("na\u200bme@example.org", "In der Adresse stehen Leerzeichen"),
    "a space of another kind": ("name\u00a0@example.org", "In der Adresse stehen Leerzeichen"),
    "an umlaut before the @": ("müller@example.org", "Vor dem @ sind keine Umlaute"),
    "a number of a machine": ("name@[127.0.0.1]", "Bitte geben Sie eine einzige Adresse ohne Namen"),
    "a domain without a dot": ("name@localhost", "Das ist keine gültige E-Mail-Adresse."),
    "a domain with an empty part": ("name@example..org", "Das ist keine gültige E-Mail-Adresse."),
    "a domain with two @ of another width": ("name@example＠x.org", "Das ist keine gültige E-Mail-Adresse."),
    "a label of 64 characters": (f"name@{'ä' * 64}.de", "Das ist keine gültige E-Mail-Adresse."),
    "nothing before the @": ("@example.org", "Das ist keine gültige E-Mail-Adresse."),
    "nothing after the @": ("name@", "Das ist keine gültige E-Mail-Adresse."),
    "two dots": ("a..b@example.org", "Das ist keine gültige E-Mail-Adresse."),
}


@pytest.mark.parametrize(("typed", "kept"), TAKEN.items())
def test_an_address_is_kept_as_mail_servers_know_it(typed, kept):
    assert tidy_address(typed) == kept


@pytest.mark.parametrize(("typed", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_with_an_address_is_said(typed, said):
    with pytest.raises(ValidationError) as error:
        tidy_address(typed)
    assert error.value.messages[0].startswith(said)


@pytest.mark.parametrize("path", ["/abonnement/", "/abonnement/aendern/"])
@pytest.mark.parametrize(("typed", "said"), REFUSED.values(), ids=REFUSED)
def test_the_form_comes_back_filled_in_with_the_error_at_its_field(visitor, path, typed, said):
    answer = visitor.send(path, address=typed)
    assert answer.status_code == 200
    [message] = answer.context["form"].errors["address"]
    assert message.startswith(said)
    assert answer.context["form"]["address"].value() == typed
    assert (visitor.mailbox, SubscriptionRequest.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Bitte geben Sie Ihre E-Mail-Adresse an"),
        ("   ", "Bitte geben Sie Ihre"),
        ("a\x00@b.de", "Nullzeichen"),
    ],
)
def test_an_empty_address_and_nul_are_refused(visitor, typed, said):
    [message] = errors_of(visitor.subscribe(typed))
    assert message.startswith(said)


def test_an_international_domain_receives_its_mail_in_ascii(visitor):
    visitor.subscribe("name@müller.de")
    assert visitor.mailbox[0].to == ["name@xn--mller-kva.de"]
