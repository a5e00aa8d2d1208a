import pytest

from tests.browser.site import running_site
from tests.editions import of_the_first_edition


@pytest.fixture(scope="package")
def site(django_db_setup, django_db_blocker):
    """The site of October 2022, from which editors go on."""
    with django_db_blocker.unblock(), running_site(of_the_first_edition()) as address:
        yield address
