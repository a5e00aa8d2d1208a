"""Links in the texts of an edition that lead to no page of the site."""

from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict
from django.urls import resolve, reverse

from projects.matrix import Matrix
from projects.models import Project
from rollout.coverage import Coverage
from stand.models import FormerAddress

from .edition import Edition as ComposedEdition


@dataclass(frozen=True)
class Link:
    """A link as it is written; `place` says in which text, `source` is the object that holds this text."""

    href: str
    place: str
    source: Any


def dead_links(edition, composed: ComposedEdition) -> list[Link]:
    """`composed` is the edition as it will be public; its own addresses count as pages already."""
    pages = _addresses(composed) | _projects(edition)
    anchors = {rubric.anchor for rubric in composed.rubrics} | {block.anchor for block in composed.contents}
    known: dict[str, bool] = {}
    dead = []
    for link in links_of(edition):
        if link.href not in known:
            known[link.href] = _leads_somewhere(link.href, composed.address, pages, anchors)
        if not known[link.href]:
            dead.append(link)
    return dead


def links_of(edition) -> Iterable[Link]:
    """All links in the texts of an edition, in the order of the print."""
    for name in ("opening", "next_edition_text", "hints", "imprint", "liability", "privacy"):
        yield from _links(edition, edition._meta.get_field(name).verbose_name, getattr(edition, name))
    for rubric in edition.rubrics.order_by("position"):
        yield from _links(rubric, f"Rubrik „{rubric}“", rubric.introduction)
    for block in edition.blocks.in_print_order():
        if block.introduction:
            yield from _links(block.rubric, f"Einleitung von „{block}“", block.introduction)
        if block.article:
            yield from _links(block.article, f"Beitrag „{block}“", block.article.body)


def _links(source, place: str, html: str) -> Iterable[Link]:
    parser = _Hrefs()
    parser.feed(html)
    return [Link(href, place, source) for href in parser.found]


class _Hrefs(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        href = dict(attributes).get("href")
        if tag == "a" and href is not None:
            self.found.append(href)


def _addresses(composed: ComposedEdition) -> set[str]:
    """The pages that exist once the edition is public."""
    found = {composed.address, reverse("newsletter:archive")}
    for block in composed.contents:
        if block.kind == "article":
            found.add(block.address)
        if isinstance(block.content, Coverage | Matrix) and block.content.date:
            name = "rollout" if isinstance(block.content, Coverage) else "projects"
            found |= {reverse(f"{name}:report", args=[block.content.date]), reverse(f"{name}:current")}
    return found


def _projects(edition) -> set[str]:
    """The pages of the projects that the edition reports on; a new one has none until then."""
    projects = Project.objects.filter(rows__report__blocks__edition=edition)
    return {project.get_absolute_url() for project in projects.distinct()}


def _leads_somewhere(href: str, base: str, pages: set[str], anchors: set[str]) -> bool:
    try:
        parts = urlsplit(urljoin(settings.SITE_URL + base, href))
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.netloc != urlsplit(settings.SITE_URL).netloc:
        return True  # another host, a mail, a telephone: nobody here can tell
    path = unquote(parts.path) or "/"
    if not path.endswith("/") and "." not in path:
        path += "/"  # where Django leads by itself
    if path == base:
        return bool(href) and (not parts.fragment or parts.fragment in anchors)
    return path in pages or _answers(path, parts.query)


def _answers(path: str, query: str) -> bool:
    """Whether the site has a public page at `path`: its own view is asked, since nothing else knows all of them."""
    if path.startswith(settings.STATIC_URL):
        return True
    if path.startswith(reverse("admin:index")) or "\x00" in path:
        return False
    if FormerAddress.objects.filter(old_path=path).exists():
        return True
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", path, path
    request.GET = QueryDict(query)
    request.META = {
        "QUERY_STRING": query,
        "SERVER_NAME": urlsplit(settings.SITE_URL).hostname,
        "SERVER_PORT": "80",
    }
    try:
        match = resolve(path)
        return match.func(request, *match.args, **match.kwargs).status_code < 400
    except Http404:
        return False
