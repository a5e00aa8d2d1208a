"""An edition as one plain structure that page, mail, PDF and JSON format. Pure: reads prefetched objects only."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, groupby

from catalogue.models import Level
from projects.matrix import Matrix, compose_matrix
from rollout.coverage import Coverage, compose_coverage
from stand.paths import path_to

from .models import Block as PrintedBlock
from .models import CatalogueRow


@dataclass(frozen=True)
class CatalogueLine:
    """A service as printed. `number` counts through the whole list; `address` is the printed one."""

    number: int
    label: str
    month: datetime.date | None
    address: str
    parts: tuple[str, ...]
    parts_open: bool
    service_address: str


@dataclass(frozen=True)
class AuthorityRun:
    """Consecutive lines of one zuständige Behörde; "" where the list names none."""

    authority: str
    lines: tuple[CatalogueLine, ...]


@dataclass(frozen=True)
class CatalogueGroup:
    """The lines of one level, as they follow each other in print."""

    level: str
    heading: str
    runs: tuple[AuthorityRun, ...]

    @property
    def lines(self) -> tuple[CatalogueLine, ...]:
        return tuple(line for run in self.runs for line in run.lines)


@dataclass(frozen=True)
class Catalogue:
    """The list of productive or of planned services."""

    groups: tuple[CatalogueGroup, ...]

    @property
    def names_authorities(self) -> bool:
        """Whether any line says who is competent; the list is then printed with numbers and authorities."""
        return any(run.authority for group in self.groups for run in group.runs)


@dataclass(frozen=True)
class Article:
    """`body` is the editors' prose. The services it is about are not printed: their names may change."""

    title: str
    slug: str
    body: str


@dataclass(frozen=True)
class Block:
    """A table or an article; `address` is the page that it has for itself, if there is one."""

    kind: str
    anchor: str
    title: str
    address: str
    introduction: str
    content: Catalogue | Coverage | Matrix | Article


@dataclass(frozen=True)
class Rubric:
    anchor: str
    title: str
    introduction: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Edition:
    """A whole edition. Prose is the editors' HTML; what the print does not say is empty or None."""

    month: datetime.date
    label: str
    title: str
    address: str
    published_on: datetime.date | None
    illustrative: bool
    opening: str
    rubrics: tuple[Rubric, ...]
    next_edition_on: datetime.date | None
    next_edition_text: str
    cofinancing: str
    hints: str
    imprint: str
    liability: str
    privacy: str

    @property
    def contents(self) -> tuple[Block, ...]:
        """The blocks in print order; the flat list of contents is their titles and anchors."""
        return tuple(block for rubric in self.rubrics for block in rubric.blocks)

    @property
    def reports(self) -> tuple[Block, ...]:
        """The blocks that hold for a Stand of their own."""
        return tuple(block for block in self.contents if isinstance(block.content, Coverage | Matrix))


# Anchors are short and no headings: a corrected heading does not move them.
ANCHORS: dict[str, str] = {
    PrintedBlock.Kind.AVAILABLE: "produktiv",
    PrintedBlock.Kind.PLANNED: "geplant",
    PrintedBlock.Kind.ROLLOUT: "rollout",
    PrintedBlock.Kind.PROJECTS: "projekte",
}


def public_address(block) -> str:
    """The page that a block has for itself; "" for a report that is not published and for a list of services."""
    if block.article:
        return path_to("newsletter:article", block.edition.month, block.article.slug)
    report = block.rollout_report or block.project_report
    return report.get_absolute_url() if report and report.is_published else ""


def compose(edition, rows=None, address_of=public_address) -> Edition:
    """`edition` must come from `Edition.objects.whole()`.

    A draft is composed with the `rows` of the catalogue that it would print today, and with addresses of previews.
    """
    rows = edition.catalogue_rows.all() if rows is None else rows
    publication = getattr(edition, "publication", None)
    return Edition(
        month=edition.month,
        label=edition.label,
        title=edition.title,
        address=edition.get_absolute_url(),
        published_on=publication.published_on if publication else None,
        illustrative=edition.illustrative,
        opening=edition.opening,
        rubrics=_rubrics(edition, rows, address_of),
        next_edition_on=edition.next_edition_on,
        next_edition_text=edition.next_edition_text,
        cofinancing=edition.cofinancing,
        hints=edition.hints,
        imprint=edition.imprint,
        liability=edition.liability,
        privacy=edition.privacy,
    )


def article_anchor(number: int) -> str:
    """Where the first, second, … article stands in its edition."""
    return f"beitrag-{number}"


def catalogue_anchor(list_anchor: str, number: int) -> str:
    """Where the first, second, … line of a list of services stands in its edition."""
    return f"{list_anchor}-z{number}"


def _rubrics(edition, rows, address_of) -> tuple[Rubric, ...]:
    seen: Counter[str] = Counter()
    rubrics = groupby(edition.blocks.all(), key=lambda block: block.rubric)
    return tuple(
        Rubric(
            anchor=f"rubrik-{number}",
            title=rubric.title,
            introduction=rubric.introduction,
            blocks=tuple(_block(block, seen, rows, address_of(block)) for block in blocks),
        )
        for number, (rubric, blocks) in enumerate(rubrics, start=1)
    )


def _block(block, seen: Counter[str], rows, address: str) -> Block:
    return Block(
        kind=block.kind,
        anchor=block_anchor(block.kind, seen),
        title=str(block),
        address=address,
        introduction=block.introduction,
        content=_content(block, rows),
    )


def block_anchor(kind: str, seen: Counter[str]) -> str:
    """A name within the edition: articles are numbered, and so is a second table of a kind."""
    seen[kind] += 1
    if kind == PrintedBlock.Kind.ARTICLE:
        return article_anchor(seen[kind])
    return ANCHORS[kind] if seen[kind] == 1 else f"{ANCHORS[kind]}-{seen[kind]}"


def _content(block, rows) -> Catalogue | Coverage | Matrix | Article:
    if block.article:
        return Article(block.article.title, block.article.slug, block.article.body)
    if block.rollout_report:
        return compose_coverage(block.rollout_report)
    if block.project_report:
        return compose_matrix(block.project_report)
    return _catalogue(row for row in rows if row.kind == block.kind)


def _catalogue(rows: Iterable[CatalogueRow]) -> Catalogue:
    numbers = count(1)
    return Catalogue(
        tuple(
            CatalogueGroup(
                level=level,
                heading=Level(level).heading,
                runs=tuple(
                    AuthorityRun(authority, tuple(_line(next(numbers), row) for row in run))
                    for authority, run in groupby(members, key=lambda row: row.authority_label)
                ),
            )
            for level, members in groupby(rows, key=lambda row: row.level)
        )
    )


def _line(number: int, row: CatalogueRow) -> CatalogueLine:
    return CatalogueLine(
        number=number,
        label=row.label,
        month=row.month,
        address=row.address,
        parts=tuple(row.parts),
        parts_open=row.parts_open,
        service_address=row.service.get_absolute_url() if row.service else "",
    )
