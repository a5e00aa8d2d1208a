"""Editors' texts below headings of different levels, and editions to choose from."""

import re
from itertools import groupby

from django import template
from django.utils.html import escape
from django.utils.safestring import mark_safe

from stand.templatetags.stand import prose
from stand.years import MOST_AT_ONCE

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


@register.simple_tag
def edition_options(titles, chosen):
    """Of a list of `newsletter.querysets.Title`, the newest first; many are grouped by year. `chosen` is a month.

    Written without a template, which would take longer for twenty years of editions than for all else on the page.
    """
    if len(titles) <= MOST_AT_ONCE:
        return mark_safe(_options(titles, chosen))
    years = groupby(titles, key=lambda title: title.month.year)
    return mark_safe(
        "".join(f'\n<optgroup label="{year}">{_options(some, chosen)}</optgroup>' for year, some in years)
    )


def _options(titles, chosen) -> str:
    return "".join(
        f'<option value="{title.key}"{" selected" if title.month == chosen else ""}>'
        f"{escape(title.words)}{' (Beispieldaten)' if title.illustrative else ''}</option>"
        for title in titles
    )
