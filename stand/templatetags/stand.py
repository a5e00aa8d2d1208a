"""How months, dates, shares, numbers and areas read on a page, and where others stand."""

import nh3
from django import template
from django.utils.safestring import mark_safe

from stand.months import format_month
from stand.paths import path_to

register = template.Library()

PROSE_TAGS = {"p", "br", "strong", "em", "h2", "h3", "h4", "ul", "ol", "li", "a"}


@register.filter
def month(value):
    """A month as "09/2022"; nothing as "keine Angabe"."""
    return format_month(value) or "keine Angabe"


@register.filter
def day(value):
    """A date as "05.10.2022"; nothing as "keine Angabe"."""
    return f"{value:%d.%m.%Y}" if value else "keine Angabe"


@register.simple_tag
def path(view, *args):
    """As `url`, in a fifth of the time; for what stands on every page or several times on one."""
    return path_to(view, *args)


@register.filter
def verbose_name(obj):
    """What kind of thing it is, as the admin calls it: "Stand des Roll-Outs"."""
    return obj._meta.verbose_name


@register.filter
def share(value):
    """A share in whole per cent as "16 %" with a protected space; nothing as "keine Angabe"."""
    return "keine Angabe" if value is None else f"{value}\u00a0%"


@register.filter
def number(value):
    """A whole number as "4.043.002"; nothing as "keine Angabe"."""
    return "keine Angabe" if value is None else f"{value:,}".replace(",", ".")


@register.filter
def square_kilometres(hectares):
    """An area as "221,03 km²" with a protected space; nothing as "keine Angabe"."""
    if hectares is None:
        return "keine Angabe"
    return f"{number(hectares // 100)},{hectares % 100:02}\u00a0km²"


@register.simple_tag
def chart_marks(line):
    """The marks of a `stand.charts.Line` as SVG: numbers alone, and so many that a template would take its time."""
    return mark_safe("".join(_mark(mark, line.number) for mark in line.marks))


def _mark(mark, number):
    at = f'x="{mark.x}%" y="{mark.y}%"'
    is_open = " chart-open" if mark.illustrative else ""
    drawn = f'<use class="chart-mark{is_open}" href="#chart-mark-{number}" {at}/>'
    return f'{drawn}<use href="#chart-at-least" {at}/>' if mark.at_least else drawn


@register.filter
def prose(html):
    """An editor's text as HTML. It was cleaned when it was saved; cleaning again costs little and trusts nobody."""
    return mark_safe(nh3.clean(html, tags=PROSE_TAGS, attributes={"a": {"href"}}, link_rel=None))
