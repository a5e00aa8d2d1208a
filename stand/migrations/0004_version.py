from django.db import migrations

from stand.versions import CREATE, DROP


class Migration(migrations.Migration):
    dependencies = [("stand", "0003_deleted_draft")]

    operations = [migrations.RunSQL(CREATE, DROP)]
