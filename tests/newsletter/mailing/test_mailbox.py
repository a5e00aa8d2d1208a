"""The reader of what Django's file backend has written, and its pages in the admin."""

import os

import pytest
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.test import Client, override_settings

from newsletter.mailing.mailbox import SHOWN, mail_at, mailbox_folder, newest_mails
from tests.admin import client_of, make_user

BACKEND = "django.core.mail.backends.filebased.EmailBackend"
HTML = '<!DOCTYPE html><html><head><title>x</title></head><body><p style="color: red">Guten Tag</p></body></html>'


def mail(subject="Betreff", body="Text", html=""):
    made = EmailMultiAlternatives(subject, body, "von@example.org", ["an@example.org"])
    if html:
        made.attach_alternative(html, "text/html")
    return made


@pytest.fixture
def folder(tmp_path):
    with override_settings(DEMO_MAILBOX=True, EMAIL_BACKEND=BACKEND, EMAIL_FILE_PATH=str(tmp_path)):
        yield tmp_path


def send(*mails):
    """Over one connection, and so into one file."""
    get_connection().send_messages(list(mails))
    return max(mailbox_folder().glob("*.log"), key=os.path.getmtime)


def subjects(folder):
    return [found.subject for found in newest_mails(folder)]


def test_several_mails_of_one_file_are_several_the_last_first(folder):
    send(mail("Erste"), mail("Zweite – ä"), mail("Dritte"))
    assert subjects(folder) == ["Dritte", "Zweite – ä", "Erste"]


def test_the_file_written_to_last_comes_first(folder):
    old = send(mail("Alt"))
    os.utime(old, (1, 1))
    old.rename(folder / "20200101-000000-1.log")
    send(mail("Neu"))
    assert subjects(folder) == ["Neu", "Alt"]


def test_a_mail_is_found_again_with_both_parts_and_headers(folder):
    send(mail("Erste"), mail("Zweite", "Grüße,\nbis bald", HTML), mail("Dritte"))
    place = newest_mails(folder)[1]
    found = mail_at(folder, place.name, place.offset)
    assert (found.subject, found.recipient, found.html) == ("Zweite", "an@example.org", HTML)
    assert found.text == "Grüße,\nbis bald"
    assert dict(found.headers)["From"] == "von@example.org"
    assert found.date.endswith(" Uhr")


def test_a_mail_of_text_only_has_no_html(folder):
    send(mail(body="Nur Text"))
    [place] = newest_mails(folder)
    found = mail_at(folder, place.name, place.offset)
    assert (found.text.strip(), found.html) == ("Nur Text", "")


def test_a_line_of_dashes_in_a_mail_does_not_end_it(folder):
    send(mail("Vorher"), mail("Striche", f"oben\n{'-' * 79}\nunten"), mail("Nachher"))
    assert subjects(folder) == ["Nachher", "Striche", "Vorher"]
    place = newest_mails(folder)[1]
    assert mail_at(folder, place.name, place.offset).text.strip().endswith("unten")


def test_what_is_half_written_is_no_mail_yet(folder):
    path = send(mail("Fertig"), mail("Halb"))
    whole = path.read_bytes()
    for cut in (1, 40, 79, 90):
        path.write_bytes(whole[:-cut])
        assert subjects(folder) == ["Fertig"]
        end = len(whole) - len(whole) // 2
        assert mail_at(folder, path.name, end) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 500,
        b"kein Kopf\n" + b"-" * 79 + b"\n",
        b"-" * 79 + b"\n",
        b"\n" + b"-" * 79 + b"\n",
    ],
)
def test_foreign_files_are_passed_over(folder, content):
    send(mail("Echt"))
    (folder / "fremd.log").write_bytes(content)
    (folder / "notiz.txt").write_bytes(b"Subject: nie\n\nx\n" + b"-" * 79 + b"\n")
    (folder / "ordner.log").mkdir()
    (folder / "link.log").symlink_to("/etc/hostname")
    assert subjects(folder) == ["Echt"]
    for name in ("fremd.log", "notiz.txt", "ordner.log", "link.log", "../x.log", "x.log"):
        assert mail_at(folder, name, 0) is None


@pytest.mark.parametrize(
    "headers",
    [
        b"Subject: =?utf-8?q?=FF?=\nDate: gestern",
        b"Subject: =?x-nie?q?abc?=\nTo: \xff\xfe",
        b"Subject: =?utf-8?b?AAA?=\nDate: Fri, 99 Nov 2026 10:00:00 +9999",
        b"Content-Type: text/plain; charset=x-nie\nSubject: x",
        b"Content-Type: multipart/alternative\nSubject: x",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\nSubject: x",
    ],
)
def test_a_broken_mail_is_shown_as_far_as_it_can_be_read(folder, headers):
    (folder / "kaputt.log").write_bytes(headers + b"\n\nText\xff\n\n" + b"-" * 79 + b"\n")
    [place] = newest_mails(folder)
    found = mail_at(folder, place.name, place.offset)
    assert isinstance(
        f"{found.subject}{found.date}{found.recipient}{found.headers}{found.text}{found.html}", str
    )


@pytest.mark.parametrize("offset", [1, 10, 10**6, 10**20])
def test_where_no_mail_begins_there_is_none(folder, offset):
    path = send(mail())
    assert mail_at(folder, path.name, offset) is None


def test_only_the_newest_are_listed(folder):
    send(*(mail(f"Nr. {number}") for number in range(SHOWN + 5)))
    found = subjects(folder)
    assert (len(found), found[0], found[-1]) == (SHOWN, f"Nr. {SHOWN + 4}", "Nr. 5")


def test_a_folder_that_is_not_there_holds_no_mail(tmp_path):
    assert newest_mails(tmp_path / "nie") == []


# --- pages -----------------------------------------------------------------------------------


@pytest.fixture
def client(db):
    make_user("Redaktion")
    return client_of("Redaktion")


def test_the_pages_list_mails_and_show_one_with_links_to_follow(folder, client):
    send(mail("Bestätigung", "Bitte hier: https://ozgstatus.example.org/abonnement/x/\n<b>", HTML))
    page = client.get("/admin/postfach/").content.decode()
    [place] = newest_mails(folder)
    address = f"/admin/postfach/{place.name}/{place.offset}/"
    assert f'<a href="{address}">Bestätigung</a>' in page
    shown = client.get(address).content.decode()
    assert 'href="https://ozgstatus.example.org/abonnement/x/"' in shown
    assert "&lt;b&gt;" in shown
    assert f'src="{address}html/"' in shown


def test_the_html_is_a_document_in_a_sandbox_that_may_use_its_own_styles_only(folder, client):
    send(mail(html=HTML))
    [place] = newest_mails(folder)
    response = client.get(f"/admin/postfach/{place.name}/{place.offset}/html/")
    assert response.content.decode() == HTML.replace("<head>", '<head><base target="_blank">')
    assert response["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-hashes' 'sha256-NerDAUWfwD31YdZHveMrq0GLjsNFMwxLpZl0dPUeCcw='; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_nobody_reads_it_without_a_login(folder, db):
    send(mail())
    [place] = newest_mails(folder)
    for address in ("", f"{place.name}/{place.offset}/", f"{place.name}/{place.offset}/html/"):
        assert Client().get(f"/admin/postfach/{address}").status_code == 302


def test_where_mails_are_sent_there_is_no_mailbox_and_no_way_to_it(client):
    assert settings.EMAIL_BACKEND != BACKEND
    assert client.get("/admin/postfach/").status_code == 404
    assert client.get("/admin/postfach/x.log/0/").status_code == 404
    assert "Postfach" not in client.get("/admin/").content.decode()


def test_an_empty_mailbox_says_so_and_the_admin_leads_to_it(folder, client):
    assert "Es ist noch keine E-Mail da." in client.get("/admin/postfach/").content.decode()
    assert 'href="/admin/postfach/"' in client.get("/admin/").content.decode()


def test_mails_of_any_kind_are_written_as_django_writes_them(folder):
    """What the reader expects of the backend, whatever version it has."""
    path = send(EmailMessage("a", "b", "von@example.org", ["an@example.org"]))
    assert path.read_bytes().endswith(b"\n" + b"-" * 79 + b"\n")
