import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

from stand.words import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("stand", "0005_version_moves")]

    operations = [
        migrations.CreateModel(
            name="SearchedWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.TextField()),
                ("spelled", models.TextField()),
                (
                    "stems",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector("spelled", config="german"),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                        serialize=False,
                    ),
                ),
            ],
            options={
                "verbose_name": "Suchwort",
                "verbose_name_plural": "Suchwörter",
                "indexes": [
                    models.Index(fields=["word", "spelled"], name="stand_searchedword_known"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["word"],
                        fastupdate=False,
                        name="stand_searchedword_alike",
                        opclasses=["gin_trgm_ops"],
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["stems"], fastupdate=False, name="stand_searchedword_stems"
                    ),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
