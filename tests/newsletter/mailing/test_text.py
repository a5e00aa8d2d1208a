"""How a mail's HTML reads as plain text."""

import pytest

from newsletter.mailing.text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Ein\n   Satz.</p><p>Noch einer.</p>", "Ein Satz.\n\nNoch einer.\n"),
        ("<h1>Ausgabe</h1><p>Text</p>", "Ausgabe\n=======\n\nText\n"),
        ("<p>vor</p><h2>Rubrik</h2><p>Text</p>", "vor\n\n\nRubrik\n======\n\nText\n"),
        ("<h4>Klein</h4><p>Text</p>", "Klein\n\nText\n"),
        ("<p>Straße 1<br>Ort</p>", "Straße 1\nOrt\n"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c\n"),
        ("<p>16&nbsp;%</p>", "16\u00a0%\n"),
        ("<p>Fertig&shy;stellung</p>", "Fertigstellung\n"),
        ("<p>vor</p><p hidden>nie</p><div aria-hidden='true'><br>nie</div><p>nach</p>", "vor\n\nnach\n"),
        ("<head><title>nie</title><style>p{}</style></head><p>Text</p>", "Text\n"),
        ("", "\n"),
    ],
)
def test_elements(html, text):
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>a</li><li>b</li></ul><p>nach</p>", "- a\n- b\n\nnach\n"),
        ("<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b\n"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n"),
        (
            "<p>vor:</p><ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>",
            "vor:\n\n- a\n  - b\n  - c\n- d\n",
        ),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n  b\n"),
    ],
)
def test_lists(html, text):
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p>siehe <a href="https://a.example/">dort</a>.</p>', "siehe dort (https://a.example/).\n"),
        ('<p>siehe <a href="https://a.example/x">https://a.example/x</a></p>', "siehe https://a.example/x\n"),
        ('<p>siehe <a href="https://a.example">a.example</a></p>', "siehe a.example\n"),
        ('<p>an <a href="mailto:a@b.example">a@b.example</a></p>', "an a@b.example\n"),
        ('<p>an <a href="mailto:a@b.example">uns</a></p>', "an uns (a@b.example)\n"),
        ('<p><a href="https://a.example/">Abbestellen</a></p>', "Abbestellen:\nhttps://a.example/\n"),
        ('<h3><a href="https://a.example/">Titel</a></h3>', "Titel\n-----\nhttps://a.example/\n"),
        ('<ul><li><a class="row" href="https://a.example/">Zeile</a>: 1</li></ul>', "- Zeile: 1\n"),
        ("<p><a>Ziel fehlt</a></p>", "Ziel fehlt\n"),
    ],
)
def test_links(html, text):
    assert plain_text(html) == text


def test_lines_are_wrapped_between_words_below_the_bullet_and_never_within_an_address():
    address = "https://a.example/" + "x" * 80
    html = f'<ul><li>{"Wort " * 20}</li></ul><p>Mehr dazu <a href="{address}">hier</a></p>'
    assert plain_text(html).splitlines() == [
        "- " + " ".join(["Wort"] * 14),
        "  " + " ".join(["Wort"] * 6),
        "",
        "Mehr dazu hier",
        f"({address})",
    ]
