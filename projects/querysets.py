from django.db import models
from django.db.models import Count, Prefetch

from stand.querysets import RowQuerySet, StandQuerySet


class ProjectQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def public(self):
        """Projects with a row in a public report that is no example."""
        return self.filter(
            rows__report__publication__isnull=False, rows__report__illustrative=False
        ).distinct()


class ProjectReportQuerySet(StandQuerySet):
    def with_rows(self):
        """With `rows`, their projects and footnotes, in print order."""
        rows = self.model.rows.rel.related_model.objects.for_matrix().order_by("position")
        return self.prefetch_related(Prefetch("rows", queryset=rows), "legend")

    def in_figures(self):
        """The current report with `row_count` and `group_count` (LP)."""
        return self.annotate(row_count=Count("rows"), group_count=Count("rows__lp", distinct=True)).current()


class ProjectRowQuerySet(RowQuerySet):
    def for_matrix(self):
        """What a line of the phase matrix shows."""
        return self.select_related("project", "footnote")

    def over_time(self):
        """The rows of one thing over all public Stände, oldest first; examples are left out."""
        return (
            self.filter(report__publication__isnull=False, report__illustrative=False)
            .select_related("report", "footnote", "project")
            .order_by("report__date", "position")
        )
