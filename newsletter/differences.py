"""What a reader should know of the way from one edition to another: for a page, the mail and the feed alike.

Pure: reads what `newsletter.edition.compose()` has made, and asks the database nothing. A row is known by the service
or project that it is linked to, whatever it is called; by its label only where one of the two has no link.
`newsletter.comparison` is for editors: every value of a draft beside the one that was published.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from catalogue.models import Level
from projects.matrix import Cell, Line, Matrix
from projects.models import PhaseState
from rollout.coverage import Coverage, CoverageLine
from stand.months import format_month
from stand.pairs import pair
from stand.templatetags.stand import share

from .edition import Article, Catalogue, CatalogueLine, Edition

UNKNOWN = "keine Angabe"
UNSAID = (PhaseState.UNKNOWN, PhaseState.BLANK)
T = TypeVar("T")


@dataclass(frozen=True)
class Value:
    """A figure or word of a row, before and after, as a reader sees it; "" where there was none."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after

    @property
    def in_words(self) -> str:
        """ "Anzahl 50 (bisher 48)", "nach Behörden 16 % (unverändert)", "Adresse neu: https://…"."""
        if not self.differs:
            return f"{self.name} {self.after} (unverändert)"
        if not self.before:
            return f"{self.name} neu: {self.after}"
        if not self.after:
            return f"{self.name} entfallen: {self.before}"
        return f"{self.name} {self.after} (bisher {self.before})"


class Row(Protocol):
    """What each row of a list or table has: how it is called, and its page or nothing."""

    @property
    def label(self) -> str: ...

    @property
    def address(self) -> str: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Change(Generic[R]):
    """A row that stands in both editions, under the name that it has now."""

    before: R
    after: R

    @property
    def label(self) -> str:
        return self.after.label

    @property
    def address(self) -> str:
        return self.after.address

    @property
    def is_renamed(self) -> bool:
        return self.before.label != self.after.label

    @property
    def former_label(self) -> str:
        return self.before.label if self.is_renamed else ""


# --- services --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    """A line of the catalogue; `planned` says in which of the two lists it stands."""

    line: CatalogueLine
    level: str
    authority: str
    planned: bool

    @property
    def label(self) -> str:
        return self.line.label

    @property
    def address(self) -> str:
        return self.line.service_address

    @property
    def level_label(self) -> str:
        return Level(self.level).label

    @property
    def month_in_words(self) -> str:
        return format_month(self.line.month) or UNKNOWN

    @property
    def in_words(self) -> str:
        """ "Landkreise, verfügbar seit 09/2022"."""
        if self.planned:
            return f"{self.level_label}, Fertigstellung geplant in {self.month_in_words}"
        return f"{self.level_label}, verfügbar seit {self.month_in_words}"


@dataclass(frozen=True)
class ServiceChange(Change[Service]):
    """A service that stands in both editions."""

    @property
    def values(self) -> tuple[Value, ...]:
        """What differs beside name and list.

        That one of two editions does not print the zuständige Behörde is its form and says nothing of the service.
        """
        one, other = self.before, self.after
        values = [
            Value("Vollzug", one.level_label, other.level_label),
            Value("Adresse", one.line.address, other.line.address),
            *_came_and_went(
                "Teilleistungen",
                _listed(one.line.parts, one.line.parts_open),
                _listed(other.line.parts, other.line.parts_open),
            ),
        ]
        if one.authority and other.authority:
            values.insert(1, Value("zuständige Behörde", one.authority, other.authority))
        if one.planned == other.planned:
            month = "geplant in" if other.planned else "verfügbar seit"
            values.insert(0, Value(month, one.month_in_words, other.month_in_words))
        return tuple(value for value in values if value.differs)


@dataclass(frozen=True)
class Services:
    """What became of the catalogue. A service that is finished and renamed stands in both of these lists.

    `new` are available and stood in no list before, `finished` were planned before; `discontinued` were available and
    `dropped` planned, and neither is listed any more: the editions do not say why. `reopened` were available before and
    are planned again. `changed` are all other services of both editions of which more than the name differs.
    """

    new: tuple[Service, ...] = ()
    finished: tuple[ServiceChange, ...] = ()
    newly_planned: tuple[Service, ...] = ()
    rescheduled: tuple[ServiceChange, ...] = ()
    renamed: tuple[ServiceChange, ...] = ()
    reopened: tuple[ServiceChange, ...] = ()
    discontinued: tuple[Service, ...] = ()
    dropped: tuple[Service, ...] = ()
    changed: tuple[ServiceChange, ...] = ()

    @property
    def differs(self) -> bool:
        return any(getattr(self, name) for name in self.__dataclass_fields__)


# --- coverage --------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoverageChange(Change[CoverageLine]):
    """A row of the roll-out that stands in both editions."""

    @property
    def figures(self) -> tuple[Value, ...]:
        """Count and both shares, also those that are as they were."""
        return (
            Value("Anzahl", _count(self.before), _count(self.after)),
            Value("nach Behörden", share(self.before.share_authorities), share(self.after.share_authorities)),
            Value("nach Einwohnern", share(self.before.share_population), share(self.after.share_population)),
        )

    @property
    def base(self) -> Value | None:
        """The number of competent authorities, if it changed or became known or unknown."""
        value = Value(
            "zuständige Behörden",
            _number(self.before.denominator),
            _number(self.after.denominator),
        )
        return value if value.differs else None

    @property
    def origin(self) -> Value | None:
        """How the figures came about, if that changed: they are then to be compared with care."""
        value = Value("Herkunft", self.before.origin, self.after.origin)
        return value if value.differs else None

    @property
    def note(self) -> Value | None:
        """The footnote, if its text changed; its number says nothing."""
        value = Value("Fußnote", _note(self.before), _note(self.after))
        return value if value.differs else None

    @property
    def parts(self) -> tuple[Value, ...]:
        return _came_and_went("Bestandteile", self.before.parts, self.after.parts)

    @property
    def remarks(self) -> tuple[Value, ...]:
        """What differs beside name and figures."""
        return tuple(value for value in (self.base, self.origin, self.note, *self.parts) if value is not None)

    @property
    def has_other_figures(self) -> bool:
        return any(value.differs for value in self.figures) or self.base is not None

    @property
    def direction(self) -> int:
        """1 where everything that moved went up, -1 where it went down, else 0.

        It is 0 too where a figure became known or unknown, or only the base changed.
        """
        moves = {
            _direction(old, new)
            for old, new in (
                (self.before.count, self.after.count),
                (self.before.share_authorities, self.after.share_authorities),
                (self.before.share_population, self.after.share_population),
            )
            if old != new
        }
        return moves.pop() if len(moves) == 1 else 0


@dataclass(frozen=True)
class Rollout:
    """What became of the coverage table; each row that stands in both is in at most one of up, down and changed.

    `changed` are those whose figures went both ways, became known or unknown, or of which only base, origin, footnote
    or parts differ. `renamed` are all whose label differs, whatever else does.
    """

    stand_before: datetime.date | None
    stand_after: datetime.date | None
    up: tuple[CoverageChange, ...] = ()
    down: tuple[CoverageChange, ...] = ()
    changed: tuple[CoverageChange, ...] = ()
    renamed: tuple[CoverageChange, ...] = ()
    new: tuple[CoverageLine, ...] = ()
    gone: tuple[CoverageLine, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.up or self.down or self.changed or self.renamed or self.new or self.gone)


# --- projects --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Project:
    """A row of the project matrix with the LP that it stands in."""

    line: Line
    lp: str
    lp_name: str

    @property
    def label(self) -> str:
        return self.line.label

    @property
    def address(self) -> str:
        return self.line.address

    @property
    def group(self) -> str:
        return f"LP {self.lp} {self.lp_name}"


@dataclass(frozen=True)
class ProjectChange(Change[Project]):
    """A project that stands in both editions."""

    @property
    def moves(self) -> tuple[tuple[Cell, Cell], ...]:
        """The phases whose state differs, before and after, in the order of the columns."""
        cells = zip(self.before.line.cells, self.after.line.cells, strict=True)
        return tuple((old, new) for old, new in cells if old.words != new.words)

    @property
    def phases(self) -> tuple[Value, ...]:
        return tuple(Value(_phase(new.phase), old.words, new.words) for old, new in self.moves)

    @property
    def phase_runs(self) -> tuple[Value, ...]:
        """The same in short: neighbours that went the same way are one, "LA bis Phase 3"."""
        columns = [cell.phase for cell in self.after.line.cells]
        runs: list[list[tuple[Cell, Cell]]] = []
        for old, new in self.moves:
            last = runs[-1][-1] if runs else None
            goes_on = last and columns.index(new.phase) == columns.index(last[1].phase) + 1
            if last and goes_on and (old.words, new.words) == (last[0].words, last[1].words):
                runs[-1].append((old, new))
            else:
                runs.append([(old, new)])
        return tuple(
            Value(_span(run[0][1].phase, run[-1][1].phase), run[0][0].words, run[0][1].words) for run in runs
        )

    @property
    def is_recorded(self) -> bool:
        """Whether nothing was said before of any phase that differs: nobody knows then that it moved."""
        return bool(self.moves) and all(old.state in UNSAID for old, _ in self.moves)

    @property
    def values(self) -> tuple[Value, ...]:
        """What differs beside name and phases."""
        one, other = self.before.line, self.after.line
        values = (
            Value("Umsetzungsweg", one.approach or UNKNOWN, other.approach or UNKNOWN),
            Value("LP", self.before.group.removeprefix("LP "), self.after.group.removeprefix("LP ")),
            Value("LB", one.lb, other.lb),
            *_came_and_went(
                "Einzelheiten",
                _listed(one.details, one.details_open),
                _listed(other.details, other.details_open),
            ),
            Value("Fußnote", _note(one), _note(other)),
        )
        return tuple(value for value in values if value.differs)


@dataclass(frozen=True)
class Projects:
    """What became of the matrix; each project that stands in both is in at most one of moved, recorded and changed.

    `moved` have a phase in another state than it was said to be in, `recorded` a state where none was said before, and
    `changed` neither. `renamed` are all whose label differs, whatever else does.
    """

    stand_before: datetime.date | None
    stand_after: datetime.date | None
    moved: tuple[ProjectChange, ...] = ()
    recorded: tuple[ProjectChange, ...] = ()
    changed: tuple[ProjectChange, ...] = ()
    renamed: tuple[ProjectChange, ...] = ()
    came: tuple[Project, ...] = ()
    went: tuple[Project, ...] = ()

    @property
    def differs(self) -> bool:
        rows = (self.moved, self.recorded, self.changed, self.renamed, self.came, self.went)
        return any(rows)


# --- articles --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ArticleLink:
    """An article with its own page."""

    label: str
    address: str
    body: str


@dataclass(frozen=True)
class Articles:
    """Articles belong to one edition each; one that is printed again is the same if its heading is."""

    new: tuple[ArticleLink, ...] = ()
    gone: tuple[ArticleLink, ...] = ()
    changed: tuple[ArticleLink, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.new or self.gone or self.changed)


@dataclass(frozen=True)
class Differences:
    """From one edition to another. A table that one of them does not have is None: there is nothing to compare."""

    before: Edition
    after: Edition
    services: Services | None
    rollout: Rollout | None
    projects: Projects | None
    articles: Articles

    @property
    def differs(self) -> bool:
        parts = (self.services, self.rollout, self.projects, self.articles)
        return any(part is not None and part.differs for part in parts)


def compare(a: Edition, b: Edition) -> Differences:
    """What differs from `a` to `b`, in the order of `b`; what is gone, in that of `a`. Either may be the earlier."""
    return Differences(a, b, _services(a, b), _rollout(a, b), _projects(a, b), _articles(a, b))


# --- comparing -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Paired(Generic[T]):
    both: list[tuple[T, T]]
    new: list[T]
    gone: list[T]


def _paired(
    before: Sequence[T], after: Sequence[T], list_of: Callable[[T], str] = lambda row: ""
) -> _Paired[T]:
    """`list_of` says in which list a row stands, which decides between rows that are otherwise alike."""

    def is_same_thing(old, new):
        return bool(_thing(old)) and _thing(old) == _thing(new)

    def is_same_row(old, new):
        return is_same_thing(old, new) and (old.label, list_of(old)) == (new.label, list_of(new))

    def has_same_label(old, new):
        return old.label == new.label and not (_thing(old) and _thing(new))

    def has_same_label_and_list(old, new):
        return has_same_label(old, new) and list_of(old) == list_of(new)

    rules = [is_same_row, is_same_thing, has_same_label_and_list, has_same_label]
    pairs = pair(before, after, rules)
    return _Paired(
        both=[(old, new) for old, new in pairs if old is not None and new is not None],
        new=[new for old, new in pairs if old is None and new is not None],
        gone=[old for old, new in pairs if new is None and old is not None],
    )


def _services(a: Edition, b: Edition) -> Services | None:
    lists = _lists_of(a), _lists_of(b)
    if not all(lists):
        return None
    found = _paired(list(_lines(a)), list(_lines(b)), lambda service: service.level)
    both = [ServiceChange(old, new) for old, new in found.both]
    stay = [change for change in both if change.before.planned == change.after.planned]
    rescheduled = [
        change
        for change in stay
        if change.after.planned and change.before.line.month != change.after.line.month
    ]
    return Services(
        # A list that an edition does not print says nothing of what stood or will stand in it.
        new=tuple(service for service in found.new if not service.planned and "available" in lists[0]),
        finished=tuple(change for change in both if change.before.planned and not change.after.planned),
        newly_planned=tuple(service for service in found.new if service.planned and "planned" in lists[0]),
        rescheduled=tuple(rescheduled),
        renamed=tuple(change for change in both if change.is_renamed),
        reopened=tuple(change for change in both if change.after.planned and not change.before.planned),
        discontinued=tuple(
            service for service in found.gone if not service.planned and "available" in lists[1]
        ),
        dropped=tuple(service for service in found.gone if service.planned and "planned" in lists[1]),
        changed=tuple(change for change in stay if change.values and change not in rescheduled),
    )


def _rollout(a: Edition, b: Edition) -> Rollout | None:
    before, after = _tables(a, Coverage), _tables(b, Coverage)
    if not (before and after):
        return None
    lines = [[line for table in tables for line in table.lines] for tables in (before, after)]
    found = _paired(lines[0], lines[1])
    both = [CoverageChange(old, new) for old, new in found.both]
    up = [change for change in both if change.direction > 0]
    down = [change for change in both if change.direction < 0]
    rest = [change for change in both if change.direction == 0]
    return Rollout(
        stand_before=before[0].date,
        stand_after=after[0].date,
        up=tuple(up),
        down=tuple(down),
        changed=tuple(
            change
            for change in rest
            if change.has_other_figures or change.origin or change.note or change.parts
        ),
        renamed=tuple(change for change in both if change.is_renamed),
        new=tuple(found.new),
        gone=tuple(found.gone),
    )


def _projects(a: Edition, b: Edition) -> Projects | None:
    before, after = _tables(a, Matrix), _tables(b, Matrix)
    if not (before and after):
        return None
    found = _paired(list(_rows(before)), list(_rows(after)), lambda project: project.lp)
    both = [ProjectChange(old, new) for old, new in found.both]
    return Projects(
        stand_before=before[0].date,
        stand_after=after[0].date,
        moved=tuple(change for change in both if change.moves and not change.is_recorded),
        recorded=tuple(change for change in both if change.is_recorded),
        changed=tuple(change for change in both if change.values and not change.moves),
        renamed=tuple(change for change in both if change.is_renamed),
        came=tuple(found.new),
        went=tuple(found.gone),
    )


def _articles(a: Edition, b: Edition) -> Articles:
    before, after = list(_article_links(a)), list(_article_links(b))
    pairs = pair(before, after, [lambda old, new: old.label == new.label])
    return Articles(
        new=tuple(new for old, new in pairs if new and not old),
        gone=tuple(old for old, new in pairs if old and not new),
        changed=tuple(new for old, new in pairs if old and new and old.body != new.body),
    )


# --- rows ------------------------------------------------------------------------------------


def _thing(row: Service | CoverageLine | Project) -> object:
    """What a row is linked to: a service by its page, which every service has, a project by its number."""
    return row.line.project if isinstance(row, Project) else row.address


def _lists_of(edition: Edition) -> set[str]:
    """Which of the two lists of the catalogue an edition prints."""
    return {block.kind for block in edition.contents if isinstance(block.content, Catalogue)}


def _lines(edition: Edition) -> Iterator[Service]:
    for block in edition.contents:
        if isinstance(block.content, Catalogue):
            for group in block.content.groups:
                for run in group.runs:
                    for line in run.lines:
                        yield Service(line, group.level, run.authority, block.kind == "planned")


def _tables(edition: Edition, kind: type[T]) -> list[T]:
    return [block.content for block in edition.contents if isinstance(block.content, kind)]


def _rows(tables: Sequence[Matrix]) -> Iterator[Project]:
    for table in tables:
        for group in table.groups:
            for line in group.lines:
                yield Project(line, group.lp, group.name)


def _article_links(edition: Edition) -> Iterator[ArticleLink]:
    for block in edition.contents:
        if isinstance(block.content, Article):
            yield ArticleLink(block.content.title, block.address, block.content.body)


def _listed(names: Sequence[str], is_open: bool) -> list[str]:
    return [*names, "u.a."] if is_open else list(names)


def _came_and_went(name: str, before: Sequence[str], after: Sequence[str]) -> tuple[Value, ...]:
    """What a list has more and what it has less; that all else stayed needs no words."""
    values = (
        Value(name, "", ", ".join(part for part in after if part not in before)),
        Value(name, ", ".join(part for part in before if part not in after), ""),
    )
    return tuple(value for value in values if value.differs)


def _count(line: CoverageLine) -> str:
    return UNKNOWN if line.count is None else f"{'mindestens ' if line.at_least else ''}{line.count}"


def _direction(old: int | None, new: int | None) -> int:
    return 0 if old is None or new is None else (new > old) - (new < old)


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _note(line: CoverageLine | Line) -> str:
    return line.note.text if line.note else ""


def _span(first: str, last: str) -> str:
    return _phase(first) if first == last else f"{_phase(first)} bis {_phase(last)}"


def _phase(label: str) -> str:
    return f"Phase {label}" if label.isdigit() else label
