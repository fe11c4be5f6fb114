"""The lock files: a hash on everything, an address on nothing."""

import re
from pathlib import Path

import pytest

from deploy.embedded.kafka_jars import KAFKA_VERSION, read_lock

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "deploy" / "locks"
PEERS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("loadtests/*/peers.lock"))
PYTHON_LOCKS = ("python.lock", "python-dev.lock", "helsinki.lock")


def _requirements(name: str) -> dict[str, str]:
    """Each pinned requirement's line with all that belongs to it, by package and marker."""
    text = (ROOT / name if "/" in name else LOCKS / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split("--hash")[0].strip(): line for line in lines}


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, *PEERS])
def test_every_package_is_pinned_with_a_hash(name: str) -> None:
    requirements = _requirements(name)
    assert requirements
    for requirement, line in requirements.items():
        assert re.match(r"^[a-z0-9][a-z0-9._-]*==[^ ]+( ;.*)?$", requirement), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), requirement


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, *PEERS])
def test_a_package_for_newer_pythons_is_there_for_older_ones_too(name: str) -> None:
    """A merge by hand once kept one of two versions, and a whole Python went without numpy."""
    pythons: dict[str, set[str]] = {}
    for requirement in _requirements(name):
        package, _, marker = requirement.partition(" ; ")
        bounds = re.findall(r"python_full_version (<|>=) '3\.\d+'", marker)
        pythons.setdefault(package.split("==")[0], set()).update(bounds or {"every"})
    alone = {package for package, bounds in pythons.items() if bounds == {">="}}
    assert not alone


@pytest.mark.parametrize(
    "file",
    sorted([*LOCKS.glob("*.lock"), *(ROOT / name for name in PEERS)]),
    ids=lambda file: f"{file.parent.name}-{file.name}",
)
def test_no_addresses(file: Path) -> None:
    assert not re.search(r"://|@ file|index-url|find-links", file.read_text())


def test_tools_stand_on_the_versions_that_run() -> None:
    runtime, tools = (
        {line.split("==")[0]: line for line in _requirements(name)} for name in PYTHON_LOCKS[:2]
    )
    both = runtime.keys() & tools.keys()
    assert both
    for name in both:
        assert runtime[name].split(" ")[0] == tools[name].split(" ")[0]


def test_jars_are_one_whole_broker() -> None:
    jars = {jar.artifact: jar for jar in read_lock()}
    assert len(jars) == len(read_lock())
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in jars.values())
    # Clients of another version resolve silently, and the broker does not run on them.
    for name, jar in jars.items():
        if jar.group == "org.apache.kafka":
            assert jar.version == KAFKA_VERSION, name
    assert "log4j-slf4j-impl" in jars
