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
        """With `rows` and their footnotes, in print order."""
        rows = self.model.rows.rel.related_model.objects.for_matrix().order_by("position")
        return self.prefetch_related(Prefetch("rows", queryset=rows), "legend")

    def in_figures(self):
        """The current report with `row_count` and `group_count` (LP)."""
        newest = self.only_current()
        return newest.annotate(row_count=Count("rows"), group_count=Count("rows__lp", distinct=True)).first()


def _as_lines():
    """A row as lines of text: "LP 17 Bauen & Grundstück", its label if it is not the project's name, its details."""
    printed = Written(Value("\nIm Stand der Projekte: "), "label")
    other_label = Case(When(~Q(label=F("project__name")), then=printed))
    return Written(Value("LP "), Joined("lp", "lp_name"), other_label, Value("\n"), Lines("details"))


class ProjectRowQuerySet(RowQuerySet):
    def for_matrix(self):
        """What a line of the phase matrix shows; `page` is the slug of its project where that has a page, or None."""
        shown = self.model.objects.real().order_by().filter(project=OuterRef("project"))
        return self.select_related("footnote").annotate(
            page=Case(When(Exists(shown), then=F("project__slug")))
        )

    def as_data(self):
        """With all that an open row says, oldest Stand first."""
        return self.select_related("report", "project", "footnote").order_by("report__date", "position")

    def of(self, project):
        """The rows of a project as `projects_over_time` tells it; none of None."""
        return self.filter(project__slug=project["slug"]) if project else self.none()

    def over_time(self, most: int):
        """The rows of one thing over the `most` newest public Stände; examples are left out."""
        return self.real().select_related("report", "footnote").newest_stands(most)

    def over_time_with_examples(self, most: int):
        """The same with what is invented, for a page that is an example."""
        return self.public().select_related("report", "footnote").newest_stands(most)

    def projects_over_time(self, reports):
        """The projects in these `reports`, see `things_over_time`, with `slug` and `name`."""
        return self.things_over_time(reports, "slug", "name")
