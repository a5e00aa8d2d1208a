"""The forms of visitors. They set no cookie: the form itself protects them, and what the browser says of itself."""

import datetime
import re
import unicodedata
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.http import QueryDict

from newsletter.models import ConsentText

MAX_LENGTH = 254  # RFC 5321, 4.5.3.1.3: a path of 256 with its brackets
MAX_LOCAL = 64  # RFC 5321, 4.5.3.1.1
LEAST_AGE = datetime.timedelta(seconds=2)
GREATEST_AGE = datetime.timedelta(hours=12)
EXAMPLE = "zum Beispiel name@example.org"

ELSEWHERE = (
    "Das Formular wurde nicht von dieser Website abgesendet. "
    "Bitte prüfen Sie Ihre Eingabe und senden Sie es noch einmal von hier."
)


# --- addresses ---------------------------------------------------------------------------------


def tidy_address(text: str) -> str:
    """An address as it is kept, its domain in small letters and Punycode; a ValidationError says what is wrong."""
    address = text.strip(" ")
    if len(address) > MAX_LENGTH:
        raise ValidationError(
            f"Die Adresse ist zu lang: {len(address)} Zeichen, höchstens {MAX_LENGTH} sind möglich."
        )
    if not address.isprintable() or any(sign.isspace() for sign in address):
        raise ValidationError(
            "In der Adresse stehen Leerzeichen, Zeilenumbrüche oder unsichtbare Zeichen. "
            f"Bitte geben Sie sie ohne diese an, {EXAMPLE}."
        )
    if re.search(r"[<>(),;:\[\]\\]", address):
        raise ValidationError(f"Bitte geben Sie eine einzige Adresse ohne Namen und Klammern an, {EXAMPLE}.")
    if '"' in address:
        raise ValidationError(
            "Adressen mit Anführungszeichen werden nicht angenommen. Bitte geben Sie eine andere Adresse an."
        )
    if address.count("@") != 1:
        raise ValidationError(f"Eine E-Mail-Adresse hat genau ein @, {EXAMPLE}.")
    local, _, domain = address.partition("@")
    if not local.isascii():
        raise ValidationError(
            "Vor dem @ sind keine Umlaute und Sonderzeichen möglich. Bitte geben Sie eine andere Adresse an."
        )
    address = f"{local}@{_in_ascii(domain)}"
    if len(local) > MAX_LOCAL or len(address) > MAX_LENGTH or not _is_valid(address):
        raise ValidationError(
            f"Das ist keine gültige E-Mail-Adresse. Bitte prüfen Sie die Schreibweise, {EXAMPLE}."
        )
    return address


def _in_ascii(domain: str) -> str:
    """Names as DNS knows them. Python's own codec follows the rules of 2003 and would turn ß into ss."""
    labels = unicodedata.normalize("NFKC", domain).lower().split(".")
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels
    )


def _is_valid(address: str) -> bool:
    try:
        EmailValidator(allowlist=[])(address)
    except ValidationError:
        return False
    return True


class AddressField(forms.CharField):
    """An address of somebody who can receive mail."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})

    def __init__(self, **kwargs):
        kwargs.setdefault("label", "Ihre E-Mail-Adresse")
        kwargs.setdefault(
            "error_messages", {"required": f"Bitte geben Sie Ihre E-Mail-Adresse an, {EXAMPLE}."}
        )
        super().__init__(strip=False, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return "" if value is None else value.strip(" ")

    def clean(self, value):
        address = super().clean(value)
        return tidy_address(address) if address else address


# --- where a form comes from -------------------------------------------------------------------


def is_from_here(request) -> bool:
    """Whether the browser says that one of our pages sent the form; one that says nothing is too old to be told so."""
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from:
        return fetched_from in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in (request.get_host(), urlsplit(settings.SITE_URL).netloc)


class ProtectedForm(forms.Form):
    """Tells people from programs with nothing to solve: people need a moment, and leave empty what they do not see."""

    address = AddressField()
    # Named as programs expect a field that they fill in.
    subject = forms.CharField(label="Bitte leer lassen", required=False)
    stamp = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["stamp"].initial = self.new_stamp

    def signer(self):
        return signing.TimestampSigner(salt=f"newsletter.subscription.{type(self).__name__}")

    def new_stamp(self) -> str:
        """What the page was made with, and when."""
        return self.signer().sign(self.shown())

    def shown(self) -> str:
        """What must be known later of what the visitor saw."""
        return ""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("subject"):
            self._once_more(
                "Bitte lassen Sie das Feld „Bitte leer lassen“ leer und senden Sie das Formular noch einmal."
            )
        self._check_stamp(cleaned.get("stamp", ""))
        return cleaned

    def _check_stamp(self, stamp: str):
        try:
            self.saw = self.signer().unsign(stamp, max_age=GREATEST_AGE)
        except signing.BadSignature:  # SignatureExpired among them
            self._once_more(
                "Die Seite war zu lange offen oder ist unvollständig. Bitte senden Sie das Formular noch einmal.",
                stamp=self.new_stamp(),
            )
            return
        try:
            self.signer().unsign(stamp, max_age=LEAST_AGE)
        except signing.SignatureExpired:
            return
        self._once_more("Das ging sehr schnell. Bitte senden Sie das Formular noch einmal.")

    def _once_more(self, text: str, **values: str):
        """Back to the visitor, with what was filled in."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in {"subject": "", **values}.items():
            data[name] = value
        self.data = data
        self.add_error(None, text)


class SubscribeForm(ProtectedForm):
    """`consent` is the text that the visitor saw, also where there has been a newer one since."""

    def __init__(self, data=None, **kwargs):
        self.current = ConsentText.objects.current()
        super().__init__(data, **kwargs)

    def shown(self):
        return str(self.current.pk)

    @property
    def consent(self) -> ConsentText:
        return ConsentText.objects.get(pk=self.saw)


class ChangeForm(ProtectedForm):
    address = AddressField(help_text="die Adresse, an die der Newsletter geht")


class NewAddressForm(forms.Form):
    """On the page of a subscriber, which nobody else can open."""

    address = AddressField(label="Neue E-Mail-Adresse")

    def __init__(self, data=None, *, subscriber, **kwargs):
        super().__init__(data, **kwargs)
        self.subscriber = subscriber

    def clean_address(self):
        address = self.cleaned_data["address"]
        if address.lower() == self.subscriber.address.lower():
            raise ValidationError("Das ist die Adresse, an die der Newsletter schon geht.")
        return address
