"""Editors' texts below headings of different levels."""

import re

from django import template
from django.utils.safestring import mark_safe

from stand.templatetags.stand import prose

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
