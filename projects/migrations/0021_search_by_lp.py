import django.contrib.postgres.indexes
from django.db import migrations, models

import stand.search

INDEX = django.contrib.postgres.indexes.GinIndex(
    fields=["search_text"], name="projects_projectrow_text", opclasses=["gin_trgm_ops"]
)


class Migration(migrations.Migration):
    """The expression of a generated column cannot be changed; in one transaction nobody sees it missing."""

    dependencies = [("projects", "0020_search")]

    operations = [
        migrations.RemoveIndex("projectrow", INDEX.name),
        migrations.RemoveField("projectrow", "search_text"),
        migrations.AddField(
            "projectrow",
            "search_text",
            models.GeneratedField(
                db_persist=True,
                expression=stand.search.Normal(
                    stand.search.Joined(
                        "label", models.Value("LP"), "lp", "lp_name", stand.search.Lines("details")
                    )
                ),
                output_field=models.TextField(),
                serialize=False,
            ),
        ),
        migrations.AddIndex("projectrow", INDEX),
    ]
