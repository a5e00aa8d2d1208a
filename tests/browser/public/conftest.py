import pytest

from ozgstatus.demo import fixtures
from tests.browser.site import running_site


@pytest.fixture(scope="package")
def site(django_db_setup, django_db_blocker):
    """The site with everything that the demo shows."""
    with django_db_blocker.unblock(), running_site(fixtures()) as address:
        yield address
