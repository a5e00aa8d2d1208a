"""What is said of what the advisory service answers."""

import json

import pytest

from tests.audit import LOCKED, report


def written(*packages) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def package(name="django", vulns=(), **more):
    return {"name": name, "version": "5.2", "vulns": list(vulns), **more}


WEAK = {"id": "PYSEC-1", "fix_versions": ["5.2.1"], "aliases": [], "description": "x"}
SKIPPED = {"name": "brotli", "skip_reason": "Dependency not found on PyPI"}


def test_a_known_vulnerability_fails_and_is_named(capsys):
    assert report("requirements.txt", written(package(), package("pyyaml", [WEAK]))) == 1
    assert "pyyaml 5.2: PYSEC-1, fixed in: 5.2.1" in capsys.readouterr().out


def test_it_fails_also_where_others_could_not_be_asked_for(capsys):
    assert report("requirements.txt", written(package("pyyaml", [WEAK]), SKIPPED)) == 1


def test_none_is_said(capsys):
    assert report("requirements.txt", written(package(), package("pyyaml"))) == 0
    told = capsys.readouterr()
    assert "2 packages, no known vulnerability" in told.out and told.err == ""


@pytest.mark.parametrize(
    "answer", ["", "<html>", "[]", "null", written(), written(SKIPPED), written(package(), SKIPPED)]
)
def test_where_not_all_were_asked_for_that_is_said_aloud(capsys, answer):
    assert report("requirements.txt", answer, "connection refused") == 0
    told = capsys.readouterr()
    assert "WAS NOT AUDITED" in told.err and "no known" not in told.out


@pytest.mark.parametrize("name", LOCKED)
def test_everything_that_is_locked_has_its_hash(name, settings):
    lines = (settings.BASE_DIR / name).read_text().replace("\\\n", " ").splitlines()
    pinned = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert len(pinned) > 40
    assert [line for line in pinned if "==" not in line or "--hash=sha256:" not in line] == []
