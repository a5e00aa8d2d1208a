"""What the mail of an edition says, as one plain structure. Pure: reads what `compose()` and `compare()` have made.

Articles are there in full. Of the three tables it has what changed since the edition before; where there is none to
compare with, what the table holds in short.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import nh3

from catalogue.models import Level
from projects.matrix import Matrix
from rollout.coverage import Coverage, CoverageLine, figures_in_words
from stand.templatetags.stand import PROSE_TAGS

from ..differences import (
    CoverageChange,
    Differences,
    Project,
    ProjectChange,
    Projects,
    Rollout,
    Service,
    ServiceChange,
    Services,
)
from ..edition import Article, Block, Catalogue, Edition

# A list that is longer ends with the number of those left out: the whole table is one click away.
LONGEST = 20
# So many services, or all of one month more, say what became available last.
NEWEST = 4
PREHEADER = 130


@dataclass(frozen=True)
class Line:
    """A row of a table in a sentence; `address` is absolute or "", `note` the footnote that limits its figures."""

    label: str
    words: str
    address: str = ""
    note: str = ""


@dataclass(frozen=True)
class ChangeList:
    """Lines under one heading, and how many more there are."""

    heading: str
    lines: tuple[Line, ...]
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.lines) + self.more


@dataclass(frozen=True)
class MailBlock:
    """An article with its `body`, or a table in `sentences` and `lists`; `address` is absolute."""

    kind: str
    title: str
    address: str
    body: str = ""
    sentences: tuple[str, ...] = ()
    lists: tuple[ChangeList, ...] = ()
    illustrative: bool = False


@dataclass(frozen=True)
class MailRubric:
    title: str
    introduction: str
    blocks: tuple[MailBlock, ...]


@dataclass(frozen=True)
class MailContent:
    """The whole mail but for what differs from one subscriber to the next. Prose is HTML with absolute links."""

    edition: Edition
    address: str
    before: str
    opening: str
    rubrics: tuple[MailRubric, ...]
    next_edition_text: str
    hints: str
    imprint: str
    liability: str
    privacy: str

    @property
    def blocks(self) -> tuple[MailBlock, ...]:
        return tuple(block for rubric in self.rubrics for block in rubric.blocks)

    @property
    def preheader(self) -> str:
        """What a mailbox shows beside the subject: the headings of the articles, as far as there is room."""
        titles = [block.title for block in self.blocks if block.kind == "article"]
        titles = titles or [block.title for block in self.blocks]
        text = " · ".join(" ".join(title.split()) for title in titles)
        return text if len(text) <= PREHEADER else f"{text[:PREHEADER].rsplit(' ', 1)[0]} …"


def compose_mail(edition: Edition, differences: Differences | None, site_url: str) -> MailContent:
    """`differences` lead from the last public edition to this one; None where there is none."""
    base = f"{site_url}{edition.address}"

    def prose(html: str) -> str:
        return absolute_links(html, base)

    return MailContent(
        edition=edition,
        address=base,
        before=differences.before.title if differences else "",
        opening=prose(edition.opening),
        rubrics=tuple(
            MailRubric(
                rubric.title,
                prose(rubric.introduction),
                tuple(_block(block, differences, base) for block in rubric.blocks),
            )
            for rubric in edition.rubrics
        ),
        next_edition_text=prose(edition.next_edition_text),
        hints=prose(edition.hints),
        imprint=prose(edition.imprint),
        liability=prose(edition.liability),
        privacy=prose(edition.privacy),
    )


def absolute_links(html: str, base: str) -> str:
    """An editor's text whose links can be followed from a mailbox: `base` is where it stands on the site."""
    return nh3.clean(
        html,
        tags=PROSE_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=lambda element, attribute, value: _absolute(value, base),
        link_rel=None,
    )


def _absolute(href: str, base: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:  # such as "http://[": it led nowhere before
        return base


def _block(block: Block, differences: Differences | None, base: str) -> MailBlock:
    address = urljoin(base, block.address or f"#{block.anchor}")
    if isinstance(block.content, Article):
        return MailBlock(block.kind, block.title, address, body=absolute_links(block.content.body, base))
    sentences, lists = _table(block, differences)
    return MailBlock(
        kind=block.kind,
        title=block.title,
        address=address,
        sentences=tuple(filter(None, sentences)),
        lists=tuple(_with_addresses(found, base) for found in lists if found.lines),
        illustrative=getattr(block.content, "illustrative", False),
    )


def _with_addresses(found: ChangeList, base: str) -> ChangeList:
    lines = tuple(
        Line(line.label, line.words, urljoin(base, line.address) if line.address else "", line.note)
        for line in found.lines
    )
    return ChangeList(found.heading, lines[:LONGEST], max(len(lines) - LONGEST, 0))


def _table(block: Block, differences: Differences | None) -> tuple[list[str], list[ChangeList]]:
    """The sentences and lists of a table: what changed, or what it holds where there is nothing to compare."""
    content = block.content
    before = differences.before.title if differences else ""
    if isinstance(content, Catalogue):
        services = differences.services if differences else None
        if services is None:
            return _planned(content) if block.kind == "planned" else _available(content)
        lists = _planned_lists(services) if block.kind == "planned" else _available_lists(services)
        return [_counted(content), _compared(lists, before)], lists
    if isinstance(content, Coverage):
        rollout = differences.rollout if differences else None
        if rollout is None:
            return _rollout(content)
        lists = _rollout_lists(rollout)
        return [_stand(rollout, content), _compared(lists, before)], lists
    if isinstance(content, Matrix):
        projects = differences.projects if differences else None
        if projects is None:
            return _projects(content)
        lists = _project_lists(projects)
        return [_stand(projects, content), _compared(lists, before)], lists
    raise TypeError(content)


def _compared(lists: Sequence[ChangeList], before: str) -> str:
    return f"{'Änderungen' if any(found.lines for found in lists) else 'Unverändert'} gegenüber: {before}."


def _stand(found: Rollout | Projects, content: Coverage | Matrix) -> str:
    if not content.date:
        return "Stand: keine Angabe"
    then = found.stand_before
    since = f" (bisher {then:%d.%m.%Y})" if then and then != content.date else ""
    return f"Stand: {content.date:%d.%m.%Y}{since}"


# --- what changed ----------------------------------------------------------------------------


def _available_lists(found: Services) -> list[ChangeList]:
    finished = [_service(change.after, change) for change in found.finished]
    others = {id(change.after) for change in found.finished}
    renamed = [c for c in found.renamed if not c.after.planned and id(c.after) not in others]
    changed = [c for c in found.changed if not c.after.planned]
    return [
        ChangeList("Fertiggestellt", tuple(finished)),
        ChangeList("Neu aufgenommen", tuple(_service(service) for service in found.new)),
        ChangeList("Neue Bezeichnung", tuple(_renamed(c) for c in renamed if not c.values)),
        ChangeList("Geänderte Angaben", tuple(_values(c, c.values) for c in changed)),
        ChangeList("Nicht mehr aufgeführt", tuple(_service(service) for service in found.discontinued)),
    ]


def _planned_lists(found: Services) -> list[ChangeList]:
    others = {id(c.after) for c in [*found.rescheduled, *found.reopened]}
    renamed = [c for c in found.renamed if c.after.planned and id(c.after) not in others]
    changed = [c for c in found.changed if c.after.planned]
    return [
        ChangeList("Neu geplant", tuple(_service(service) for service in found.newly_planned)),
        ChangeList("Neuer Termin", tuple(_values(c, c.values) for c in found.rescheduled)),
        ChangeList("Wieder in Arbeit", tuple(_service(c.after, c) for c in found.reopened)),
        ChangeList("Neue Bezeichnung", tuple(_renamed(c) for c in renamed if not c.values)),
        ChangeList("Geänderte Angaben", tuple(_values(c, c.values) for c in changed)),
        ChangeList("Nicht mehr geplant", tuple(_service(service) for service in found.dropped)),
    ]


def _rollout_lists(found: Rollout) -> list[ChangeList]:
    others = {id(c.after) for c in [*found.up, *found.down, *found.changed]}
    renamed = [c for c in found.renamed if id(c.after) not in others]
    return [
        ChangeList("Gestiegen", tuple(map(_coverage, found.up))),
        ChangeList("Gesunken", tuple(map(_coverage, found.down))),
        ChangeList("Weitere Änderungen", tuple(map(_coverage, found.changed))),
        ChangeList("Neu in der Tabelle", tuple(map(_figures, found.new))),
        ChangeList("Neue Bezeichnung", tuple(map(_renamed, renamed))),
        ChangeList("Nicht mehr in der Tabelle", tuple(map(_figures, found.gone))),
    ]


def _project_lists(found: Projects) -> list[ChangeList]:
    others = {id(c.after) for c in [*found.moved, *found.recorded, *found.changed]}
    renamed = [c for c in found.renamed if id(c.after) not in others]
    return [
        ChangeList("Andere Phase", tuple(map(_phases, found.moved))),
        ChangeList("Neu begonnen", tuple(map(_project, found.came))),
        ChangeList("Phasen erstmals angegeben", tuple(map(_recorded, found.recorded))),
        ChangeList("Geänderte Angaben", tuple(_values(c, c.values) for c in found.changed)),
        ChangeList("Neue Bezeichnung", tuple(map(_renamed, renamed))),
        ChangeList("Nicht mehr in der Tabelle", tuple(map(_project, found.went))),
    ]


def _former(change: ServiceChange | CoverageChange | ProjectChange) -> list[str]:
    return [f"bisher „{change.former_label}“"] if change.is_renamed else []


def _service(service: Service, change: ServiceChange | None = None) -> Line:
    words = ", ".join([service.in_words, *(_former(change) if change else [])])
    return Line(service.label, words, service.address)


def _renamed(change: ServiceChange | CoverageChange | ProjectChange) -> Line:
    return Line(change.label, *_former(change), address=change.address)


def _values(change: ServiceChange | ProjectChange, values) -> Line:
    words = "; ".join([*(value.in_words for value in values), *_former(change)])
    return Line(change.label, words, change.address)


def _coverage(change: CoverageChange) -> Line:
    figures = [value.in_words for value in change.figures] if change.has_other_figures else []
    others = [value.in_words for value in (change.base, change.origin, *change.parts) if value]
    if change.note and not change.note.after:
        others.append("ohne die bisherige Fußnote")
    words = "; ".join(filter(None, [", ".join(figures), *others, *_former(change)]))
    note = change.after.note.text if change.after.note else ""
    return Line(change.label, words or "Fußnote geändert", change.address, note)


def _figures(line: CoverageLine) -> Line:
    note = line.note.text if line.note else ""
    return Line(line.label, figures_in_words(line).replace(" %", "\u00a0%"), line.address, note)


def _phases(change: ProjectChange) -> Line:
    return _values(change, [*change.phase_runs, *change.values])


def _recorded(change: ProjectChange) -> Line:
    phases = ", ".join(f"{value.name} {value.after}" for value in change.phase_runs)
    words = [phases, *(value.in_words for value in change.values), *_former(change)]
    return Line(change.label, "; ".join(words), change.address)


def _project(project: Project) -> Line:
    return Line(project.label, f"{project.group}; {project.line.phases_in_words}", project.address)


# --- what a table holds ----------------------------------------------------------------------


def _counted(content: Catalogue) -> str:
    """ "44 Einträge: im Vollzug der Landkreise 15, der Gemeinden 24"."""
    counts: dict[str, int] = {}
    for group in content.groups:
        counts[group.level] = counts.get(group.level, 0) + len(group.lines)
    if not counts:
        return "Diese Liste hat keine Einträge."
    levels = ", ".join(f"der {Level(level).label} {number}" for level, number in counts.items())
    total = sum(counts.values())
    return f"{total} {'Eintrag' if total == 1 else 'Einträge'}, im Vollzug {levels}."


def _services_in(content: Catalogue, planned: bool) -> Iterable[Service]:
    for group in content.groups:
        for run in group.runs:
            for line in run.lines:
                yield Service(line, group.level, run.authority, planned)


def _available(content: Catalogue) -> tuple[list[str], list[ChangeList]]:
    services = list(_services_in(content, False))
    months = sorted((service.line.month for service in services if service.line.month), reverse=True)
    since = months[:NEWEST][-1:]
    dated = [service for service in services if service.line.month and [service.line.month] >= since]
    dated.sort(key=lambda service: str(service.line.month), reverse=True)
    return [_counted(content)], [ChangeList("Zuletzt verfügbar", tuple(map(_service, dated)))]


def _planned(content: Catalogue) -> tuple[list[str], list[ChangeList]]:
    lines = tuple(map(_service, _services_in(content, True)))
    return [_counted(content)], [ChangeList("Geplant", lines)]


def _rollout(content: Coverage) -> tuple[list[str], list[ChangeList]]:
    complete = [line for line in content.lines if line.share_authorities == 100]
    majority = [line for line in content.lines if (line.share_population or 0) > 50]
    number = len(content.lines)
    stand = f"Stand: {content.date:%d.%m.%Y}" if content.date else "Stand: keine Angabe"
    counted = (
        f"{number} {'Antragsassistent' if number == 1 else 'Antragsassistenten'} im Roll-out: "
        f"{len(complete)} bei 100\u00a0% der zuständigen Behörden, "
        f"{len(majority)} über der Hälfte der Einwohner."
    )
    return [stand, counted], [ChangeList("Über der Hälfte der Einwohner", tuple(map(_figures, majority)))]


def _projects(content: Matrix) -> tuple[list[str], list[ChangeList]]:
    number = sum(len(group.lines) for group in content.groups)
    groups = len({group.lp for group in content.groups})
    stand = f"Stand: {content.date:%d.%m.%Y}" if content.date else "Stand: keine Angabe"
    counted = f"{number} {'Eintrag' if number == 1 else 'Einträge'} laufender OZG-Projekte in {groups} LP."
    return [stand, counted], []
