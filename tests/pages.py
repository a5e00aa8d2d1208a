"""One address for every type of public page: of the first edition, and of the example where it has one."""

EDITION = "/ausgaben/2022-10/"

PUBLIC_PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?q=wohngeld",
    "/leistungen/sozialpass/",
    "/rollout/",
    "/rollout/2022-10-05/",
    "/rollout/2022-12-01/",
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
    "/ausgaben/",
    EDITION,
    "/ausgaben/2022-10/was-ist-mit-dem-once-only-prinzip-gemeint/",
    "/ausgaben/2022-12/",
    "/ausgaben/2022-12/beispiel-eine-neue-leistung-ist-produktiv-nutzbar/",
    "/berichtigungen/",
    "/methodik/",
    "/kontakt/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/lizenzen/",
    "/sitemap.xml",
    "/robots.txt",
]

HTML_PAGES = [address for address in PUBLIC_PAGES if "." not in address]
