"""The table of Django's cache, as `createcachetable` would make it; no other command has to be run."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ozgstatus", "0032_version_moves")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE ozgstatus_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX ozgstatus_cache_expires ON ozgstatus_cache (expires);
            """,
            "DROP TABLE ozgstatus_cache",
        )
    ]
