"""One address of the first edition for every type of public page."""

EDITION = "/ausgaben/2022-10/"

PUBLIC_PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?q=wohngeld",
    "/leistungen/sozialpass/",
    "/rollout/",
    "/rollout/2022-10-05/",
    "/projekte/",
    "/projekte/2022-10-14/",
    "/projekte/landeserziehungsgeld/",
    "/ausgaben/",
    EDITION,
    "/ausgaben/2022-10/was-ist-mit-dem-once-only-prinzip-gemeint/",
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
