import django.contrib.postgres.indexes
from django.db import migrations

import stand.search


class Migration(migrations.Migration):
    dependencies = [("rollout", "0022_search_terms")]

    operations = [
        migrations.AddIndex(
            "authority",
            django.contrib.postgres.indexes.GinIndex(
                stand.search.Terms("search_text"), name="rollout_authority_terms", fastupdate=False
            ),
        ),
    ]
