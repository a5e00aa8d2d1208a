from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value

from .years import MOST_AT_ONCE, links_to_stands

# As many rows of one thing a page shows where all are asked for: 20 years of months.
MOST_ROWS = 240


def most_rows(asked: str | None) -> int:
    """How many rows of one thing are shown to who asked for "alle", and to who asked for anything else."""
    return MOST_ROWS if asked == "alle" else MOST_AT_ONCE


@dataclass(frozen=True)
class Newest:
    """The newest rows of one thing, how many Stände or articles they are, and whether there are older ones."""

    rows: tuple[Any, ...]
    number: int
    has_more: bool

    @property
    def are_many(self) -> bool:
        """Whether these are more than are shown to somebody who did not ask for all."""
        return len(self.rows) > MOST_AT_ONCE


class PublicationQuerySet(models.QuerySet):
    """What has a `publication` and may be `illustrative`."""

    def public(self):
        """What anybody may see at its own address, examples included."""
        return self.filter(publication__isnull=False)

    def real(self):
        """What may be shown as current: public and no example."""
        return self.public().filter(illustrative=False)

    def examples(self):
        """What is public and invented."""
        return self.public().filter(illustrative=True)

    def drafts(self):
        """What is being prepared, examples left out."""
        return self.filter(publication__isnull=True, illustrative=False)

    def draft(self):
        """The newest of those, or None."""
        return self.drafts().newest_first().first()

    def last_real(self, lock=False):
        """The newest that is no example, published or not, or None; with `lock` until the transaction ends."""
        found = self.filter(illustrative=False).newest_first()
        return (found.select_for_update() if lock else found).first()


class PublicationManager(models.Manager):
    """Publications of dated reports."""

    def get_by_natural_key(self, date):
        return self.get(report__date=date)


class StandQuerySet(PublicationQuerySet):
    """Dated reports."""

    def newest_first(self):
        """Without a date yet means newest: PostgreSQL puts them first, and what is published has one."""
        return self.order_by("-date", "-pk")

    def to_choose_from(self):
        """All that anybody may see, newest first; examples come last, so that none heads the list."""
        return self.public().order_by("illustrative", "-date")

    def links_to_stands(self, report):
        """From the page of `report` to all that anybody may see."""
        days = self.to_choose_from().values_list("date", "illustrative")
        return links_to_stands(list(days), report.date, lambda day: self.model(date=day).get_absolute_url())

    def newest_example(self):
        """The newest public report that is invented, or None."""
        return self.examples().newest_first().first()

    def current(self):
        """The report that holds now, or None."""
        return self.real().newest_first().first()

    def only_current(self):
        """The same as a queryset: what is counted of it is not counted of all others too."""
        return self.filter(pk__in=self.real().newest_first().values("pk")[:1])

    def as_of(self, date):
        """The report that held on `date`, or None."""
        return self.real().filter(date__lte=date).newest_first().first()

    def get_by_natural_key(self, date):
        return self.get(date=date)


class RowQuerySet(models.QuerySet):
    """Rows and footnotes of a dated report."""

    @property
    def _reports(self):
        return self.model._meta.get_field("report").related_model.objects

    def public(self):
        """Rows of reports that anybody may see, examples included."""
        return self.filter(report__in=self._reports.public())

    def real(self):
        """Rows of reports that are public and no examples."""
        return self.filter(report__in=self._reports.real())

    def examples(self):
        """Rows of reports that are public and invented."""
        return self.filter(report__in=self._reports.examples())

    def newest_stands(self, most):
        """The rows of one thing in its newest Stände, whole ones and at most as many rows; the oldest come first.

        Each with `stand_before`, the day of the last real Stand before its own, whether that has a row of it or not.
        """
        before = self._reports.real().filter(date__lt=OuterRef("report__date")).newest_first()
        rows = self.annotate(stand_before=Subquery(before.values("date")[:1]))
        found = list(rows.order_by("-report__date", "-position")[: most + 1])
        if len(found) <= most:
            return _newest(found, has_more=False)
        cut = found[-1].report_id  # the one of which the oldest row found may not be the first
        whole = [row for row in found if row.report_id != cut]
        return _newest(whole or found[:most], has_more=True)

    def things_over_time(self, reports, *names):
        """All long-lived things that `reports` have rows of, as dicts of the fields that are named.

        Each with `stands`: in how many of the newest of the reports it is.
        """
        about = self.model.about
        things = self.model._meta.get_field(about).related_model.objects
        rows = self.filter(**{f"{about}__isnull": False}).order_by()
        # Most are in the newest one: only for the others PostgreSQL looks whether they ever were in one.
        last = Q(pk__in=rows.filter(report__in=reports.newest_first().values("pk")[:1]).values(about))
        ever = Exists(self.filter(report__in=reports, **{about: OuterRef("pk")}))
        newest = rows.filter(report__in=reports.newest_first().values("pk")[:MOST_AT_ONCE])
        counted = newest.values_list(*(f"{about}__{name}" for name in names)).annotate(
            Count("report", distinct=True)
        )
        found = {}
        every = things.filter(last | ever).order_by().values_list(*names, Value(0))
        for *values, stands in every.union(counted):
            found[tuple(values)] = max(stands, found.get(tuple(values), 0))
        return [dict(zip(names, values, strict=True), stands=stands) for values, stands in found.items()]

    def current(self):
        """Rows of the report that holds now."""
        reports = self.model._meta.get_field("report").related_model.objects
        return self.filter(report=Subquery(reports.real().newest_first().values("pk")[:1]))

    def get_by_natural_key(self, date, number):
        return self.get(**{"report__date": date, self.model.natural_number: number})


def _newest(rows, has_more: bool) -> Newest:
    """`rows` of Stände, the newest first."""
    return Newest(tuple(reversed(rows)), len({row.report_id for row in rows}), has_more)
