from django.db.models import Count, F, Prefetch, Q

from rollout.development import compose_coverage_over_time
from stand.querysets import RowQuerySet, StandQuerySet


class RolloutReportQuerySet(StandQuerySet):
    def with_rows(self):
        """With `rows` and their footnotes, in print order."""
        rows = self.model.rows.rel.related_model.objects.for_table().order_by("position")
        return self.prefetch_related(Prefetch("rows", queryset=rows))

    def in_figures(self):
        """The current report with `row_count`, `complete` (100 % of authorities), `majority` (over 50 % of people)."""
        counted = self.only_current().annotate(
            row_count=Count("rows"),
            complete=Count("rows", filter=Q(rows__share_authorities=100)),
            majority=Count("rows", filter=Q(rows__share_population__gt=50)),
        )
        return counted.first()


class CoverageRowQuerySet(RowQuerySet):
    def for_table(self):
        """What a line of the coverage table shows; `service_slug` is None where it is linked to none."""
        return self.select_related("footnote").annotate(service_slug=F("service__slug"))

    def as_data(self):
        """With all that an open row says, oldest Stand first."""
        return self.select_related("report", "service", "footnote").order_by("report__date", "position")

    def of(self, service):
        """The rows of a service as `services_over_time` tells it; none of None."""
        return self.filter(service__slug=service["slug"]) if service else self.none()

    def over_time(self, most: int):
        """The coverage of one thing over the `most` newest public Stände; examples are left out."""
        return self.real().select_related("report", "footnote").newest_stands(most)

    def development(self, most: int):
        """The same as one plain structure with its drawings."""
        return compose_coverage_over_time(self.over_time(most))

    def over_time_with_examples(self, most: int):
        """The same with what is invented, for a page that is an example."""
        return self.public().select_related("report", "footnote").newest_stands(most)

    def services_over_time(self, reports):
        """The services in these `reports`, see `things_over_time`, with `slug`, `name` and `level`."""
        return self.things_over_time(reports, "slug", "name", "level")
