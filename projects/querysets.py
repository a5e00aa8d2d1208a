from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, Value, When

from stand.querysets import RowQuerySet, StandQuerySet
from stand.search import Hits, Joined, Lines, Written


class ProjectQuerySet(models.QuerySet):
    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def real(self):
        """Projects with a row in a public report that is no example."""
        rows = self.model._meta.get_field("rows").related_model.objects.real()
        return self.filter(pk__in=rows.values("project"))

    def hits(self):
        """Projects of real reports by their name, or by what the current report says of them."""
        rows = self.model._meta.get_field("rows").related_model.objects.current().order_by()
        own = rows.filter(project=OuterRef("pk"))
        lines = own.order_by("position").values(lines=_as_lines())
        return Hits(
            "projekt",
            self.real(),
            {"key": F("slug"), "title": F("name"), "text": Lines(ArraySubquery(lines))},
            text=Written("search_text", Lines(ArraySubquery(own.values("search_text")))),
        )


class ProjectReportQuerySet(StandQuerySet):
    def with_rows(self):
        """With `rows`, their projects and footnotes, in print order."""
        rows = self.model.rows.rel.related_model.objects.for_matrix().order_by("position")
        return self.prefetch_related(Prefetch("rows", queryset=rows), "legend")

    def in_figures(self):
        """The current report with `row_count` and `group_count` (LP)."""
        return self.annotate(row_count=Count("rows"), group_count=Count("rows__lp", distinct=True)).current()


def _as_lines():
    """A row as lines of text: "LP 17 Bauen & Grundstück", its label if it is not the project's name, its details."""
    printed = Written(Value("\nIm Stand der Projekte: "), "label")
    other_label = Case(When(~Q(label=F("project__name")), then=printed))
    return Written(Value("LP "), Joined("lp", "lp_name"), other_label, Value("\n"), Lines("details"))


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

    def of(self, project):
        """The rows of a project as `projects_over_time` tells it; none of None."""
        return self.filter(project__slug=project["slug"]) if project else self.none()

    def over_time(self):
        """The rows of one thing over the public Stände, oldest first; examples are left out."""
        return self.real().for_matrix().select_related("report").newest_stands()

    def over_time_with_examples(self):
        """The same with what is invented, for a page that is an example."""
        return self.public().for_matrix().select_related("report").newest_stands()

    def projects_over_time(self):
        """The projects of these rows as dicts with `slug`, `name`, and in how many `stands` each has a row."""
        return (
            self.filter(project__isnull=False)
            .order_by()
            .values(slug=F("project__slug"), name=F("project__name"))
            .annotate(stands=Count("report", distinct=True))
        )
