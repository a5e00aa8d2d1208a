"""Whether migrations newer than the last release break the code of that release, which serves while they run.

Older ones are not looked at: they are applied everywhere, and nothing runs any more that they could break.
"""

import subprocess
import sys
from pathlib import Path

# The newest commit that is in use somewhere. After a release that one, and tests/ozgstatus/faults/test_migrating.py
# then starts its code.
RELEASE = "8171f663cbb568840ed5ee3a0d4474d319a2c279"
# What the linter cannot know of these.
IGNORED = [
    "0004_version",  # of stand: its columns are those of a new table,
    "0040_cache",  # of ozgstatus: and so are these
    "0021_search_by_lp",  # of projects: a generated column, dropped and made anew under its name in one transaction
]
BASE_DIR = Path(__file__).resolve().parent.parent


def has_release() -> bool:
    """Not in a clone that was cut off, or an archive."""
    command = ["git", "cat-file", "-e", f"{RELEASE}^{{commit}}"]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True).returncode == 0


def main() -> int:
    import django

    django.setup()
    from django_migration_linter import MigrationLinter

    if not has_release():
        print(
            f"NO MIGRATION WAS LOOKED AT: the history of this clone lacks {RELEASE[:7]}, fetch it whole.",
            file=sys.stderr,
        )
        return 0
    linter = MigrationLinter(str(BASE_DIR), analyser_string="postgresql", ignore_name=IGNORED, no_cache=True)
    linter.lint_all_migrations(git_commit_id=RELEASE)
    linter.print_summary()
    return int(linter.has_errors)


if __name__ == "__main__":
    sys.exit(main())
