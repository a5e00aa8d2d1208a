from django.db import models
from django.db.models import Count, Max, OuterRef, Prefetch, Subquery

from catalogue.models import Service
from projects.models import ProjectRow
from rollout.models import CoverageRow
from stand.months import month_after
from stand.querysets import PublicationQuerySet


class EditionQuerySet(PublicationQuerySet):
    def get_by_natural_key(self, month):
        return self.get(month=month)

    def public(self):
        return super().public().filter(publication__withdrawal__isnull=True)

    def free_month(self, month):
        """`month`, or the first one after it for which there is no edition, not even an example."""
        taken = set(self.values_list("month", flat=True))
        month = month.replace(day=1)
        while month in taken:
            month = month_after(month)
        return month

    def due(self, moment):
        """Those whose time to be published has come, in the order of these times."""
        return self.filter(publication=None, publish_at__lte=moment).order_by("publish_at", "month")

    def newest_first(self):
        return self.order_by("-month")

    def to_choose_from(self):
        """All that anybody may see, newest first; examples come last."""
        return self.public().order_by("illustrative", "-month")

    def current(self):
        """The newest real edition, or None."""
        return self.real().newest_first().first()

    def last_before(self, edition):
        """The real edition that came before, or None."""
        return self.real().filter(month__lt=edition.month).newest_first().first()

    def for_home(self):
        """The newest real edition with its articles in print order, or None."""
        from .models import Article  # the models import this module

        articles = (
            Article.objects.filter(block__isnull=False)
            .select_related("block__rubric")
            .order_by("block__rubric__position", "block__position")
        )
        return self.real().newest_first().prefetch_related(Prefetch("articles", queryset=articles)).first()

    def introductions(self, *kinds):
        """The blocks of the newest real edition that say what is counted, with their edition; by kind."""
        from .models import Block  # the models import this module

        newest = self.real().newest_first().values("pk")[:1]
        blocks = Block.objects.filter(edition__in=newest, kind__in=kinds).select_related("edition", "rubric")
        return {block.kind: block for block in blocks}

    def whole(self):
        """With all that `compose()` reads, in six queries: rubrics, blocks, articles, catalogue, both reports."""
        from .models import Block, CatalogueRow  # the models import this module

        rows = CatalogueRow.objects.select_related("service").order_by("position")
        return self.select_related("publication__withdrawal").prefetch_related(
            Prefetch("blocks", queryset=Block.objects.for_edition()),
            Prefetch("catalogue_rows", queryset=rows),
        )

    def with_neighbours(self):
        """Adds `previous_month` and `next_month` of the real editions around each."""
        real = self.model.objects.real()
        earlier = real.filter(month__lt=OuterRef("month")).order_by("-month")
        later = real.filter(month__gt=OuterRef("month")).order_by("month")
        return self.annotate(
            previous_month=Subquery(earlier.values("month")[:1]),
            next_month=Subquery(later.values("month")[:1]),
        )

    def for_archive(self):
        """All public editions, newest first, with `article_count` and the Stände `rollout_date` and `project_date`."""
        return (
            self.public()
            .select_related("publication")
            .annotate(
                article_count=Count("blocks__article"),
                rollout_date=Max("blocks__rollout_report__date"),
                project_date=Max("blocks__project_report__date"),
            )
            .newest_first()
        )


def _editions(queryset):
    """All editions, seen from a queryset of something below them."""
    return queryset.model._meta.get_field("edition").related_model.objects


class ArticleQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, slug):
        return self.get(edition__month=month, slug=slug)

    def real(self):
        """Articles that stand in public editions that are no examples."""
        return self.filter(block__isnull=False, edition__in=_editions(self).real())

    def in_print_order(self):
        """Newest edition first, then as printed."""
        return self.select_related("edition").order_by(
            "-edition__month", "block__rubric__position", "block__position"
        )


class CatalogueRowQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, position):
        return self.get(edition__month=month, position=position)

    def of_today(self, edition):
        """Unsaved rows that print the catalogue as it stands: what is available, then what is planned."""
        services = Service.objects.in_print_order().prefetch_related("parts")
        lists = [("available", services.available()), ("planned", services.planned())]
        found = [(kind, service) for kind, members in lists for service in members]
        return [
            self.model(
                edition=edition,
                position=position,
                kind=kind,
                level=service.level,
                authority_label=service.authority_label,
                label=service.name,
                month=service.available_since if kind == "available" else service.planned_for,
                address=service.address,
                parts=[part.name for part in service.parts.all()],
                parts_open=service.parts_open,
                service=service,
            )
            for position, (kind, service) in enumerate(found, start=1)
        ]

    def newest_print(self):
        """The row of the newest public edition that is no example, or None."""
        return (
            self.filter(edition__in=_editions(self).real())
            .select_related("edition")
            .order_by("-edition__month", "position")
            .first()
        )


class BlockQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, rubric, position):
        return self.get(rubric__edition__month=month, rubric__position=rubric, position=position)

    def in_print_order(self):
        """Within one edition, with rubric and article."""
        return self.select_related("rubric", "article").order_by("rubric__position", "position")

    def for_edition(self):
        """In print order, with the reports and everything that their tables show."""
        coverage = CoverageRow.objects.for_table().order_by("position")
        projects = ProjectRow.objects.for_matrix().order_by("position")
        return (
            self.in_print_order()
            .select_related("rollout_report__publication", "project_report__publication")
            .prefetch_related(
                Prefetch("rollout_report__rows", queryset=coverage),
                Prefetch("project_report__rows", queryset=projects),
                "project_report__legend",
            )
        )

    def as_data(self):
        """With all that an open row says, newest edition first, then in print order."""
        return self.select_related(
            "edition__publication", "rubric", "article", "rollout_report", "project_report"
        ).order_by("-edition__month", "rubric__position", "position")

    def newest(self):
        """The block of the newest edition among these, or None."""
        return self.order_by("-edition__month").first()

    def newest_public(self, *, illustrative):
        """The block of the newest public edition among these, or None; examples speak for examples only."""
        editions = _editions(self).public().filter(illustrative=illustrative)
        return self.filter(edition__in=editions).newest()
