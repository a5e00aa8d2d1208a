"""What people type into an edition or as their address cannot leave its place in the mail."""

import pytest
from django.conf import settings
from django.test import override_settings

from newsletter.mailing.content import LONGEST, absolute_links
from newsletter.mailing.message import EditionMail
from newsletter.models import Subscriber
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    RolloutReportFactory,
    RubricFactory,
    SiteFactory,
    publish,
)

from .mails import Elements, html_of, parsed, text_of

pytestmark = pytest.mark.django_db

ANNA = Subscriber(pk=1, address="anna@example.org", token="A" * 43)


def mail_with(body="<p>Text</p>", title="Beitrag", **fields):
    edition = EditionFactory(**fields)
    article = ArticleFactory(edition=edition, title=title, body=body)
    BlockFactory(rubric=RubricFactory(edition=edition, title="Aktuelles"), article=article)
    return EditionMail.of(edition)


def received(mail):
    return parsed(mail.bytes_for(ANNA))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_line_break_in_a_name_begins_no_header(end):
    SiteFactory(name=f"OZG{end}Bcc: all@example.org")
    mail = mail_with(label=f"IX{end}Subject: anders")
    for raw in (mail.bytes_for(ANNA), mail.message(ANNA).message().as_bytes()):
        found = parsed(raw)
        assert "Bcc" not in found
        assert [subject.strip() for subject in found.get_all("Subject")] == [
            "IX Subject: anders – OZG Bcc: all@example.org"
        ]


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.org\nBcc: all@example.org",
        "anna@example.org\r\n\r\nText",
        "anna@example.org\x00",
        " anna@example.org",
        "anna@example.org\u2028",
    ],
)
def test_an_address_that_would_end_its_header_is_refused(address):
    mail = mail_with()
    for make in (mail.bytes_for, mail.message):
        with pytest.raises(ValueError, match="The address holds"):
            make(Subscriber(pk=1, address=address))


def test_an_address_with_a_comma_is_one_address():
    mail = parsed(mail_with().bytes_for(Subscriber(pk=1, address='"a,b"@example.org')))
    assert [address.addr_spec for address in mail["To"].addresses] == ['"a,b"@example.org']


def test_a_domain_with_umlauts_goes_out_in_ascii():
    mail = parsed(mail_with().bytes_for(Subscriber(pk=1, address="anna@müller.example")))
    assert mail["To"] == "anna@xn--mller-kva.example"


@override_settings(MAIL_FROM="Städte & Gemeinden <ozg@example.org>")
def test_a_sender_with_a_name_keeps_it():
    mail = received(mail_with())
    assert mail["From"] == "Städte & Gemeinden <ozg@example.org>"
    assert mail["List-Unsubscribe"].endswith(f"<mailto:ozg@example.org?subject={ANNA.token}>")


def test_a_very_long_title_makes_no_line_too_long():
    raw = mail_with(title="Wort " * 59, label="Ausgabe " * 12, body=f"<p>{'x' * 3000}</p>").bytes_for(ANNA)
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert "x" * 3000 in html_of(parsed(raw))


def test_signs_of_html_stay_text():
    mail = received(mail_with(title="<script>alert(1)</script> & mehr", body="<p>1 &lt; 2</p>"))
    assert "script" not in {name for name, _ in Elements(html_of(mail)).found}
    assert "<script>alert(1)</script> & mehr" in text_of(mail)
    assert "1 < 2" in text_of(mail)


@pytest.mark.parametrize("line", ["--=_", ".", "..", "From anna", "-" * 79])
def test_a_line_that_means_something_to_a_mail_server_stays_text(line):
    mail = received(mail_with(body=f"<p>vor<br>{line}<br>nach</p>"))
    assert text_of(mail).split("beitrag/\n\n")[1].splitlines()[:3] == ["vor", line, "nach"]
    assert len(list(mail.walk())) == 3


@pytest.mark.parametrize(
    ("href", "absolute"),
    [
        ("/datenschutz/", "https://example.org/datenschutz/"),
        ("#rollout", "https://example.org/ausgaben/2022-10/#rollout"),
        ("//www.example.com/a", "https://www.example.com/a"),
        ("https://www.example.com/?a=1&b=2", "https://www.example.com/?a=1&amp;b=2"),
        ("mailto:ozg@sakd.de", "mailto:ozg@sakd.de"),
    ],
)
def test_links_of_editors_can_be_followed_from_a_mailbox(href, absolute):
    found = absolute_links(f'<p><a href="{href}">x</a></p>', "https://example.org/ausgaben/2022-10/")
    assert found == f'<p><a href="{absolute}">x</a></p>'


@pytest.mark.parametrize(
    "body", ['<img src="https://x.example/p.gif">', "<style>p{}</style>", "<b onclick=x>y</b>"]
)
def test_nothing_else_of_what_an_editor_pastes_comes_through(body):
    elements = Elements(html_of(received(mail_with(body=f"<p>Text</p>{body}"))))
    assert {name for name, _ in elements.found} & {"img", "script"} == set()
    assert elements.attributes("onclick") == elements.attributes("src") == []


def rollout_edition(count, **values):
    report = RolloutReportFactory()
    for number in range(30):
        CoverageRowFactory(report=report, label=f"Dienst {number}", count=count, **values)
    edition = EditionFactory()
    rubric = RubricFactory(edition=edition)
    CatalogueRowFactory(edition=edition)
    BlockFactory(rubric=rubric)
    BlockFactory(rubric=rubric, rollout_report=report)
    return edition


def test_a_long_list_ends_with_how_many_it_leaves_out():
    publish(rollout_edition(48))
    mail = received(EditionMail.of(rollout_edition(50)))
    text = text_of(mail)
    assert text.count("Anzahl 50 (bisher 48)") == LONGEST
    assert f"und {30 - LONGEST} weitere auf der Website" in text
    assert "Gestiegen (30)" in text


def test_an_unchanged_table_says_so_and_names_the_edition():
    before = publish(rollout_edition(48))
    text = " ".join(text_of(received(EditionMail.of(rollout_edition(48)))).split())
    assert f"Unverändert gegenüber: {before}." in text


def test_a_draft_is_not_what_an_edition_is_compared_with():
    rollout_edition(48)
    text = text_of(received(EditionMail.of(rollout_edition(50))))
    assert "bisher" not in text
    assert "30 Antragsassistenten im Roll-out" in text


def test_an_edition_without_imprint_names_operator_and_contact():
    SiteFactory(operator="Das Amt", contact_email="amt@example.org", cofinancing="Mit Steuermitteln.")
    text = text_of(received(mail_with()))
    assert "Das Amt\nE-Mail: amt@example.org" in text
    assert "Mit Steuermitteln." in text


def test_an_edition_without_anything_is_a_mail_all_the_same():
    mail = received(EditionMail.of(EditionFactory()))
    assert f"{settings.SITE_URL}/abonnement/" in text_of(mail)
