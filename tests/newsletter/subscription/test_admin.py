"""Subscribers in the admin: looked up, deleted, brought from a file and taken out."""

import csv
import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from newsletter.models import ConsentBatch, ConsentText, Subscriber
from newsletter.subscription.exchange import csv_of
from tests.admin import client_of, errors, filled, shown
from tests.factories import ConsentBatchFactory, SubscriberFactory
from tests.html import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/newsletter/subscriber/"
IMPORT = f"{LIST}uebernehmen/"


@pytest.fixture
def sender():
    return client_of("Freigabe")


def addresses() -> list[str]:
    return list(Subscriber.objects.values_list("address", flat=True))


# --- the list ----------------------------------------------------------------------------------


def test_subscribers_are_searched_and_filtered(sender):
    batch = ConsentBatchFactory(name="Umzug")
    SubscriberFactory(address="a@example.org")
    SubscriberFactory(address="b@example.org", suspended_at=timezone.now())
    SubscriberFactory(address="c@gemeinde.example", batch=batch)
    for query, found in {
        "": ["a@example.org", "b@example.org", "c@gemeinde.example"],
        "?q=gemeinde": ["c@gemeinde.example"],
        "?zustand=ausgesetzt": ["b@example.org"],
        "?zustand=aktiv": ["a@example.org", "c@gemeinde.example"],
        "?zustand=unsinn": ["a@example.org", "b@example.org", "c@gemeinde.example"],
        "?nachweis=bestaetigt": ["a@example.org", "b@example.org"],
        f"?nachweis={batch.pk}": ["c@gemeinde.example"],
        "?nachweis=unsinn": ["a@example.org", "b@example.org", "c@gemeinde.example"],
    }.items():
        assert shown(sender.get(LIST + query)) == found, query


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_however_long_it_is(sender, django_assert_num_queries, count):
    for _ in range(count):
        SubscriberFactory(batch=ConsentBatchFactory())
    with django_assert_num_queries(9):
        sender.get(LIST)


def test_many_are_deleted_in_one_step_with_a_confirmation(sender):
    kept = SubscriberFactory(address="bleibt@example.org")
    gone = [SubscriberFactory().pk for _ in range(3)]
    values = {"action": "delete_selected", "_selected_action": gone, "index": "0"}
    page = sender.post(LIST, values)
    assert "name" in text_of(page) and len(addresses()) == 4
    answer = sender.post(LIST, {**values, "post": "yes"}, follow=True)
    assert addresses() == [kept.address]
    assert "3 Abonnements" in answer.content.decode()


def test_a_proof_is_shown_and_not_to_be_edited(sender):
    one = SubscriberFactory(address="a@example.org", consent=ConsentText.objects.current())
    page = sender.get(f"{LIST}{one.pk}/change/")
    assert "a@example.org" in text_of(page)
    assert [name for name in filled(page) if name != "csrfmiddlewaretoken"] == []
    assert sender.post(f"{LIST}{one.pk}/change/", {"address": "b@example.org"}).status_code == 403


# --- texts of consent --------------------------------------------------------------------------


def test_an_editor_adds_a_version_that_begins_as_the_last():
    first = ConsentText.objects.current()
    editor = client_of("Redaktion")
    address = reverse("admin:newsletter_consenttext_add")
    values = filled(editor.get(address))
    assert values["text"] == [first.text]
    assert editor.post(address, values | {"text": "Eine neue Fassung."}).status_code == 302
    assert ConsentText.objects.current().text == "Eine neue Fassung."
    assert errors(editor.post(address, values | {"text": ""})) != {}


@pytest.mark.parametrize("model", [ConsentText, ConsentBatch])
@pytest.mark.parametrize(
    "change", [lambda rows: rows.delete(), lambda rows: rows.update(made_at=timezone.now())]
)
def test_the_database_keeps_what_proves_a_consent(model, change):
    ConsentBatchFactory()
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        change(model.objects.all())


def test_there_is_a_first_text_once_and_again_after_all_was_emptied():
    assert ConsentText.objects.count() == 1
    call_command("migrate", verbosity=0)
    assert ConsentText.objects.count() == 1
    assert ConsentText.objects.current().text.startswith("Ich möchte den OZG-Newsletter per E-Mail erhalten.")


def test_without_a_confirmation_a_subscriber_needs_a_batch():
    with pytest.raises(ValidationError) as error:
        Subscriber(address="a@example.org", confirmed_at=None).full_clean()
    assert error.value.messages == ["Ohne Bestätigung muss ein Nachweis angegeben sein."]


# --- from a file -------------------------------------------------------------------------------


def upload(client, text, name="Umzug", proof="Protokoll in der Akte.", file="liste.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(IMPORT, {"name": name, "proof": proof, "file": SimpleUploadedFile(file, content)})


def take_over(client, text, **kwargs):
    page = upload(client, text, **kwargs)
    return client.post(IMPORT, filled(page), follow=True)


def test_a_file_is_tried_out_first_and_then_taken_over_with_its_proof(sender):
    text = "E-Mail-Adresse;angefordert am;bestätigt am\na@example.org;01.05.2021;02.05.2021 08:30\nb@müller.de;;\n"
    page = upload(sender, text)
    assert "2 Abonnements sind neu; schon eingetragen: 0, in der Datei doppelt: 0." in text_of(page)
    assert (addresses(), ConsentBatch.objects.count()) == ([], 0)
    answer = sender.post(IMPORT, filled(page), follow=True)
    assert "Übernommen: 2 Abonnements sind neu" in answer.content.decode()
    first, second = Subscriber.objects.all()
    assert (first.address, second.address) == ("a@example.org", "b@xn--mller-kva.de")
    assert timezone.localtime(first.confirmed_at).replace(tzinfo=None) == datetime.datetime(2021, 5, 2, 8, 30)
    assert second.confirmed_at is None
    assert {(one.batch.name, one.batch.proof) for one in (first, second)} == {
        ("Umzug", "Protokoll in der Akte.")
    }
    assert first.token != second.token


def test_the_same_file_again_changes_nothing(sender):
    take_over(sender, "E-Mail-Adresse\na@example.org\n")
    before = list(Subscriber.objects.values())
    page = upload(sender, "E-Mail-Adresse\nA@example.org\n")
    assert "0 Abonnements sind neu; schon eingetragen: 1" in text_of(page)
    assert "Es gibt nichts zu übernehmen." in text_of(page)
    take_over(sender, "E-Mail-Adresse\na@example.org\n", name="Noch einmal")
    assert list(Subscriber.objects.values()) == before
    assert ConsentBatch.objects.count() == 1


def test_duplicates_become_one_with_the_proof_that_there_is(sender):
    text = "E-Mail-Adresse;bestätigt am\na@example.org;\nA@Example.org;02.05.2021\na@example.org;03.05.2021\n"
    page = upload(sender, text)
    assert "1 Abonnement ist neu; schon eingetragen: 0, in der Datei doppelt: 2." in text_of(page)
    sender.post(IMPORT, filled(page))
    one = Subscriber.objects.get()
    assert (one.address, f"{timezone.localtime(one.confirmed_at):%d.%m.%Y}") == (
        "a@example.org",
        "02.05.2021",
    )


def test_what_is_wrong_is_listed_by_line_and_nothing_is_taken_over(sender):
    text = (
        "E-Mail-Adresse;angefordert am;bestätigt am\n"
        "gut@example.org;;\n"
        "a@@example.org;;\n"
        ";01.05.2021;\n"
        "b@example.org;;31.02.2021\n"
        "c@example.org;03.05.2021;02.05.2021\n"
        "d@example.org;;01.01.2999\n"
    )
    page = upload(sender, text)
    assert page.context["row_errors"] == [
        "Zeile 3 („a@@example.org“): Eine E-Mail-Adresse hat genau ein @, zum Beispiel name@example.org.",
        "Zeile 4 („“): Die Adresse fehlt.",
        "Zeile 5 („b@example.org“): „bestätigt am“ ist kein Zeitpunkt, wie 05.10.2022 oder 05.10.2022 14:30: "
        "„31.02.2021“.",
        "Zeile 6 („c@example.org“): „bestätigt am“ liegt vor „angefordert am“.",
        "Zeile 7 („d@example.org“): „bestätigt am“ liegt in der Zukunft.",
    ]
    assert "carried" not in filled(page)
    assert addresses() == []
    assert page.context["form"]["proof"].value() == "Protokoll in der Akte."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Die Datei ist leer."),
        (b"Adresse\na@example.org", "Die Spalte „Adresse“ ist hier unbekannt."),
        (b"E-Mail-Adresse;E-Mail-Adresse\na@example.org;b@example.org", "steht doppelt in der Datei."),
        (b"E-Mail-Adresse\n", "Unter den Überschriften steht keine Zeile."),
        (b"PK\x03\x04", "Das ist keine CSV-Datei."),
        (b"E-Mail-Adresse\n\x00", "weder eine Excel-Datei (.xlsx) noch eine CSV-Datei"),
        (b'E-Mail-Adresse\n"a', "Ein Anführungszeichen fehlt"),
        (b"E-Mail-Adresse\n" + b"a@b.de\n" * 20_001, "Die Datei hat mehr als 20.000 Zeilen."),
        (b"x" * (2 * 1024 * 1024 + 1), "Die Datei ist größer als 2 MB."),
    ],
)
def test_a_file_that_is_none_says_why(sender, content, said):
    page = upload(sender, content)
    assert page.status_code == 200
    assert said in text_of(page)


def test_a_proof_is_asked_for_and_a_name_stands_for_one_proof(sender):
    page = upload(sender, "E-Mail-Adresse\na@example.org", name="", proof="")
    assert set(page.context["form"].errors) == {"name", "proof"}
    ConsentBatchFactory(name="Umzug", proof="Ein anderer.")
    page = upload(sender, "E-Mail-Adresse\na@example.org")
    assert (
        page.context["form"].errors["name"][0].startswith("Eine Übernahme dieser Bezeichnung gibt es schon")
    )


def test_only_what_was_shown_is_taken_over(sender):
    page = upload(sender, "E-Mail-Adresse\na@example.org")
    carried = filled(page)["carried"][0]
    for forged in ("", "x", carried + "x"):
        answer = sender.post(IMPORT, {"carried": forged})
        assert answer.context["row_errors"] == [
            "Die Prüfung gilt nicht mehr. Bitte laden Sie die Datei noch einmal hoch."
        ]
    other = client_of("andere", is_superuser=True)
    assert other.post(IMPORT, {"carried": carried}).context["row_errors"] != []
    assert addresses() == []


def test_what_an_editor_takes_over_and_deletes_leaves_nothing_in_the_session(sender):
    take_over(sender, "E-Mail-Adresse\na@example.org")
    sender.post(f"{LIST}{Subscriber.objects.get().pk}/delete/", {"post": "yes"})
    assert "a@example.org" not in str(dict(sender.session)) + str(sender.cookies)


# --- into a file -------------------------------------------------------------------------------


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_all_are_written_with_their_proof(sender):
    moment = timezone.make_aware(datetime.datetime(2022, 10, 5, 14, 30, 1))
    consent = ConsentText.objects.current()
    SubscriberFactory(address="a@example.org", requested_at=moment, confirmed_at=moment, consent=consent)
    batch = ConsentBatchFactory(name="Umzug", proof="=Akte")
    SubscriberFactory(address="=b@example.org", confirmed_at=None, batch=batch, suspended_at=moment)
    answer = sender.get(f"{LIST}csv/")
    assert answer["Content-Disposition"] == 'attachment; filename="abonnements.csv"'
    day = "05.10.2022 14:30:01"
    heading, *rows = read(answer.content)
    assert heading[:3] == ["E-Mail-Adresse", "angefordert am", "bestätigt am"]
    assert sorted(rows) == [
        ["'=b@example.org", "", "", day, "", "Umzug", "'=Akte"],
        ["a@example.org", day, day, "", consent.text, "", ""],
    ]


def test_what_was_written_can_be_taken_over_elsewhere(sender):
    moment = timezone.make_aware(datetime.datetime(2022, 10, 5, 14, 30, 1))
    for name in ("a", "=b", "o'c"):
        SubscriberFactory(address=f"{name}@example.org", requested_at=moment, confirmed_at=moment)
    before = list(Subscriber.objects.values("address", "requested_at", "confirmed_at"))
    content = csv_of(Subscriber.objects.with_proof())
    Subscriber.objects.all().delete()
    take_over(sender, content)
    assert list(Subscriber.objects.values("address", "requested_at", "confirmed_at")) == before


def test_ten_thousand_are_taken_over_in_few_statements(sender, django_assert_max_num_queries):
    lines = "\n".join(f"name{number}@example.org" for number in range(10_000))
    page = upload(sender, f"E-Mail-Adresse\n{lines}")
    with django_assert_max_num_queries(30):
        sender.post(IMPORT, filled(page))
    assert Subscriber.objects.count() == 10_000
