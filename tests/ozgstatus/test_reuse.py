"""What other administrations need in order to use the site: publiccode.yml and the licence."""

import json
import re
import tomllib
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

# https://yml.publiccode.tools, version 0.4: what must be there, and from which words it must be.
MANDATORY = [
    *("publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType"),
    *("description", "legal", "maintenance", "localisation"),
]
STATES = {"concept", "development", "beta", "stable", "obsolete"}
TYPES = {
    *("standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend"),
    *("standalone/other", "addon", "library", "configurationFiles"),
}


@pytest.fixture(scope="module")
def publiccode():
    return yaml.safe_load((settings.BASE_DIR / "publiccode.yml").read_text())


def test_publiccode_has_what_its_standard_asks_for(publiccode):
    assert [key for key in MANDATORY if not publiccode.get(key)] == []
    assert publiccode["publiccodeYmlVersion"] == "0.4"
    assert urlsplit(publiccode["url"]).scheme == "https"
    assert publiccode["developmentStatus"] in STATES
    assert publiccode["softwareType"] in TYPES
    assert publiccode["maintenance"]["type"] == "none"  # any other one needs people
    assert publiccode["localisation"] == {"localisationReady": False, "availableLanguages": ["de"]}


@pytest.mark.parametrize("language", ["de", "en"])
def test_publiccode_describes_the_site_within_the_lengths_of_the_standard(publiccode, language):
    description = publiccode["description"][language]
    assert 0 < len(description["shortDescription"]) <= 150
    assert 150 <= len(description["longDescription"]) <= 10_000
    assert 5 <= len(description["features"]) <= 20


def test_every_file_names_the_same_licence_and_version(publiccode):
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    package = json.loads((settings.BASE_DIR / "package.json").read_text())
    label = re.search('licenses="(.*?)"', (settings.BASE_DIR / "Dockerfile").read_text())[1]
    licences = {publiccode["legal"]["license"], project["license"], package["license"], label}
    assert licences == {"EUPL-1.2"}
    assert publiccode["softwareVersion"] == project["version"]
    assert "UNION PUBLIC LICENCE v. 1.2" in (settings.BASE_DIR / "LICENSE").read_text().partition("\n")[0]


def test_what_it_depends_on_is_what_it_is_tested_and_built_with(publiccode):
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    postgresql, python = publiccode["dependsOn"]["open"]
    images = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())["services"]
    assert images["db"]["image"] == f"postgres:{postgresql['version']}"
    assert project["requires-python"] == f">={python['versionMin']}"
