from django.db import models
from django.db.models import Prefetch

from stand.querysets import PublicationQuerySet


class EditionQuerySet(PublicationQuerySet):
    def get_by_natural_key(self, month):
        return self.get(month=month)

    def newest_first(self):
        return self.order_by("-month")

    def current(self):
        """The newest real edition, or None."""
        return self.real().newest_first().first()

    def for_home(self):
        """The newest real edition with its articles in print order, or None."""
        from .models import Article  # models.py imports this module

        articles = Article.objects.select_related("block__rubric").order_by(
            "block__rubric__position", "block__position"
        )
        return self.real().newest_first().prefetch_related(Prefetch("articles", queryset=articles)).first()

    def introductions(self, *kinds):
        """The blocks of the newest real edition that say what is counted, with their edition; by kind."""
        from .models import Block  # models.py imports this module

        newest = self.real().newest_first().values("pk")[:1]
        blocks = Block.objects.filter(edition__in=newest, kind__in=kinds).select_related("edition", "rubric")
        return {block.kind: block for block in blocks}

    def whole(self):
        """With everything that `compose()` reads: rubrics, blocks, articles, catalogue rows, both reports."""
        from projects.models import ProjectReport
        from rollout.models import RolloutReport

        from .models import Block, CatalogueRow  # models.py imports this module

        blocks = (
            Block.objects.select_related("rubric", "article")
            .prefetch_related(
                Prefetch("rollout_report", queryset=RolloutReport.objects.with_rows()),
                Prefetch("project_report", queryset=ProjectReport.objects.with_rows()),
            )
            .order_by("rubric__position", "position")
        )
        return self.select_related("publication").prefetch_related(
            Prefetch("blocks", queryset=blocks),
            Prefetch(
                "catalogue_rows", queryset=CatalogueRow.objects.select_related("service").order_by("position")
            ),
        )


class ArticleQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, slug):
        return self.get(edition__month=month, slug=slug)

    def public(self):
        """Articles of public editions that are no examples."""
        return self.filter(edition__publication__isnull=False, edition__illustrative=False)

    def in_print_order(self):
        """Newest edition first, then as printed."""
        return self.select_related("edition").order_by(
            "-edition__month", "block__rubric__position", "block__position"
        )


class CatalogueRowQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, position):
        return self.get(edition__month=month, position=position)

    def newest_print(self):
        """The row of the newest public edition that is no example, or None."""
        return (
            self.filter(edition__publication__isnull=False, edition__illustrative=False)
            .select_related("edition")
            .order_by("-edition__month", "position")
            .first()
        )


class BlockQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, rubric, position):
        return self.get(rubric__edition__month=month, rubric__position=rubric, position=position)

    def newest_public(self):
        """The block of the newest public edition among these, or None."""
        return self.filter(edition__publication__isnull=False).order_by("-edition__month").first()
