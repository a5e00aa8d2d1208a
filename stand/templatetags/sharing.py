"""What pages say of themselves to search engines and to those who share their address."""

import json

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from stand.opendata import day_of

register = template.Library()

# A text in a script must not end it.
ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


def _attribute(html: str) -> SafeString:
    """Escaped HTML without elements, on one line and fit for an attribute."""
    return mark_safe(" ".join(html.split()).replace('"', "&quot;"))


@register.simple_block_tag
def page_title(content):
    """The title, for the browser and for whoever shows a link to the page."""
    text = _attribute(content)
    return format_html('<title>{0}</title>\n  <meta property="og:title" content="{0}">', text)


@register.simple_block_tag
def page_description(content):
    text = _attribute(content)
    return format_html(
        '<meta name="description" content="{0}">\n  <meta property="og:description" content="{0}">', text
    )


@register.simple_tag
def json_ld(data):
    """A block of data, which no browser executes; the policy of the site allows it."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


@register.simple_tag(takes_context=True)
def breadcrumbs(context, *names):
    """The way from the home page to this one: names and the views they lead to by turns, last the page's own name."""
    if context.get("draft"):
        return ""
    *above, own = names
    steps = [("Startseite", reverse("home")), *zip(above[::2], map(reverse, above[1::2]), strict=True)]
    steps.append((own, context["request"].path))
    entries = [
        {"@type": "ListItem", "position": position, "name": str(name), "item": settings.SITE_URL + address}
        for position, (name, address) in enumerate(steps, start=1)
    ]
    return json_ld({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": entries})


@register.simple_tag(takes_context=True)
def cited_stand(context, *shown):
    """The day that the address names, if it is another than those `shown`: who cites a live row cites a day with it."""
    day = day_of(context["request"].GET.get("stand", ""))
    return None if day in shown else day
