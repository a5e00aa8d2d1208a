from django.db import models
from django.db.models import OuterRef, Subquery

# As many rows of one thing a page shows over time: 20 years of months.
MOST_STANDS = 240


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

    def newest_example(self):
        """The newest public report that is invented, or None."""
        return self.examples().newest_first().first()

    def current(self):
        """The report that holds now, or None."""
        return self.real().newest_first().first()

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

    def newest_stands(self):
        """The newest rows of one thing, oldest first: `MOST_STANDS`, and one more where there are more.

        Each with `stand_before`, the day of the last real Stand before its own, whether that has a row of it or not.
        """
        before = self._reports.real().filter(date__lt=OuterRef("report__date")).newest_first()
        rows = self.annotate(stand_before=Subquery(before.values("date")[:1]))
        return list(reversed(rows.order_by("-report__date", "-position")[: MOST_STANDS + 1]))

    def current(self):
        """Rows of the report that holds now."""
        reports = self.model._meta.get_field("report").related_model.objects
        return self.filter(report=Subquery(reports.real().newest_first().values("pk")[:1]))

    def get_by_natural_key(self, date, number):
        return self.get(**{"report__date": date, self.model.natural_number: number})
