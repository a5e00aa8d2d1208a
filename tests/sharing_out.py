"""How `pytest -n` shares the tests out: those with the same costly fixtures stay together, and the longest go first."""

from pathlib import PurePath

from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"
FAULTS = "tests/ozgstatus/faults/"
# At the end one of them would keep one worker busy and let the others wait.
LONGEST = (BROWSER, FAULTS, "tests/ozgstatus/test_demo.py", "tests/ozgstatus/test_embedded_postgres.py")


class ByFixtures(LoadFileScheduling):
    """A file at a time, as many fixtures are a module's; of these two a folder, which has one site."""

    def __init__(self, config, log=None):
        super().__init__(config, log)
        config.option.loadscopereorder = False  # which goes by the number of tests

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return str(PurePath(file).parent) if file.startswith((BROWSER, FAULTS)) else file


def longest_first(items):
    """Otherwise in the order they have."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
