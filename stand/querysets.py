from django.db import models
from django.db.models import F


class PublicationQuerySet(models.QuerySet):
    """What has a `publication` and may be `illustrative`."""

    def public(self):
        """What anybody may see at its own address, examples included."""
        return self.filter(publication__isnull=False)

    def real(self):
        """What may be shown as current: public and no example."""
        return self.public().filter(illustrative=False)


class PublicationManager(models.Manager):
    """Publications of dated reports."""

    def get_by_natural_key(self, date):
        return self.get(report__date=date)


class StandQuerySet(PublicationQuerySet):
    """Dated reports."""

    def newest_first(self):
        return self.order_by(F("date").desc(nulls_last=True))

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

    def real(self):
        """Rows of reports that are public and no examples."""
        reports = self.model._meta.get_field("report").related_model.objects
        return self.filter(report__in=reports.real())

    def get_by_natural_key(self, date, number):
        return self.get(**{"report__date": date, self.model.natural_number: number})
