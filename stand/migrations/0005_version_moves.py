from django.db import migrations

from stand.versions import below, moves_version

# Everything in them is seen by visitors.
ALWAYS = [
    "catalogue_service",
    "catalogue_servicepart",
    "catalogue_funding",
    "rollout_registeredition",
    "rollout_registermunicipality",
    "rollout_authority",
    "rollout_succession",
    "rollout_adoption",
    "rollout_competenceset",
    "rollout_competence",
    "rollout_servicecompetence",
    "rollout_rolloutpublication",
    "projects_project",
    "projects_projectpublication",
    "newsletter_editionpublication",
    "newsletter_editionwithdrawal",
    "stand_correction",
    "stand_correctionchange",
    "ozgstatus_site",
    "ozgstatus_page",
]
# By publication and its column: the tables below it, and what names the root in each.
PUBLISHED = {
    ("rollout_rolloutpublication", "report_id"): {
        "rollout_rolloutreport": "changed.id",
        "rollout_rolloutfootnote": "changed.report_id",
        "rollout_coveragerow": "changed.report_id",
    },
    ("projects_projectpublication", "report_id"): {
        "projects_projectreport": "changed.id",
        "projects_projectfootnote": "changed.report_id",
        "projects_legendentry": "changed.report_id",
        "projects_projectrow": "changed.report_id",
    },
    ("newsletter_editionpublication", "edition_id"): {
        "newsletter_edition": "changed.id",
        "newsletter_rubric": "changed.edition_id",
        "newsletter_article": "changed.edition_id",
        "newsletter_article_services": (
            "(SELECT edition_id FROM newsletter_article WHERE id = changed.article_id)"
        ),
        "newsletter_block": "changed.edition_id",
        "newsletter_cataloguerow": "changed.edition_id",
        "newsletter_editionpdf": "changed.edition_id",
    },
}


class Migration(migrations.Migration):
    # Each table is locked by itself and for a moment, as editors may be at work.
    atomic = False
    dependencies = [
        ("stand", "0004_version"),
        ("catalogue", "0020_search"),
        ("rollout", "0020_search"),
        ("projects", "0020_search"),
        ("newsletter", "0020_search"),
        ("ozgstatus", "0003_data_licence"),
    ]

    operations = [
        *[moves_version(table) for table in ALWAYS],
        *[
            moves_version(table, below(publication, column, root))
            for (publication, column), tables in PUBLISHED.items()
            for table, root in tables.items()
        ],
    ]
