"""Which fixtures belong to which edition."""

from ozgstatus.demo import fixtures


def of_the_example():
    """The invented edition of December 2022, in the order in which it loads."""
    return [path for path in fixtures() if path.stem.endswith("-example")]


def of_the_first_edition():
    """October 2022 and everything that it needs, in the order in which it loads."""
    return [path for path in fixtures() if path not in of_the_example()]
