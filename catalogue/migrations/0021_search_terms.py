from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

from stand.words import keeps_words


class Migration(migrations.Migration):
    # Each table is locked by itself and for a moment, as editors may be at work, and visitors read several at once.
    atomic = False
    dependencies = [("catalogue", "0020_search"), ("stand", "0006_searched_words")]

    operations = [
        keeps_words("catalogue_service", "concat_ws(' ', name, printed_name, authority_label)"),
        keeps_words("catalogue_servicepart", "concat_ws(' ', name, printed_name)"),
        RemoveIndexConcurrently("service", "catalogue_service_words"),
        RemoveIndexConcurrently("service", "catalogue_service_text"),
        RemoveIndexConcurrently("servicepart", "catalogue_servicepart_words"),
        RemoveIndexConcurrently("servicepart", "catalogue_servicepart_text"),
    ]
