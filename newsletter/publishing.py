"""How an edition becomes public: what stands against it, what is worth a second look, and the act itself."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalogue.models import Service
from projects.matrix import compose_matrix
from projects.models import PhaseState, ProjectPublication, ProjectReport
from rollout.coverage import Deviation, compose_coverage, figures_in_words, fitting_share, origin_in_words
from rollout.models import RolloutPublication, RolloutReport
from stand.draftadmin import form_address
from stand.models import Publishable, Stand, WorkState
from stand.months import format_month

from .comparison import coverage_rows, matrix_rows, pair_rows
from .edition import compose
from .links import dead_links
from .models import CatalogueRow, Edition, EditionPublication


@dataclass(frozen=True)
class Notice:
    """Something that an editor should look at; `address` is the page of the admin where it is mended."""

    text: str
    address: str


class NotPublishable(Exception):
    """Something stands against publishing; `obstacles` says what, in German."""

    def __init__(self, obstacles: list[Notice]):
        super().__init__(" ".join(obstacle.text for obstacle in obstacles))
        self.obstacles = obstacles


# --- publishing ------------------------------------------------------------------------------


def hold(edition: Edition) -> tuple[Edition, list[RolloutReport | ProjectReport]]:
    """The edition and its reports as they are now; nobody else changes them before the transaction ends.

    Changes under way below them are waited for.
    """
    held = Edition.objects.select_for_update().get(pk=edition.pk)
    return held, reports_of(held, lock=True)


@transaction.atomic
def publish(edition: Edition, on: datetime.date) -> bool:
    """Make an edition public with its reports and articles; False where somebody has done it already.

    Raises `NotPublishable`.
    """
    edition, reports = hold(edition)
    if edition.is_published:
        return False
    obstacles = obstacles_of(edition, reports)
    if obstacles:
        raise NotPublishable(obstacles)
    take_catalogue(edition)
    for report in reports:
        if not report.is_published:
            PUBLICATIONS[type(report)].objects.create(report=report, published_on=on)
    EditionPublication.objects.create(edition=edition, published_on=on)
    return True


@transaction.atomic
def hand_over(edition: Edition) -> None:
    """Set an edition and the reports that it shows to "bereit zur Freigabe"; what is published stays as it is."""
    edition, reports = hold(edition)
    for piece in [edition, *reports]:
        if not is_handed_over(piece):
            piece.state = WorkState.READY
            piece.save(update_fields=["state"])


def is_handed_over(piece: Publishable) -> bool:
    """Whether nothing but the approval is left to do."""
    return piece.is_published or piece.state == WorkState.READY


@transaction.atomic
def schedule(edition: Edition, moment: datetime.datetime) -> None:
    """Have `housekeeping` publish an edition at `moment`. Raises `NotPublishable` for what would stop it today."""
    edition, reports = hold(edition)
    obstacles = obstacles_of(edition, reports)
    if obstacles:
        raise NotPublishable(obstacles)
    edition.publish_at = moment
    edition.save(update_fields=["publish_at"])


PUBLICATIONS: dict[type[Stand], Any] = {RolloutReport: RolloutPublication, ProjectReport: ProjectPublication}


def reports_of(edition: Edition, lock: bool = False) -> list[RolloutReport | ProjectReport]:
    """The reports that an edition shows, each once."""
    reports: list[RolloutReport | ProjectReport] = []
    for model in (RolloutReport, ProjectReport):
        found = model.objects.filter(pk__in=model.objects.filter(blocks__edition=edition).values("pk"))
        found = found.order_by("date", "pk").select_related("publication")
        reports += found.select_for_update(of=["self"]) if lock else found
    return reports


def obstacles_of(edition: Edition, reports: Iterable[RolloutReport | ProjectReport]) -> list[Notice]:
    """What must be done before the edition can be published."""
    found = []
    if not is_handed_over(edition):
        found.append(Notice(f"{edition} ist noch nicht bereit zur Freigabe.", form_address(edition)))
    for report in reports:
        if report.is_published:
            continue
        name = report._meta.verbose_name
        if not report.date:
            found.append(Notice(f"{name}: Der Tag, für den die Angaben gelten, fehlt.", form_address(report)))
        if not is_handed_over(report):
            text = f"{name}, {report}: noch nicht bereit zur Freigabe."
            found.append(Notice(text, form_address(report)))
    return found


def take_catalogue(edition: Edition) -> None:
    """Copy the catalogue as it is now into the edition, in place of what it had of it."""
    edition.catalogue_rows.all().delete()
    CatalogueRow.objects.bulk_create(CatalogueRow.objects.of_today(edition))


def as_published_now(edition: Edition):
    """The composed edition as it would become public now; a published one as it is."""
    whole = Edition.objects.whole().get(pk=edition.pk)
    return compose(whole, None if whole.is_published else CatalogueRow.objects.of_today(edition))


# --- warnings --------------------------------------------------------------------------------


def warnings_of(edition: Edition) -> list[Notice]:
    """What may be wrong with an edition that is about to be published."""
    rollouts = [
        RolloutReport.objects.with_rows().prefetch_related("footnotes", "rows__service").get(pk=report.pk)
        for report in reports_of(edition)
        if isinstance(report, RolloutReport)
    ]
    projects = [
        ProjectReport.objects.with_rows()
        .prefetch_related("footnotes", "rows__project__service")
        .get(pk=report.pk)
        for report in reports_of(edition)
        if isinstance(report, ProjectReport)
    ]
    return [
        *_passed_plans(edition),
        *(warning for report in rollouts for warning in _unlinked(report)),
        *(warning for report in rollouts for warning in _used_before_available(report)),
        *(warning for report in projects for warning in _other_progress(report)),
        *(warning for report in projects for warning in _passed_plan_year(report)),
        *(warning for report in rollouts for warning in _unfitting_shares(report)),
        *(warning for report in rollouts for warning in _computed_otherwise(report)),
        *(warning for report in [*rollouts, *projects] for warning in _dropped_rows(report)),
        *(warning for report in [*rollouts, *projects] for warning in _empty_footnotes(report)),
        *_examples(edition, [*rollouts, *projects]),
        *_lost_articles(edition),
        *(
            Notice(f"{link.place}: Der Link „{link.href}“ führt zu keiner Seite.", form_address(link.source))
            for link in dead_links(edition, as_published_now(edition))
        ),
    ]


def _passed_plans(edition: Edition) -> Iterable[Notice]:
    for service in Service.objects.planned().filter(planned_for__lt=edition.month).in_print_order():
        month = format_month(service.planned_for)
        text = f"„{service}“ ist für {month} geplant; dieser Monat liegt vor dem der Ausgabe."
        yield Notice(text, form_address(service))


def _unlinked(report: RolloutReport) -> Iterable[Notice]:
    for place, row in enumerate(report.rows.all()):
        address = form_address(report, f"rows-{place}")
        if row.service is None:
            yield Notice(
                f"Roll-out, „{row}“: Die Zeile ist mit keiner Leistung im Katalog verknüpft.", address
            )
        elif row.service.is_discontinued:
            text = f"Roll-out, „{row}“: Die Leistung ist eingestellt und steht nicht mehr im Katalog."
            yield Notice(text, address)


def _passed_plan_year(report: ProjectReport) -> Iterable[Notice]:
    if report.plan_year and report.date and report.plan_year < report.date.year:
        text = f"Projekte, {report}: Das Planjahr {report.plan_year} ist vorbei."
        yield Notice(text, form_address(report))


UNFINISHED = {PhaseState.NOT_STARTED, PhaseState.ACTIVE, PhaseState.PLANNED}


def _used_before_available(report: RolloutReport) -> Iterable[Notice]:
    """Where roll-out and catalogue tell different things about one service."""
    for row in report.rows.all():
        if row.service and row.service.is_planned and (row.count or row.share_authorities):
            text = f"Roll-out, „{row}“: Die Leistung ist im Einsatz, im Katalog aber nur geplant."
            yield Notice(text, form_address(row.service))


def _other_progress(report: ProjectReport) -> Iterable[Notice]:
    """Where projects and catalogue tell different things about one service."""
    for place, row in enumerate(report.rows.all()):
        service = row.project.service if row.project else None
        text = _told_otherwise(row.phase_product, service, report.plan_year) if service else ""
        if text:
            yield Notice(f"Projekte, „{row}“: {text}", form_address(report, f"rows-{place}"))


def _told_otherwise(product: str, service: Service, plan_year: int | None) -> str:
    """What the state of the Produkt says against the catalogue, or ""."""
    if service.is_discontinued:
        return ""
    if product == PhaseState.DONE and service.is_planned:
        return "Das Produkt ist abgeschlossen, im Katalog ist die Leistung nur geplant."
    if product in UNFINISHED and not service.is_planned:
        return "Die Leistung ist im Katalog verfügbar, das Produkt aber nicht abgeschlossen."
    year = service.planned_for.year if service.planned_for else None
    if product == PhaseState.PLANNED and plan_year and year != plan_year:
        return f"Das Produkt ist für {plan_year} geplant, die Leistung im Katalog für {year}."
    return ""


def _unfitting_shares(report: RolloutReport) -> Iterable[Notice]:
    for place, row in enumerate(report.rows.all()):
        address = form_address(report, f"rows-{place}")
        if row.count == 0 and (row.share_authorities or row.share_population):
            yield Notice(f"Roll-out, „{row}“: Die Anzahl ist 0, ein Anteil aber nicht.", address)
        elif row.count is not None and row.denominator and row.share_authorities is not None:
            fitting = fitting_share(row.count, row.denominator)
            if row.share_authorities != fitting:
                text = f"{row.count} von {row.denominator} sind {fitting} %, nicht {row.share_authorities} %."
                yield Notice(f"Roll-out, „{row}“: {text}", address)


def _computed_otherwise(report: RolloutReport) -> Iterable[Notice]:
    """Where a row and what register and adoptions say of that day cannot both be true."""
    coverage = report.computed()
    for place, row in enumerate(report.rows.all()):
        computed = coverage.get(row.service_id or 0)
        if computed and computed.contradicts(row):
            text = (
                f"{figures_in_words(row)} ({origin_in_words(row)}); Register und erfasster Einsatz ergeben "
                f"{computed.in_words} (Register vom {computed.register_date:%d.%m.%Y})."
            )
            yield Notice(f"Roll-out, „{row}“: {text}", form_address(report, f"rows-{place}"))


def deviations_of(
    reports: Iterable[RolloutReport | ProjectReport],
) -> list[tuple[RolloutReport, list[Deviation]]]:
    """What is surveyed otherwise than computed, by report that is not public yet; only reports that have such rows."""
    drafts = [one.pk for one in reports if isinstance(one, RolloutReport) and not one.is_published]
    found = (
        (report, report.deviations()) for report in RolloutReport.objects.with_rows().filter(pk__in=drafts)
    )
    return [(report, deviations) for report, deviations in found if deviations]


def _dropped_rows(report: RolloutReport | ProjectReport) -> Iterable[Notice]:
    """Rows that the last Stand had and this one lacks."""
    earlier = type(report).objects.real().with_rows().exclude(pk=report.pk)
    if report.date:
        earlier = earlier.filter(date__lt=report.date)
    last = earlier.newest_first().first()
    if last is None:
        return
    for old, new in pair_rows(_rows(last), _rows(report)):
        if old and not new:
            text = f"{report._meta.verbose_name}: „{old.label}“ stand im {last} und fehlt jetzt."
            yield Notice(text, form_address(report))


def _rows(report: RolloutReport | ProjectReport):
    if isinstance(report, RolloutReport):
        return list(coverage_rows(compose_coverage(report)))
    return list(matrix_rows(compose_matrix(report)))


def _empty_footnotes(report: RolloutReport | ProjectReport) -> Iterable[Notice]:
    for footnote in report.footnotes.all():
        if not footnote.text.strip():
            text = f"{report._meta.verbose_name}: Der Text von Fußnote {footnote.number} fehlt."
            yield Notice(text, form_address(report))


def _examples(edition: Edition, reports: list) -> Iterable[Notice]:
    for report in reports:
        if report.illustrative != edition.illustrative:
            which = "Der Stand ist" if report.illustrative else "Die Ausgabe ist"
            text = f"{report._meta.verbose_name}, {report}: {which} als Beispiel gekennzeichnet, "
            other = "die Ausgabe" if report.illustrative else "der Stand"
            yield Notice(f"{text}{other} nicht.", form_address(report))


def _lost_articles(edition: Edition) -> Iterable[Notice]:
    for article in edition.articles.filter(block=None).order_by("pk"):
        text = f"Beitrag „{article}“: Er steht in keiner Rubrik und erscheint deshalb nicht."
        yield Notice(text, form_address(article))
