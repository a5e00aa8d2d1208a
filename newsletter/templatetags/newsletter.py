"""Editors' texts below headings of different levels, and editions to choose from."""

import re
from html import escape
from itertools import groupby

from django import template
from django.utils.safestring import mark_safe

from stand.templatetags.stand import prose
from stand.years import MOST_AT_ONCE

from ..querysets import month_key

register = template.Library()

HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")


@register.filter
def prose_below(html, level):
    """An editor's text whose highest heading comes right below a heading of `level`, so that no level is skipped."""
    clean = prose(html)
    levels = [int(heading[1]) for heading in HEADING.findall(clean)]
    if not levels:
        return clean
    step = level + 1 - min(levels)
    return mark_safe(HEADING.sub(lambda match: f"{match[1]}h{min(int(match[2]) + step, 6)}", clean))


@register.filter
def options(titles):
    """Of a list of `newsletter.querysets.Title`, the newest first; many are grouped by year.

    Written without a template, which would take longer for twenty years of editions than for all else on the page.
    """
    if len(titles) <= MOST_AT_ONCE:
        return mark_safe("".join(map(_option, titles)))
    years = groupby(titles, key=lambda title: title.month.year)
    return mark_safe(
        "".join(
            f'\n<optgroup label="{year}">{"".join(map(_option, some))}</optgroup>' for year, some in years
        )
    )


def _option(title) -> str:
    words = f"{title.words} (Beispieldaten)" if title.illustrative else title.words
    return f'<option value="{title.key}">{escape(words)}</option>'


@register.filter
def selecting(options, month):
    """The same list of options with the edition of `month` selected, if it is any."""
    if not month:
        return options
    value = f'value="{month_key(month)}"'
    return mark_safe(options.replace(value, f"{value} selected"))
