"""What processes cost, read from /proc: CPU seconds and memory of a pid with all its descendants."""

import os
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_ESTABLISHED = "01"
TICK = 1 / os.sysconf("SC_CLK_TCK")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since each process began, bytes of memory now (shared pages counted in part) and open descriptors."""

    cpu: float
    memory: int
    descriptors: int = 0


def of(pids: Iterable[int]) -> Usage:
    """The sum over these processes and everything they started."""
    family = _family(pids)
    return Usage(
        cpu=sum(_cpu(pid) for pid in family),
        memory=sum(_memory(pid) for pid in family),
        descriptors=sum(descriptors(pid) for pid in family),
    )


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds alone: cheap enough to read often; children that ended and were waited for count too."""
    return sum(_cpu(pid) for pid in _family(pids))


def memory(pids: Iterable[int]) -> int:
    """Bytes in use now by these processes and everything they started, each shared page counted once.

    Reading it walks every page table: too dear to be repeated while something is measured.
    """
    return sum(_memory(pid) for pid in _family(pids))


def residents(pids: Iterable[int]) -> int:
    """As `memory`, with shared pages counted for each: cheap, and the same for processes that share nothing."""
    return sum(resident(pid) for pid in _family(pids))


def peak_resident(pid: int) -> int:
    """The largest resident size this one process ever had, in bytes."""
    for line in _read(pid, "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> None:
    """Let `peak_resident` begin anew from what the process has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def resident(pid: int) -> int:
    """The resident size of this one process now, in bytes."""
    fields = _read(pid, "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _family(pids: Iterable[int]) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children[int(stat[1])].append(int(entry.name))
    family, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        family.append(pid)
        waiting.extend(children[pid])
    return family


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may itself hold spaces: state, parent, …"""
    return _read(pid, "stat").rpartition(")")[2].split()


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(ticks) for ticks in fields[11:15]) * TICK if fields else 0.0


def _memory(pid: int) -> int:
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return resident(pid)


def descriptors(pid: int) -> int:
    """Files and sockets this one process has open."""
    with suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return 0


def clients(port: int) -> int:
    """Connections that are open to this port of this machine, as its listener sees them (proc(5), net/tcp)."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in _read("self", f"net/{name}").splitlines()[1:]]
    return sum(1 for _, local, _, state, *_ in rows if state == _ESTABLISHED and local.endswith(f":{port:04X}"))


def _read(pid: int | str, name: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    return ""
