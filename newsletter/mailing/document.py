"""The HTML of a mail as a page of the admin.

A mail has its style in attributes, which our policy forbids on every page. It is shown as it is sent all the same, as a
document of its own: in a sandbox, without script, form or anything to load, and with the hashes of exactly those styles
that it has. So nothing is allowed in general, and the mail that is shown is the one that is sent.
"""

import base64
import hashlib
from html.parser import HTMLParser

from csp.constants import HEADER, SELF
from django.http import HttpResponse

# For a page that shows the document in a frame; by itself it is a page without scripts.
FRAMES = {"frame-src": [SELF]}
# Ours have thirty; a header must not grow without end with what others write.
MOST_STYLES = 200


def mail_document(html: str) -> HttpResponse:
    """Links open in a new window, as they do from a mailbox."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    response = HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    response[HEADER] = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"style-src {_style_sources(html)}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _style_sources(html: str) -> str:
    reader = _Styles()
    reader.feed(html)
    reader.close()
    if not 0 < len(reader.found) <= MOST_STYLES:
        return "'none'"
    return " ".join(["'unsafe-hashes'", *(f"'sha256-{_hash(style)}'" for style in sorted(reader.found))])


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode("utf-8", "surrogatepass")).digest()).decode("ascii")


class _Styles(HTMLParser):
    """Collects the values of style attributes and the contents of style elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        self.sheet: str | None = None

    def handle_starttag(self, tag, attributes):
        self.found.update(value for name, value in attributes if name == "style" and value)
        if tag == "style":
            self.sheet = ""

    def handle_data(self, data):
        if self.sheet is not None:
            self.sheet += data

    def handle_endtag(self, tag):
        if tag == "style" and self.sheet is not None:
            self.found.add(self.sheet)
            self.sheet = None
