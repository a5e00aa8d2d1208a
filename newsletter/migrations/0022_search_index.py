import django.contrib.postgres.indexes
from django.db import migrations

import stand.search


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0021_search_terms")]

    operations = [
        migrations.AddIndex(
            "article",
            django.contrib.postgres.indexes.GinIndex(
                stand.search.Terms("search_text"), name="newsletter_article_terms", fastupdate=False
            ),
        ),
        migrations.AddIndex(
            "edition",
            django.contrib.postgres.indexes.GinIndex(
                stand.search.Terms("search_text"), name="newsletter_edition_terms", fastupdate=False
            ),
        ),
    ]
