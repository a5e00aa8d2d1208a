"""Fills the migrated database of DATABASE_URL; prints the session cookies of an editor and an administrator."""

import django

if __name__ == "__main__":
    django.setup()
    from ozgstatus.models import Site
    from tests.admin import client_of
    from tests.ozgstatus.content import make_small_site

    make_small_site()
    Site.objects.update(name="OZG-Status (Probe)")
    for client in (client_of("Redaktion"), client_of("Administration", is_superuser=True)):
        print(client.cookies["sessionid"].value)
