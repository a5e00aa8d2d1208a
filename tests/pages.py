"""One address for every type of public page: of the first edition, and of the example where it has one."""

import re
from html import unescape

from django.conf import settings

EDITION = "/ausgaben/2022-10/"

PUBLIC_PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?q=wohngeld",
    "/suche/",
    "/suche/?q=leipzig",
    "/suche/?q=wohngelt&art=projekt",
    "/suche/?q=wohnegld",
    "/leistungen/sozialpass/",
    "/rollout/",
    "/rollout/2022-10-05/",
    "/rollout/2022-12-01/",
    "/leistungen/wunschkennzeichen/",
    "/rollout/karte/",
    "/rollout/karte/wunschkennzeichen/",
    "/rollout/karte/anmeldung-zur-hundesteuer/beispiel/",
    "/projekte/",
    "/projekte/2022-10-14/",
    "/projekte/2022-12-02/",
    "/projekte/landeserziehungsgeld/",
    "/kommunen/",
    "/kommunen/?q=bernsdorf",
    "/kommunen/14713000/",
    "/kommunen/14522/",
    "/kommunen/14522450/",
    "/kommunen/145225123/",
    "/kommunen/14627210/",
    "/kommunen/14627210/beispiel/",
    "/kommunen/14627/",
    "/entwicklung/",
    "/entwicklung/beispiel/",
    "/ausgaben/",
    EDITION,
    "/ausgaben/2022-10/was-ist-mit-dem-once-only-prinzip-gemeint/",
    "/ausgaben/2022-12/",
    "/ausgaben/2022-12/beispiel-eine-neue-leistung-ist-produktiv-nutzbar/",
    "/ausgaben/2022-10/vergleich/2022-12/",
    "/ausgaben/vergleich/",
    "/abonnement/",
    "/abonnement/aendern/",
    "/abonnement/gesendet/",
    "/abonnement/bestaetigt/",
    "/abonnement/links-ungueltig/",
    "/berichtigungen/",
    "/methodik/",
    "/kontakt/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/lizenzen/",
    "/daten/",
    "/daten/rollout/",
    "/daten/kommunen/",
    "/sitemap.xml",
    "/robots.txt",
]

HTML_PAGES = [address for address in PUBLIC_PAGES if "." not in address]


def paths_of_the_sitemap(client, address="/sitemap.xml") -> list[str]:
    """What it tells search engines of, of an index that of all its files."""
    answer = client.get(address).content.decode()
    paths = [
        unescape(found).removeprefix(settings.SITE_URL) for found in re.findall("<loc>(.*?)</loc>", answer)
    ]
    if "<sitemapindex" not in answer:
        return paths
    return [path for file in paths for path in paths_of_the_sitemap(client, file)]
