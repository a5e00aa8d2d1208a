"""Saxony alone, cut from the files of all Germany: python -m tests.rollout.extracts FOLDER

FOLDER holds the files as Destatis publishes them. The extracts keep layout, headings and notes; running this again
gives the same bytes. © Statistisches Bundesamt (Destatis) 2022 and 2023, Vervielfältigung und Verbreitung, auch
auszugsweise, mit Quellenangabe gestattet.
"""

import gzip
import re
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook, load_workbook

BASE_DIR = Path(__file__).resolve().parents[2]
EXTRACT = BASE_DIR / "fixtures" / "register-2021.xlsx"
GV100AD = Path(__file__).with_name("gv100ad-2023.txt.gz")
# Where they lie beside the repository, the tests read the whole files too.
ORIGINALS = BASE_DIR.parent / "shared" / "data"
EXTRACT_OF = ORIGINALS / "destatis_auszug_gv_2021-12-31.xlsx"
GV100AD_OF = ORIGINALS / "destatis_gv100ad_2023-11-30.txt"

LAND = "14"
EPOCH = (1980, 1, 1, 0, 0, 0)


def is_wanted(row: tuple) -> bool:
    """Rows of Saxony, and those of no Land: headings and notes."""
    return row[2] == LAND or not str(row[0]).isdigit()


def cut_extract(source: Path) -> bytes:
    whole = load_workbook(source, read_only=True)
    cut = Workbook(write_only=True)
    for sheet in whole:
        copy = cut.create_sheet(sheet.title)
        for row in sheet.iter_rows(values_only=True):
            if is_wanted((*row, None, None, None)):
                copy.append(row)
    saved = BytesIO()
    cut.save(saved)
    return without_times(saved.getvalue())


def without_times(workbook: bytes) -> bytes:
    """openpyxl writes when it was; without that the same content is the same file."""
    packed = BytesIO()
    with ZipFile(BytesIO(workbook)) as source, ZipFile(packed, "w") as target:
        for name in sorted(source.namelist()):
            content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z", b"1980-01-01T00:00:00Z", source.read(name))
            target.writestr(ZipInfo(name, EPOCH), content, ZIP_DEFLATED, 9)
    return packed.getvalue()


def cut_gv100ad(source: Path) -> bytes:
    lines = source.read_bytes().splitlines(keepends=True)
    return gzip.compress(b"".join(line for line in lines if line[10:12] == LAND.encode()), mtime=0)


def main(folder: Path) -> None:
    EXTRACT.write_bytes(cut_extract(folder / EXTRACT_OF.name))
    GV100AD.write_bytes(cut_gv100ad(folder / GV100AD_OF.name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
