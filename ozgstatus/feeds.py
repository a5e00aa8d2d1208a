"""Atom feeds: what is new on the site, of one service, of one authority.

Every entry has moments that are true: when something became public here or was recorded, as the history has it, and
when it was corrected last. The day that a publication names may be unknown, or long before; it stands in the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Max, Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import conditional_page, require_safe

from catalogue.models import Service
from newsletter.models import Article, Edition, EditionPublication, EditionWithdrawal
from projects.models import ProjectPublication, ProjectReport
from rollout.coverage import figures_in_words
from rollout.models import (
    Adoption,
    Authority,
    RegisterEdition,
    RolloutPublication,
    RolloutReport,
    ServiceCompetence,
)
from stand.history import took_effect_at
from stand.models import Correction, CorrectionChange
from stand.months import format_month
from stand.templatetags.stand import prose

from .corrections import places_of, roots_of
from .models import Site

NEWEST = 50
# Part of every name for good (RFC 4151): a year in which the address of the site was its operator's.
NAMED_IN = "2026"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
STATES = ("available_since", "planned_for", "discontinued_since")


@dataclass(frozen=True)
class Entry:
    """`name` never changes; `content` is HTML; `updated` is None where nothing was changed since `published`."""

    name: str
    title: str
    path: str
    published: datetime
    content: str = ""
    updated: datetime | None = None
    illustrative: bool = False

    @property
    def changed(self) -> datetime:
        return max(self.published, self.updated or self.published)


@dataclass(frozen=True)
class Source:
    """What a feed is of; `since` is when that came to be, for a feed that has no entry yet."""

    name: str
    title: str
    path: str
    feed_path: str
    author: str
    since: datetime
    entries: list[Entry]


class AtomFeed(Atom1Feed):
    """Without entries it was updated when it came to be, not at the moment somebody asks."""

    def latest_post_date(self):
        return super().latest_post_date() if self.items else self.feed["since"]

    def add_item(self, title, link, description, **kwargs):
        super().add_item(_of_xml(title), link, _of_xml(description), **kwargs)


def _of_xml(text: str) -> str:
    """Without the control characters that XML cannot hold; Word has some, and forms let them pass."""
    return CONTROL.sub("\ufffd", text)


class EntryFeed(Feed):
    """Formats a `Source`. All addresses are those of the site, whatever host was asked."""

    feed_type = AtomFeed
    language = "de"

    def title(self, source):
        return _of_xml(source.title)

    def link(self, source):
        return settings.SITE_URL + source.path

    def feed_url(self, source):
        return settings.SITE_URL + source.feed_path

    def feed_guid(self, source):
        return tag(source.name)

    def author_name(self, source):
        return _of_xml(source.author)

    def feed_extra_kwargs(self, source):
        return {"since": source.since}

    def items(self, source):
        newest = sorted(source.entries, key=lambda entry: (entry.changed, entry.name), reverse=True)
        return newest[:NEWEST]

    def item_title(self, entry):
        return f"Beispieldaten: {entry.title}" if entry.illustrative else entry.title

    def item_description(self, entry):
        return entry.content

    def item_link(self, entry):
        return settings.SITE_URL + entry.path

    def item_guid(self, entry):
        return tag(entry.name)

    def item_pubdate(self, entry):
        return entry.published

    def item_updateddate(self, entry):
        return entry.changed

    def item_categories(self, entry):
        return ["Beispieldaten"] if entry.illustrative else []


def tag(name: str) -> str:
    """A name that stays though the address of what it names may change."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{NAMED_IN}:{name}"


def _what_is_new(edition: Edition, editions: list[Edition]) -> SafeString:
    """The way to what differs from the real edition before; nothing of the oldest. `editions` are the newest first."""
    before = next((one for one in editions if one.month < edition.month and not one.illustrative), None)
    if before is None:
        return SafeString("")
    address = settings.SITE_URL + reverse("newsletter:comparison", args=[before.month, edition.month])
    return format_html('<p><a href="{}">Was neu ist seit: {}</a></p>', address, before.title)


def _paragraph(text: str) -> SafeString:
    return format_html("<p>{}</p>", text) if text else SafeString("")


# --- the site --------------------------------------------------------------------------------


class SiteFeed(EntryFeed):
    def get_object(self, request):
        site = Site.objects.for_pages()
        return Source(
            name="feed",
            title=f"{site.name}: Ausgaben, Beiträge und Änderungen",
            path=reverse("home"),
            feed_path=reverse("feed"),
            author=site.operator or site.name,
            since=_since(Site, site.pk),
            entries=[*_published(), *_withdrawn(), *_corrections()],
        )


def _since(model, pk) -> datetime:
    """When a row was recorded; the beginning of time of Unix where nobody knows."""
    return took_effect_at(model, [pk]).get(pk, datetime.fromtimestamp(0, timezone.get_default_timezone()))


def _published() -> Iterator[Entry]:
    corrected = CorrectionChange.objects.last_of_roots()
    editions = list(Edition.objects.public().select_related("publication").newest_first()[: NEWEST + 1])
    moments = took_effect_at(EditionPublication, [edition.publication.pk for edition in editions])
    for edition in editions:
        if edition.publication.pk in moments:
            yield Entry(
                name=f"ausgabe/{edition.month:%Y-%m}",
                title=edition.title,
                path=edition.get_absolute_url(),
                published=moments[edition.publication.pk],
                content=_paragraph(_on_paper(edition.publication.published_on))
                + _what_is_new(edition, editions),
                updated=corrected.get((Edition._meta.db_table, edition.pk)),
                illustrative=edition.illustrative,
            )
    articles = _newest_articles(editions).select_related("edition__publication")
    yield from _articles(articles.order_by("-edition__month", "pk"))
    for model, publications, word in (
        (RolloutReport, RolloutPublication, "rollout"),
        (ProjectReport, ProjectPublication, "projekte"),
    ):
        reports = list(model.objects.public().select_related("publication").newest_first()[:NEWEST])
        moments = took_effect_at(publications, [report.publication.pk for report in reports])
        for report in reports:
            if report.publication.pk in moments:
                yield Entry(
                    name=f"{word}/{report.date}",
                    title=f"{model._meta.verbose_name} am {report.date:%d.%m.%Y}",
                    path=report.get_absolute_url(),
                    published=moments[report.publication.pk],
                    content=_paragraph(report.note),
                    updated=corrected.get((model._meta.db_table, report.pk)),
                    illustrative=report.illustrative,
                )


def _newest_articles(editions):
    """Of `editions`, those that were published or corrected last: no feed shows others, and each is a whole text."""
    articles = Article.objects.filter(edition__in=editions, block__isnull=False)
    changes = CorrectionChange.objects.filter(table_name=Article._meta.db_table)
    corrected = changes.order_by().values("row_id").annotate(last=Max("correction__made_at"))
    return articles.filter(
        Q(pk__in=articles.order_by("-edition__publication", "-pk").values("pk")[:NEWEST])
        | Q(pk__in=corrected.order_by("-last", "-row_id").values("row_id")[:NEWEST])
    )


def _withdrawn() -> Iterator[Entry]:
    """The entries of editions that are gone, by their old names: that they are withdrawn, nothing of what they said."""
    newest = EditionWithdrawal.objects.select_related("publication__edition").order_by("-pk")
    withdrawals = list(newest[:NEWEST])
    published = took_effect_at(EditionPublication, [one.publication_id for one in withdrawals])
    gone = took_effect_at(EditionWithdrawal, [one.pk for one in withdrawals])
    for withdrawal in withdrawals:
        if withdrawal.pk in gone:
            edition = withdrawal.publication.edition
            yield Entry(
                name=f"ausgabe/{edition.month:%Y-%m}",
                title=f"Zurückgezogen: Ausgabe {date_format(edition.month, 'F Y')}",
                path=edition.get_absolute_url(),
                published=published.get(withdrawal.publication_id, gone[withdrawal.pk]),
                content=_paragraph(
                    f"Zurückgezogen am {withdrawal.withdrawn_on:%d.%m.%Y}: {withdrawal.reason}"
                ),
                updated=gone[withdrawal.pk],
                illustrative=edition.illustrative,
            )


def _on_paper(day) -> str:
    return f"Veröffentlicht am {day:%d.%m.%Y}." if day else ""


def _articles(articles: Iterable[Article]) -> Iterator[Entry]:
    """Articles of public editions, which come with edition and publication."""
    articles = list(articles)
    corrected = CorrectionChange.objects.filter(table_name=Article._meta.db_table).last_of_rows()
    moments = took_effect_at(EditionPublication, {one.edition.publication.pk for one in articles})
    for article in articles:
        edition = article.edition
        if edition.publication.pk in moments:
            yield Entry(
                name=f"ausgabe/{edition.month:%Y-%m}/beitrag/{article.pk}",
                title=article.title,
                path=article.get_absolute_url(),
                published=moments[edition.publication.pk],
                content=prose(article.body),
                updated=corrected.get((Article._meta.db_table, article.pk)),
                illustrative=edition.illustrative,
            )


def _corrections() -> Iterator[Entry]:
    """Without those of which every page was withdrawn since."""
    newest = Correction.objects.order_by("-made_at", "-pk").prefetch_related("changes")[:NEWEST]
    found = [(one, sorted(one.changes.all(), key=lambda change: change.pk)) for one in newest]
    roots = roots_of(change for _, changes in found for change in changes)
    for correction, changes in found:
        places = [place for place in places_of(changes, roots) if not place["withdrawn"]]
        if places:
            listed = format_html_join("", "<li>{}</li>", ((change.in_words,) for change in changes))
            yield Entry(
                name=f"berichtigung/{correction.pk}",
                title=f"Berichtigung: {', '.join(place['name'] for place in places)}",
                path=f"{reverse('corrections')}#berichtigung-{correction.pk}",
                published=correction.made_at,
                content=format_html("{}<ul>{}</ul>", _paragraph(correction.note), listed),
                illustrative=all(place["illustrative"] for place in places),
            )


# --- one service -----------------------------------------------------------------------------


class ServiceFeed(EntryFeed):
    def get_object(self, request, slug):
        service = get_object_or_404(Service, slug=slug)
        site = Site.objects.for_pages()
        return Source(
            name=f"leistung/{service.pk}",
            title=f"{service.name} – {site.name}",
            path=service.get_absolute_url(),
            feed_path=reverse("service_feed", args=[service.slug]),
            author=site.operator or site.name,
            since=_since(Service, service.pk),
            entries=[*_state_of(service), *_figures_of(service), *_articles(_about(service))],
        )


def _about(service) -> Iterable[Article]:
    return service.articles.real().in_print_order().select_related("edition__publication")[:NEWEST]


def state_in_words(service) -> str:
    """ "verfügbar seit 09/2022", "geplant für 10/2022"; what a service says without a month is "verfügbar"."""
    if service.discontinued_since:
        return f"eingestellt seit {format_month(service.discontinued_since)}"
    if service.is_planned:
        return f"geplant für {format_month(service.planned_for)}"
    month = format_month(service.available_since)
    return f"verfügbar seit {month}" if month else "verfügbar"


def _state_of(service) -> Iterator[Entry]:
    moment = took_effect_at(Service, [service.pk], *STATES).get(service.pk)
    if moment:
        words = state_in_words(service)
        yield Entry(
            name=f"leistung/{service.pk}/{words.replace(' ', '-').replace('/', '-').replace('ü', 'ue')}",
            title=f"{service.name}: {words}",
            path=service.get_absolute_url(),
            published=moment,
        )


def _figures_of(service) -> Iterator[Entry]:
    rows = list(
        service.coverage_rows.real()
        .select_related("report__publication", "footnote")
        .order_by("-report__date", "-position")[:NEWEST]
    )
    moments = took_effect_at(RolloutPublication, {row.report.publication.pk for row in rows})
    corrected = CorrectionChange.objects.filter(
        table_name=service.coverage_rows.model._meta.db_table, row_id__in=[row.pk for row in rows]
    ).last_of_rows()
    for row in rows:
        if row.report.publication.pk in moments:
            caveat = row.footnote.text if row.footnote else ""
            yield Entry(
                name=f"rollout/{row.report.date}/zeile/{row.pk}",
                title=f"{row.label}, Stand {row.report.date:%d.%m.%Y}: {figures_in_words(row)}",
                path=row.path,
                published=moments[row.report.publication.pk],
                content=_paragraph(caveat),
                updated=corrected.get((row._meta.db_table, row.pk)),
            )


# --- one authority ---------------------------------------------------------------------------


class AuthorityFeed(EntryFeed):
    def get_object(self, request, key):
        authority = get_object_or_404(Authority.objects.at_address(key))
        site = Site.objects.for_pages()
        edition = RegisterEdition.objects.newest()
        return Source(
            name=f"kommune/{authority.key}",
            title=f"{authority.full_name} – {site.name}",
            path=authority.get_absolute_url(),
            feed_path=reverse("authority_feed", args=[authority.key]),
            author=site.operator or site.name,
            since=_since(Authority, authority.pk),
            entries=[*_adoptions_of(authority, edition), *_coming_to(authority, edition)],
        )


def _adoptions_of(authority, edition) -> Iterator[Entry]:
    """What was recorded of the authority or of its unit; examples are left out."""
    adoptions = list(Adoption.objects.real().of_the_competent().at(authority, edition))
    numbers = [adoption.pk for adoption in adoptions]
    recorded = took_effect_at(Adoption, numbers)
    changed = took_effect_at(Adoption, numbers, "state", "since", "until", "checked_on", "solution")
    for adoption in adoptions:
        if adoption.pk in recorded:
            through = "" if adoption.authority == authority else f" (über die {adoption.authority.full_name})"
            yield Entry(
                name=f"einsatz/{adoption.pk}",
                title=f"{adoption.service.name}: {adoption.in_words}{through}",
                path=f"{authority.get_absolute_url()}#leistung-{adoption.service.slug}",
                published=recorded[adoption.pk],
                content=_paragraph(f"Lösung: {adoption.get_solution_display()}"),
                updated=changed.get(adoption.pk),
            )


def _coming_to(authority, edition) -> Iterator[Entry]:
    """Services that are planned, and for which the authority or its unit is known to be competent."""
    links = list(ServiceCompetence.objects.real().planned_at(authority, edition))
    planned = took_effect_at(Service, [link.service_id for link in links], *STATES)
    linked = took_effect_at(ServiceCompetence, [link.pk for link in links], "set_id")
    for link in links:
        if link.service_id in planned and link.pk in linked:
            yield Entry(
                name=f"kommune/{authority.key}/geplant/{link.service_id}",
                title=f"Demnächst: {link.service.name}, {state_in_words(link.service)}",
                path=f"{authority.get_absolute_url()}#leistung-{link.service.slug}",
                published=max(planned[link.service_id], linked[link.pk]),
            )


site_feed = require_safe(conditional_page(SiteFeed()))
service_feed = require_safe(conditional_page(ServiceFeed()))
authority_feed = require_safe(conditional_page(AuthorityFeed()))
