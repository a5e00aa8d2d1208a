"""Two people at once: which of the values somebody sends would overwrite a newer one."""

from collections.abc import Mapping
from typing import Any


def conflicts(initial: Mapping, submitted: Mapping, current: Mapping) -> dict[Any, tuple[Any, Any]]:
    """`{name: (theirs, mine)}` for every value changed here and, to something else, by somebody else meanwhile.

    `initial` is what the form showed, `submitted` what came back, `current` what the database holds under a lock.
    """
    return {
        name: (current.get(name), mine)
        for name, mine in submitted.items()
        if mine != initial.get(name) and current.get(name) not in (initial.get(name), mine)
    }
