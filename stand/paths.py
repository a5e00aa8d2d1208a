"""Where the pages of things stand."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse


def path_to(view: str, *args) -> str:
    """What `reverse()` says; that of a row takes it as long as the rest of the row, and is the same next time."""
    return _path(get_script_prefix(), view, args)


# More than the things that the longest pages name together.
@lru_cache(maxsize=4096)
def _path(prefix: str, view: str, args: tuple) -> str:
    return reverse(view, args=args)
