"""The documents say what is there."""

import importlib
import json
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic_settings import BaseSettings

import shared.metrics

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
METRICS = (ROOT / "docs" / "metrics.md").read_text()
TARGETS = {"run", "demo", "test", "check", "up", "down", "nuke", "bench", "bench-quick", "chaos"}


def behaviours() -> list[tuple[str, list[str]]]:
    """The rows of the README's table: what happens, and the files where."""
    table = README.split("## Where what happens", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    return [(row[0].strip(), re.findall(r"`([^`]+)`", row[1])) for row in rows[1:]]


def test_every_file_of_the_behaviour_table_exists():
    rows = behaviours()
    assert len(rows) >= 20
    missing = [(what, path) for what, paths in rows for path in paths if not (ROOT / path).exists()]
    assert not missing
    assert all(paths for _, paths in rows)


@pytest.mark.parametrize(
    "document", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: p.name
)
def test_every_relative_link_leads_somewhere(document):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def settings_names() -> list[str]:
    """Every environment variable a service reads, from the settings classes themselves."""
    names = []
    for module in ("ingress_service.settings", "sender_service.settings"):
        settings: type[BaseSettings] = importlib.import_module(module).Settings
        prefix = settings.model_config.get("env_prefix", "")
        for name, field in settings.model_fields.items():
            choices = getattr(field.validation_alias, "choices", None) or [f"{prefix}{name}".upper()]
            names += [str(choice) for choice in choices]
    return names


@pytest.mark.parametrize("name", settings_names())
def test_every_setting_is_documented(name):
    assert f"`{name}`" in SETTINGS


def test_no_setting_is_documented_that_nobody_reads():
    documented = set(re.findall(r"^\| `([A-Z_]+)`", SETTINGS, flags=re.MULTILINE))
    assert documented - set(settings_names()) == set()


def metric_names() -> list[str]:
    names = set()
    for value in vars(shared.metrics).values():
        described = value.describe() if hasattr(value, "describe") and not isinstance(value, type) else ()
        names |= {metric.name + ("_total" if metric.type == "counter" else "") for metric in described}
    return sorted(names)


def test_every_metric_is_documented():
    names = metric_names()
    assert names
    assert [name for name in names if f"`{name}`" not in METRICS] == []


def test_every_metric_is_told_by_somebody():
    """A gauge that nobody sets shows zero, and no alert on it ever rings."""
    catalogue = (ROOT / "shared" / "metrics.py").read_text()
    named = re.findall(r"^([A-Z_]+): Final = (?:Counter|Gauge|Histogram)\(", catalogue, re.MULTILINE)
    packages = ("shared", "ingress_service", "sender_service")
    code = "\n".join(path.read_text() for package in packages for path in (ROOT / package).rglob("*.py"))
    assert len(named) > 30
    assert [name for name in named if not re.search(rf"\bmetrics\.{name}\b", code)] == []


def test_make_alone_lists_every_target():
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=15)
    listed = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("  make ")}
    assert listed >= TARGETS


def test_every_decision_says_context_decision_and_price():
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(records) >= 8
    for record in records:
        text = record.read_text()
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Price")), record.name


def test_compose_pins_every_image_and_checks_every_service():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert {"rabbitmq", "postgres", "ingress", "worker", "api", "scheduler", "simulator", "prepare"} <= set(services)
    for name, service in services.items():
        if "build" not in service:
            assert re.fullmatch(r"[a-z]+:\d+\.\d+[\w.-]*", service["image"]), f"{name}: pin the image"
        if name != "prepare":
            assert service["healthcheck"]["test"], f"{name}: no health check"
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), f"{name}: loopback only"
    assert (ROOT / "deploy/containers/enabled_plugins").read_text().count("rabbitmq_prometheus") == 1


def test_the_image_targets_of_compose_exist():
    dockerfile = (ROOT / "deploy" / "containers" / "Dockerfile").read_text()
    targets = set(re.findall(r" AS (\w+)", dockerfile))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    wanted = {service["build"]["target"] for service in compose["services"].values() if "build" in service}
    assert wanted <= targets


def test_locks_are_pinned_by_hash_and_name_no_index():
    for name in ("run", "dev", "uv"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        requirements = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert requirements
        assert all("==" in line for line in requirements)
        assert text.count("--hash=sha256:") >= len(requirements)
        assert "://" not in text
        assert "index" not in "".join(requirements)


def test_every_package_of_the_product_is_a_package():
    for package in ("shared", "ingress_service", "sender_service"):
        module = importlib.import_module(package)
        assert [found.name for found in pkgutil.iter_modules(module.__path__)]
        folders = {path.parent for path in (ROOT / package).rglob("*.py")}
        assert all((folder / "__init__.py").exists() for folder in folders)


def test_golden_contracts_are_json():
    samples = sorted((ROOT / "tests" / "data" / "contracts").glob("*.json"))
    assert samples
    for sample in samples:
        json.loads(sample.read_text())
