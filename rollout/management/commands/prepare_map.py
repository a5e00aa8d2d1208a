import csv
import datetime
import io
import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rollout import boundaries
from rollout.boundaries import Area, BoundaryError, Successions


class Command(BaseCommand):
    help = (
        "Makes the map of Saxony out of the boundaries of its municipalities and districts (GeoJSON in WGS 84 with "
        "the properties ags and gen): static/sachsen.svg and, in rollout/data, neighbours and the middles of areas. "
        "The same input gives the same files."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "municipalities", type=Path, help="GeoJSON of the municipalities, ags of 8 digits"
        )
        parser.add_argument("districts", type=Path, help="GeoJSON of the districts, ags of 5 digits")
        parser.add_argument(
            "--date",
            type=datetime.date.fromisoformat,
            default=datetime.date(2021, 1, 1),
            help="the day the boundaries hold for, whose year the source wants named; 2021-01-01 if not given",
        )
        parser.add_argument(
            "--merge",
            action="append",
            default=[],
            metavar="NEW=OLD,OLD",
            help="a merger since then, as 14522275=14522450,14522620; may be given several times",
        )
        parser.add_argument(
            "--tolerance",
            type=float,
            default=1,
            help=f"how far a border may be moved to save points, in {boundaries.UNIT} m; 1 if not given",
        )
        parser.add_argument(
            "--into",
            type=Path,
            default=settings.BASE_DIR,
            help="the folder to write below; the repository if not given",
        )

    def handle(self, municipalities, districts, date, merge, tolerance, into, **options):
        try:
            files = _compose(
                _read(municipalities, digits=8),
                _read(districts, digits=5),
                date,
                _successions(merge),
                tolerance,
            )
        except BoundaryError as error:
            raise CommandError(str(error)) from error
        for name, text in files.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            self.stdout.write(f"{path}: {len(text.encode()):,} bytes")


def _read(path: Path, digits: int) -> dict[str, Area]:
    try:
        return boundaries.read_areas(json.loads(path.read_text(encoding="utf-8")), digits)
    except (OSError, ValueError) as error:  # of reading, decoding and parsing, and BoundaryError
        raise CommandError(f"{path}: {error}") from error


def _successions(arguments: list[str]) -> dict[str, list[str]]:
    successions: dict[str, list[str]] = {}
    for argument in arguments:
        key, _, old = argument.partition("=")
        old_keys = old.split(",")
        if not all(len(each) == 8 and each.isdecimal() for each in [key, *old_keys]):
            raise CommandError(f"--merge {argument}: write it as 14522275=14522450,14522620.")
        if key in successions:
            raise CommandError(f"--merge {argument}: {key} is given twice.")
        successions[key] = old_keys
    return successions


def _compose(
    municipalities: dict[str, Area],
    districts: dict[str, Area],
    date: datetime.date,
    successions: Successions,
    tolerance: float,
) -> dict[str, str]:
    """Names of files and their texts."""
    boundaries.check_fit(municipalities, districts)
    municipalities = boundaries.merged(municipalities, successions)
    return {
        "static/sachsen.svg": boundaries.compose_svg(municipalities, districts, date.year, tolerance),
        "rollout/data/neighbours.csv": _csv(boundaries.neighbours(municipalities.values())),
        "rollout/data/map.json": _json(date, {**municipalities, **districts}),
    }


def _csv(pairs: list[boundaries.Pair]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("key", "neighbour"), *pairs])
    return file.getvalue()


def _json(date: datetime.date, areas: dict[str, Area]) -> str:
    """One line for each area, so that a difference can be read."""
    lines = ",\n".join(f'    "{key}": {list(boundaries.middle(areas[key]))}' for key in sorted(areas))
    return f'{{\n  "date": "{date}",\n  "middles": {{\n{lines}\n  }}\n}}\n'
