import datetime

import pytest


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """People need a moment to fill a form in; tests that are not about it do not."""
    monkeypatch.setattr("newsletter.subscription.forms.LEAST_AGE", datetime.timedelta(seconds=-1))


@pytest.fixture
def visitor(db, mailoutbox):
    """Somebody with a browser and a mailbox."""
    from .journeys import Visitor  # Django is set up only after conftest files are read

    return Visitor(mailoutbox)
