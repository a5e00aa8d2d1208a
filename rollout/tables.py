import django_tables2 as tables
from django.template.loader import get_template
from django.utils.html import format_html

UNKNOWN = "keine Angabe"


class ShareColumn(tables.Column):
    """Whole per cent with a bar; the number stands outside the bar, so that nothing is told by length alone."""

    def __init__(self, **kwargs):
        super().__init__(
            empty_values=(), attrs={"th": {"class": "number"}, "td": {"class": "share"}}, **kwargs
        )

    def render(self, value):
        if value is None:
            return UNKNOWN
        return format_html(
            '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="bar-track" width="100" height="8"/><rect class="bar-value" width="{}" height="8"/></svg>'
            "<span>{}\u00a0%</span>",
            value,
            value,
        )


class CoverageTable(tables.Table):
    """The lines of a `Coverage`; every column sorts both ways unless the table is part of an edition."""

    label = tables.Column("Online-Antragsassistent", order_by="sort_label")
    count = tables.Column(
        "Anzahl der Gemeinden u./o. Landkreise",
        empty_values=(),
        attrs={"th": {"class": "number"}, "td": {"class": "number"}},
    )
    share_authorities = ShareColumn(verbose_name="nach Anzahl der zuständigen Behörden")
    share_population = ShareColumn(verbose_name="nach Einwohnerzahl")

    class Meta:
        template_name = "tables/coverage.html"
        row_attrs = {"id": lambda record: f"rollout-{record.position}"}
        empty_text = "Dieser Stand hat noch keine Zeilen."

    def render_label(self, record):
        return LABEL.render({"line": record})

    def render_count(self, record):
        if record.count is None:
            return UNKNOWN
        return f"{record.count} von {record.denominator}" if record.denominator else record.count


LABEL = get_template("tables/coverage_label.html")
