"""A page as a browser reads it: parsed by the rules of HTML, not by those of a lenient reader."""

import re
from xml.etree.ElementTree import Element

from tinyhtml5 import parse

# Elements that fetch, run or send something, with how ours may look.
OURS = {
    "script": lambda element: (
        element.get("src", "").startswith("/static/")
        or element.get("src") == "/admin/jsi18n/"
        or element.get("type") in ("application/json", "application/ld+json", "importmap")
    ),
    "iframe": lambda element: element.get("src", "").startswith("/admin/") and "sandbox" in element.attrib,
    "link": lambda element: element.get("rel") in ("stylesheet", "icon", "canonical", "alternate"),
    "meta": lambda element: element.get("http-equiv") is None,
    "form": lambda element: re.match(r"($|/(?![/\\])|\?|#|\.$)", element.get("action", "")),
}
NEVER = {"object", "embed", "base", "applet", "frame", "frameset", "math", "marquee", "portal", "xml"}
LEADING = ("href", "src", "action", "formaction", "data", "poster", "background", "srcset", "cite", "ping")
SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.\x00-\x20-]*):", re.IGNORECASE)


def tree(html: str | bytes) -> Element:
    return parse(html, namespace_html_elements=False)


def name_of(element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else "!"


def active(root: Element, styles: bool = False) -> list[str]:
    """All that a payload has put there, or could do there; `styles` allows those of a mail or of a PDF."""
    found = []
    for element in root.iter():
        name = name_of(element)
        if name in NEVER or (name in OURS and not OURS[name](element) and not (styles and name == "meta")):
            found.append(f"<{name} {element.attrib}>")
        if name == "style" and not styles:
            found.append(f"<style>{element.text}")
        for attribute, value in element.attrib.items():
            attribute = attribute.rpartition("}")[2].lower()
            if attribute.startswith("on") or attribute == "srcdoc":
                found.append(f"<{name} {attribute}={value}>")
            if attribute == "style" and not styles:
                found.append(f"<{name} {attribute}={value}>")
            if attribute in LEADING and not _leads_nowhere_bad(name, value):
                found.append(f"<{name} {attribute}={value}>")
    return found


def _leads_nowhere_bad(name: str, value: str) -> bool:
    scheme = SCHEME.match(value)
    if scheme is None:
        return name == "a" or "evil" not in value
    kind = re.sub(r"[\x00-\x20]", "", scheme[1]).lower()
    return kind in ("http", "https", "mailto", "tel", "tag") or (kind == "data" and name == "img")


def words_of(root: Element) -> str:
    """All texts, and all attributes that are read or typed, with single blanks."""
    texts = list(root.itertext())
    for element in root.iter():
        texts += [element.get(name, "") for name in ("value", "title", "alt", "content", "placeholder")]
    return " ".join(" ".join(texts).split())
