"""The broker's jars: Maven coordinates with SHA-256 in a lock, fetched once for each user.

The lock names no host: jgo knows the repository. It resolves nothing here, every jar is fetched
by its full coordinate and checked against the lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.errors import UserError

LOCK = Path(__file__).parents[1] / "locks" / "kafka-jars.lock"
KAFKA_VERSION = "4.3.1"
# Resolved apart: together jgo lets the logging adapter's parent choose the version of the Kafka
# clients, and the broker does not run on another version's.
ROOTS = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    # Without an slf4j adapter the broker's log stays empty and its failures cannot be read.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)
_PARALLEL = 6


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The jar's name, unique among the broker's jars."""
        return f"{self.artifact}-{self.version}.jar"


def read_lock(path: Path = LOCK) -> list[Jar]:
    """The jars of a lock file, in the order of the class path."""
    jars = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256 = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, sha256.removeprefix("sha256:")))
    return jars


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _fetch(jar: Jar, staging: Path) -> Path:
    """Downloads one jar, tries once more if it came damaged, and checks it."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=staging, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    for attempt in (1, 2):
        try:
            path = Path(artifact.resolve())
            if _digest(path) == jar.sha256:
                return path
            path.unlink()
        except OSError as error:  # requests' errors are OSErrors too
            if artifact.cached_path is not None:
                artifact.cached_path.unlink(missing_ok=True)
            if error.errno is not None:
                raise
            if attempt == 2:
                raise UserError(
                    "the Java package registry cannot be reached for Kafka's jars: check the "
                    "network or proxy settings, then run the same command again"
                ) from error
        except RuntimeError as error:
            raise UserError(f"Kafka's jar {jar.filename} is not in the Java registry") from error
    raise UserError(
        f"Kafka's jar {jar.filename} does not match its hash in deploy/locks/kafka-jars.lock: "
        "try again, and if it stays so, do not trust the registry"
    )


def fetch_jars(cache: Path, progress: Callable[[str], None]) -> list[Path]:
    """The broker's class path, downloading what is missing into the cache."""
    jars = read_lock()
    name = hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()[:16]
    folder = cache / "kafka" / name
    paths = [folder / jar.filename for jar in jars]
    if (folder / ".ready").exists():
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("jgo").setLevel(logging.ERROR)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / ".ready").exists():
            return paths
        staging = folder / "staging"
        with ThreadPoolExecutor(_PARALLEL) as pool:
            fetched = pool.map(lambda jar: _fetch(jar, staging), jars)
            for done, (source, target) in enumerate(zip(fetched, paths, strict=True), start=1):
                source.replace(target)
                if done % 15 == 0 or done == len(jars):
                    progress(f"Kafka {KAFKA_VERSION}: fetched {done} of {len(jars)} jars")
        shutil.rmtree(staging, ignore_errors=True)
        (folder / ".ready").touch()
    return paths


def _write_lock() -> None:
    """Resolves the broker anew and writes the lock (for maintainers)."""
    import tempfile

    import jgo

    lines = ["# Kafka's jars: group:artifact:version sha256, in class path order. Made by update."]
    seen: set[tuple[str, str]] = set()
    with tempfile.TemporaryDirectory() as folder:
        from jgo.maven import MavenContext

        context = MavenContext(repo_cache=Path(folder), timeout=60)
        for root in ROOTS:
            for found in jgo.resolve(root):
                key = (found.groupId, found.artifactId)
                if found.packaging != "jar" or key in seen:
                    continue
                seen.add(key)
                component = context.project(*key).at_version(found.version)
                digest = _digest(Path(component.artifact().resolve()))
                lines.append(f"{':'.join(key)}:{found.version} sha256:{digest}")
    LOCK.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write-lock"]:
        sys.exit("usage: python -m deploy.embedded.kafka_jars --write-lock")
    _write_lock()
