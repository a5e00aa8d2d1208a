"""Known vulnerabilities of what is locked, asked for at PyPI's advisory service: make audit.

Fails where one is found. Where the service does not answer, nothing was audited: that is said aloud and is no failure,
so that a machine without a way to it can run all the rest.
"""

import json
import subprocess
import sys

LOCKED = ["requirements.txt", "requirements-demo.txt", "requirements-dev.txt"]


def main() -> int:
    return max(report(name, *ask(name)) for name in LOCKED)


def ask(name: str) -> tuple[str, str]:
    """What pip-audit writes, and what it complains about; without pip, as everything is pinned with its hashes."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", name, "--require-hashes", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    found = subprocess.run([*command, *options], capture_output=True, text=True)
    return found.stdout, found.stderr


def report(name: str, written: str, complaints: str = "") -> int:
    try:
        packages = json.loads(written)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (complaints.strip().splitlines() or ["no answer"])[-1]
        return _not_audited(name, f"the advisory service did not answer: {reason}")
    asked = [package for package in packages if "skip_reason" not in package]
    for package in asked:
        for weakness in package["vulns"]:
            fixed = ", ".join(weakness["fix_versions"]) or "none"
            print(f"{name}: {package['name']} {package['version']}: {weakness['id']}, fixed in: {fixed}")
    if any(package["vulns"] for package in asked):
        return 1
    if len(asked) < len(packages) or not packages:
        return _not_audited(name, f"the service knew {len(asked)} of {len(packages)} packages")
    print(f"{name}: {len(asked)} packages, no known vulnerability")
    return 0


def _not_audited(name: str, reason: str) -> int:
    print(f"{'!' * 20} {name} WAS NOT AUDITED: {reason} {'!' * 20}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
