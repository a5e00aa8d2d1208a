"""A mail's HTML as plain text: wrapped lines, readable lists, addresses of links spelled out."""

import re
from html.parser import HTMLParser
from textwrap import wrap

WIDTH = 72
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
UNDERLINES = {"h1": "=", "h2": "=", "h3": "-"}
BLOCKS = {"p", "div", "table", "tr", "td", "blockquote"}
UNREAD = {"head", "style", "title"}
VOID = {"br", "hr", "img", "meta", "link"}
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u034f\ufeff"))
# Not the protected space, which keeps number and unit together.
SPACES = re.compile(r"[ \t\r\n\f]+")


def plain_text(html: str) -> str:
    """`html` is well-formed, as our templates and cleaned prose are.

    What has `aria-hidden` or `hidden` is left out, and so is the address of a link with the class "row": of those there
    are many in a list, and the whole table is linked below it.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_paragraph()
    return "\n".join(reader.lines).strip("\n") + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.rows: list[str] = [""]  # of the paragraph being read, as <br> parts it
        self.heading = ""
        self.address = ""  # what the heading is a link to
        self.link = ""  # of the link being read
        self.linked = ""  # its text
        self.lists: list[int | None] = []  # numbers that come next; None for bullets
        self.marker = ""  # of the item that has just begun
        self.is_tight = False  # whether the next paragraph follows without an empty line
        self.unread: list[str] = []

    # --- elements ---

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if self.unread or tag in UNREAD or "hidden" in given or given.get("aria-hidden") == "true":
            if tag not in VOID:
                self.unread.append(tag)
        elif tag == "br":
            self.rows.append("")
        elif tag == "a":
            self.link = "" if given.get("class") == "row" else given.get("href") or ""
            self.linked = ""
        elif tag in HEADINGS:
            self.end_paragraph()
            self.heading = tag
        elif tag in ("ul", "ol"):
            self.end_paragraph()
            self.is_tight = bool(self.lists)
            self.lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.end_paragraph()
            self._begin_item()
        elif tag in BLOCKS:
            self.end_paragraph()

    def handle_endtag(self, tag):
        if self.unread:
            if tag in self.unread:
                while self.unread.pop() != tag:
                    pass
        elif tag == "a":
            self._end_link()
        elif tag in ("ul", "ol"):
            self.end_paragraph()
            if self.lists:
                self.lists.pop()
            self.is_tight = bool(self.lists)
        elif tag == "li":
            self.end_paragraph()
            self.marker = ""
            self.is_tight = True
        elif tag in HEADINGS or tag in BLOCKS:
            self.end_paragraph()
            self.heading = ""

    def handle_data(self, data):
        if self.unread:
            return
        text = SPACES.sub(" ", data.translate(INVISIBLE))
        self.rows[-1] += text
        self.linked += text

    # --- paragraphs ---

    def _begin_item(self):
        number = self.lists[-1] if self.lists else None
        self.marker = "- " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1

    def _end_link(self):
        href, text = self.link, self.linked.strip()
        self.link = ""
        shown = href.removeprefix("mailto:").removeprefix("tel:")
        if not href or text in (shown, href.split("://")[-1].rstrip("/")):
            return
        is_alone = len(self.rows) == 1 and self.rows[0].strip() == text
        if is_alone and not self.lists:
            if self.heading:
                self.address = shown
            else:
                self.rows = [f"{text}:", shown]
        else:
            self.rows[-1] += f" ({shown})"

    def end_paragraph(self):
        rows = [row.strip() for row in self.rows]
        self.rows = [""]
        if not any(rows):
            return
        if self.lines and not self.is_tight:
            self.lines.append("")
        if self.heading in UNDERLINES and self.lines:
            self.lines.append("")
        indent = "  " * max(len(self.lists) - 1, 0) if self.lists else ""
        first, rest = indent + self.marker, indent + " " * len(self.marker)
        if self.lists and not self.marker:
            first = rest = indent + "  "
        wrapped: list[str] = []
        for row in rows:
            wrapped += wrap(
                row,
                WIDTH,
                initial_indent=rest if wrapped else first,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]
        self.lines += wrapped
        if self.heading in UNDERLINES:
            self.lines.append(UNDERLINES[self.heading] * min(max(map(len, wrapped)), WIDTH))
        if self.address:
            self.lines.append(self.address)
            self.address = ""
        self.marker = ""
        self.is_tight = bool(self.lists)
