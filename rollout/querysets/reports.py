from django.db.models import Count, Prefetch, Q

from stand.querysets import RowQuerySet, StandQuerySet


class RolloutReportQuerySet(StandQuerySet):
    def with_rows(self):
        """With `rows`, their services and footnotes, in print order."""
        rows = self.model.rows.rel.related_model.objects.for_table().order_by("position")
        return self.prefetch_related(Prefetch("rows", queryset=rows))

    def in_figures(self):
        """The current report with `row_count`, `complete` (100 % of authorities), `majority` (over 50 % of people)."""
        return self.annotate(
            row_count=Count("rows"),
            complete=Count("rows", filter=Q(rows__share_authorities=100)),
            majority=Count("rows", filter=Q(rows__share_population__gt=50)),
        ).current()


class CoverageRowQuerySet(RowQuerySet):
    def for_table(self):
        """What a line of the coverage table shows."""
        return self.select_related("service", "footnote")

    def as_data(self):
        """With all that an open row says, oldest Stand first."""
        return self.select_related("report", "service", "footnote").order_by("report__date", "position")

    def over_time(self):
        """The coverage of one thing over all public Stände, oldest first; examples are left out."""
        return self.real().select_related("report", "footnote").order_by("report__date", "position")
