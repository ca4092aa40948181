"""The walls between the packages hold."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_import_contract_is_kept():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_contracts_name_every_wall_of_the_house():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    sources = {source for contract in contracts for source in contract.get("source_modules", ())}
    assert {"ingress_service", "sender_service", "shared", "shared.contracts"} <= sources
    protected = {module for contract in contracts for module in contract.get("protected_modules", ())}
    assert {"aio_pika", "asyncpg"} <= protected


def test_deliveries_are_settled_in_one_module_of_the_messaging_package():
    settling = re.compile(r"\.basic_(ack|nack|reject)\(|\.(ack|nack|reject)\(")
    found = {
        str(path.relative_to(ROOT))
        for package in ("shared", "ingress_service", "sender_service")
        for path in (ROOT / package).rglob("*.py")
        if settling.search(path.read_text())
    }
    assert len(found) == 1
    assert found <= {"shared/messaging/consumer.py", "shared/messaging/inbox.py"}


def test_a_killed_worker_is_back_without_waiting_for_the_api_to_load():
    asked = "import sys, sender_service.roles.run; print([name for name in sys.modules if '_service.api' in name])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
