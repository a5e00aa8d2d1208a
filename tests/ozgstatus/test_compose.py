"""That compose.yaml, Dockerfile, deploy/nginx.conf and the settings fit together; their syntax: `make check`."""

import re

import pytest
import yaml
from django.conf import settings

COMPOSE = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text()
FRONT = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
OURS = ["web", "mail", "housekeeping", "migrate"]
# What production leaves as it is.
NOT_PASSED_ON = {"HTTP", "STATIC_ROOT", "SECOND_FACTOR", "DEMO_MAILBOX", "LOG_FORMAT", "SECURITY_LANGUAGES"}


def test_all_that_the_site_consists_of_is_started():
    assert set(SERVICES) == {"front", "db", *OURS}
    assert SERVICES["db"]["image"] == "postgres:18"


def test_every_setting_reaches_the_containers():
    """A new one needs a line in compose.yaml and one in the README."""
    text = (settings.BASE_DIR / "ozgstatus" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', text)) - NOT_PASSED_ON
    assert read <= set(SERVICES["web"]["environment"])
    assert {"DATABASE_URL", "SECRET_KEY", "SITE_URL", "EMAIL_URL", "IMAP_URL"} <= read
    assert all(SERVICES[name]["environment"] == SERVICES["web"]["environment"] for name in OURS)


def test_a_setting_without_a_default_stops_the_start_here_too():
    passed = SERVICES["web"]["environment"]
    required = {name for name, value in passed.items() if ":?" in str(value)}
    assert required == {"DATABASE_URL", "SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "EMAIL_URL", "MAIL_FROM"}


@pytest.mark.parametrize("name", ["front", *OURS])
def test_a_container_of_ours_may_do_as_little_as_can_be(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service and "cap_add" not in service
    assert service["logging"]["options"]["max-size"]  # so that no log fills the disk


def test_nobody_outside_reaches_anything_but_the_front():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["front"]
    assert SERVICES["front"]["ports"] == ["80:8080", "443:8443"]
    assert re.findall(r"listen (\d+)", FRONT) == ["8080", "8443"]
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert SERVICES["db"]["networks"] == ["data"] and SERVICES["front"]["networks"] == ["front"]


def test_the_front_asks_where_the_site_listens_and_keeps_what_it_may():
    assert "set $site http://web:8000;" in FRONT and '"0.0.0.0:8000"' in DOCKERFILE
    [kept] = [place for place in SERVICES["front"]["tmpfs"] if place.startswith("/var/cache/nginx")]
    size = int(re.search(r"size=(\d+)m", kept)[1])
    assert int(re.search(r"max_size=(\d+)m", FRONT)[1]) < size
    assert SERVICES["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"


def test_only_a_web_server_is_asked_whether_it_serves():
    """The image's health check would call all others sick."""
    without = {name for name in OURS if SERVICES[name].get("healthcheck") == {"disable": True}}
    assert without == set(OURS) - {"web"}
    assert "/livez" in DOCKERFILE


def test_the_database_sorts_german_as_that_of_the_tests_does():
    from ozgstatus.embedded_postgres import CLUSTER_OPTIONS

    options = SERVICES["db"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert set(options) <= set(CLUSTER_OPTIONS) and len(options) == 4
