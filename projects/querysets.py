from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch

from stand.querysets import RowQuerySet, StandQuerySet


class ProjectQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def real(self):
        """Projects with a row in a public report that is no example."""
        rows = self.model._meta.get_field("rows").related_model.objects.real()
        return self.filter(pk__in=rows.values("project"))


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
        """What a line of the phase matrix shows; `has_page` tells whether its project has a page."""
        projects = self.model._meta.get_field("project").related_model.objects
        return self.select_related("project", "footnote").annotate(
            has_page=Exists(projects.real().filter(pk=OuterRef("project")))
        )

    def as_data(self):
        """With all that an open row says, oldest Stand first."""
        return self.select_related("report", "project", "footnote").order_by("report__date", "position")

    def over_time(self):
        """The rows of one thing over all public Stände, oldest first; examples are left out."""
        return self.real().for_matrix().select_related("report").order_by("report__date", "position")
