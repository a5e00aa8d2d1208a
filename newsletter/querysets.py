import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Exists, F, Func, Max, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, ExtractMonth, ExtractYear, LPad

from catalogue.models import Service
from projects.models import ProjectReport, ProjectRow
from rollout.models import CoverageRow, RolloutReport
from stand.models import CorrectionChange
from stand.months import MonthName, month_after, month_in_words
from stand.querysets import Newest, PublicationQuerySet
from stand.search import COLUMNS, Hits, Joined, Stands


class Title(NamedTuple):
    """An edition in a list to choose from."""

    month: datetime.date
    words: str
    illustrative: bool

    @property
    def key(self) -> str:
        return month_key(self.month)


def month_key(month: datetime.date) -> str:
    """An edition as in its address: 2022-10."""
    return month.isoformat()[:7]


def title_of(month: datetime.date, label: str) -> str:
    """The label that an edition carries, or "Ausgabe Oktober 2022"."""
    return label or f"Ausgabe {month_in_words(month)}"


def edition_name():
    """The label that an edition carries and "Ausgabe Oktober 2022", as an expression that the database can keep."""
    return Joined("label", Value("Ausgabe"), MonthName("month"), ExtractYear("month"))


def month_in_numbers():
    """The month of an edition as it may be typed: "2022 9 2022 09 2022" has 9/2022, 09/2022, 2022-9 and 2022-09."""
    year, month = ExtractYear("month"), Cast(ExtractMonth("month"), models.TextField())
    return Joined(year, month, year, LPad(month, 2, Value("0")), year)


class EditionQuerySet(PublicationQuerySet):
    def get_by_natural_key(self, month):
        return self.get(month=month)

    def public(self):
        # NOT EXISTS: of an outer join PostgreSQL believes that it leaves one edition, and plans the search for that.
        publications = self.model.publication.related.related_model
        withdrawals = publications.withdrawal.related.related_model.objects
        return super().public().filter(~Exists(withdrawals.filter(publication__edition=OuterRef("pk"))))

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

    def titles(self) -> list[Title]:
        """What a list to choose from shows, without all that is in the editions."""
        found = self.values_list("month", "label", "illustrative")
        return [Title(month, title_of(month, label), illustrative) for month, label, illustrative in found]

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
            .defer(*COLUMNS)
            .order_by("block__rubric__position", "block__position")
        )
        return self.real().newest_first().prefetch_related(Prefetch("articles", queryset=articles)).first()

    def introductions(self, *kinds):
        """The blocks of the newest real edition that say what is counted, with their edition; by kind."""
        from .models import Block  # the models import this module

        newest = self.real().newest_first().values("pk")[:1]
        blocks = Block.objects.filter(edition__in=newest, kind__in=kinds).select_related("edition", "rubric")
        return {block.kind: block for block in blocks}

    def with_the_one_before(self, month):
        """The edition of `month`, and the real one before it, which it is compared with; of public ones, and last."""
        return self.filter(Q(month=month) | Q(month__lt=month, illustrative=False)).newest_first()[:2]

    def whole(self):
        """With all that `compose()` reads, in six queries: rubrics, blocks, articles, catalogue, both reports."""
        from .models import Block, CatalogueRow  # the models import this module

        rows = CatalogueRow.objects.select_related("service").order_by("position")
        return self.select_related("publication__withdrawal").prefetch_related(
            Prefetch("blocks", queryset=Block.objects.for_edition()),
            Prefetch("catalogue_rows", queryset=rows),
        )

    def for_page(self):
        """Adds `previous_month` and `next_month` of the real editions around each, and `pdf_size` in bytes or None."""
        real = self.model.objects.real()
        earlier = real.filter(month__lt=OuterRef("month")).order_by("-month")
        later = real.filter(month__gt=OuterRef("month")).order_by("month")
        return self.annotate(
            previous_month=Subquery(earlier.values("month")[:1]),
            next_month=Subquery(later.values("month")[:1]),
            pdf_size=F("pdf__size"),
        )

    def with_change_count(self):
        """Adds `changes`: how many values of an edition and of the reports that it shows have been corrected."""
        return self.annotate(
            changes=Coalesce(
                Subquery(
                    CorrectionChange.objects.order_by()
                    .filter(
                        Q(root_table=self.model._meta.db_table, root_id=OuterRef("pk"))
                        | self._changed_report(RolloutReport)
                        | self._changed_report(ProjectReport)
                    )
                    .annotate(one=Value(1))
                    .values("one")
                    .annotate(total=Count("*"))
                    .values("total")
                ),
                0,
            )
        )

    @staticmethod
    def _changed_report(model):
        """Changes below a report that the edition of the outer query shows."""
        shown = model.objects.filter(blocks__edition=OuterRef(OuterRef("pk")))
        return Q(root_table=model._meta.db_table, root_id__in=shown.values("pk"))

    def without_current_pdf(self):
        """Public editions that have no PDF, or one from before a Berichtigung, newest first; with `changes`."""
        up_to_date = Q(pdf__change_count=F("changes"))
        return self.public().with_change_count().exclude(up_to_date).newest_first()

    def for_archive(self):
        """All public editions, newest first, with `article_count` and the Stände `rollout_date` and `project_date`."""
        return (
            self.public()
            .only("month", "label", "illustrative")
            .annotate(
                article_count=Count("blocks__article"),
                rollout_date=Max("blocks__rollout_report__date"),
                project_date=Max("blocks__project_report__date"),
                pdf_size=F("pdf__size"),
            )
            .newest_first()
        )

    def hits(self):
        """Real editions by label, month and opening, see `stand.search.Hits`."""
        columns = {"title": edition_name(), "text": F("opening"), "variant": F("label"), "day": F("month")}
        return Hits("ausgabe", self.real(), columns, Stands())


class IsIn(Func):
    """Membership that is looked up for each row: for a join PostgreSQL would have to guess how many rows there are."""

    output_field = models.BooleanField()
    template = "(%(expressions)s) IS TRUE"
    arg_joiner = " IN "


def _editions(queryset):
    """All editions, seen from a queryset of something below them."""
    return queryset.model._meta.get_field("edition").related_model.objects


class ArticleQuerySet(models.QuerySet):
    def get_by_natural_key(self, month, slug):
        return self.get(edition__month=month, slug=slug)

    def real(self):
        """Articles that stand in public editions that are no examples."""
        return self.filter(block__isnull=False, edition__in=_editions(self).real())

    def hits(self):
        """Articles of real editions, see `stand.search.Hits`."""
        columns = {"key": F("slug"), "title": F("title"), "text": F("body"), "day": F("edition__month")}
        public = IsIn(F("edition"), Subquery(_editions(self).real().order_by().values("pk")))
        return Hits(
            "beitrag", self.filter(public, block__isnull=False), columns, Stands(), name="search_name"
        )

    def newest_in_print_order(self, most: int) -> Newest:
        """At most as many, those of the newest edition first."""
        shown = self.in_print_order().only("title", "slug", "edition__month", "edition__label")
        found = tuple(shown[: most + 1])
        return Newest(found[:most], min(len(found), most), len(found) > most)

    def newest(self, number):
        """As a queryset that can go on being filtered."""
        newest = self.order_by("-edition__month", "pk").values("pk")[:number]
        return self.model._default_manager.filter(pk__in=newest)

    def in_print_order(self):
        """Newest edition first, then as printed."""
        return (
            self.select_related("edition")
            .defer(*COLUMNS)
            .order_by("-edition__month", "block__rubric__position", "block__position")
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

    def newly_available(self):
        """What the newest real edition lists as available and the one before it did not; none while there is one."""
        newest, before = (
            _editions(self).real().newest_first().values("pk")[place : place + 1] for place in (0, 1)
        )
        available = self.filter(kind="available")
        same = Q(service=OuterRef("service")) | Q(service=None, label=OuterRef("label"))
        earlier = available.filter(edition__in=before)
        return (
            available.filter(Exists(_editions(self).filter(pk__in=before)), edition__in=newest)
            .exclude(Exists(earlier.filter(same)))
            .select_related("service")
            .order_by("position")
        )

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
        return (
            self.select_related("rubric", "article")
            .defer(*(f"article__{column}" for column in COLUMNS))
            .order_by("rubric__position", "position")
        )

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
