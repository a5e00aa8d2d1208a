"""What the settings require, with harmless values, and a throw-away PostgreSQL.

Used by pytest, and in front of any other command: python -m tests.environment COMMAND ...
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ozgstatus.embedded_postgres import ends_with_parent, running

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)

# For STORAGES: static files as they lie in the folders, without collectstatic.
PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@contextmanager
def test_environment() -> Iterator[None]:
    """A DATABASE_URL that is set is respected; everything else is overwritten, to be the same everywhere."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ozgstatus-")))
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = stack.enter_context(running(folder / "database"))
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "ozgstatus.settings",
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
            "SITE_URL": "https://ozgstatus.example.org",
            "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1,ozgstatus.example.org",
            "EMAIL_URL": "memory://",
            "MAIL_FROM": "ozgstatus@example.org",
            "HTTP": "plain",
            "SECOND_FACTOR": "off",
            "DEMO_MAILBOX": "off",
            "LOG_FORMAT": "line",
            "TRUSTED_PROXIES": "0",
            "VAR_DIR": str(folder / "var"),
            "STATIC_ROOT": str(folder / "staticfiles"),
        }
        yield


if __name__ == "__main__":
    with test_environment():
        sys.exit(subprocess.call([*ends_with_parent("TERM"), *sys.argv[1:]]))
