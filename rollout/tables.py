from functools import cache

import django_tables2 as tables
from django.template.loader import get_template

LABEL = get_template("tables/coverage_label.html")
BAR = get_template("includes/_bar.html")


@cache
def _bar(value: int | None, at_least: bool) -> str:
    """There are as many as there are whole per cents."""
    return BAR.render({"value": value, "at_least": at_least, "paper": False})


class ShareColumn(tables.Column):
    """Whole per cent with a bar; the number stands outside the bar, so that nothing is told by length alone."""

    group = "Grad der Flächendeckung"  # the heading above neighbouring columns of one group

    def __init__(self, verbose_name, short):
        attrs = {"th": {"class": "number"}, "td": {"class": "share", "data-label": short}}
        super().__init__(verbose_name, empty_values=(), attrs=attrs, initial_sort_descending=True)

    def render(self, value, record):
        return _bar(value, record.at_least)


class CoverageTable(tables.Table):
    """The lines of a `Coverage`; every column sorts both ways, figures from the highest at first."""

    cite = ""  # the address of the Stand, for the address of each row

    label = tables.Column("Online-Antragsassistent", order_by="sort_label")
    count = tables.Column(
        "Anzahl der Gemeinden u./o. Landkreise",
        empty_values=(),
        attrs={"th": {"class": "number"}, "td": {"class": "number", "data-label": "Anzahl"}},
        initial_sort_descending=True,
    )
    share_authorities = ShareColumn("nach Anzahl der zuständigen Behörden", short="Behörden")
    share_population = ShareColumn("nach Einwohnerzahl", short="Einwohner")

    class Meta:
        template_name = "tables/coverage.html"
        row_attrs = {"id": lambda record: f"rollout-{record.position}"}
        empty_text = "Dieser Stand hat noch keine Zeilen."

    def render_label(self, record):
        return LABEL.render({"line": record, "cite": self.cite, "prefix": ""})

    def render_count(self, record):
        return record.count_in_words
