"""The embedded Apache Kafka: one KRaft node, broker and controller in one process."""

from __future__ import annotations

import base64
import logging
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.kafka_jars import KAFKA_VERSION
from deploy.errors import UserError

HEAP = ("-Xms128m", "-Xmx384m")

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Topics come from their declaration only (shared.messaging): a typo must not make one.
    "auto.create.topics.enable": "false",
    # One node has nobody to replicate to.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # With the defaults a client waits ten seconds for a broker that died; with these three.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
    # The defaults are for a machine of its own: this one is shared with everything else.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.segment.bytes": str(64 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
}

_LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}{UTC} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server
logger.server.level = info
logger.config.name = kafka.server.KafkaConfig
logger.config.level = warn
logger.raft.name = org.apache.kafka.raft
logger.raft.level = warn
"""


@dataclass(frozen=True)
class Kafka:
    """One node: where its data lies, what runs it, where it listens."""

    folder: Path
    port: int
    controller_port: int
    java: Path
    jars: tuple[Path, ...]

    @property
    def bootstrap(self) -> str:
        """The address that clients start from."""
        return f"127.0.0.1:{self.port}"

    @property
    def _config(self) -> Path:
        return self.folder / "server.properties"

    def _write_config(self) -> None:
        listeners = f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:"
        settings = {
            **SETTINGS,
            "listeners": f"{listeners}{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "log.dirs": str(self.folder / "log"),
        }
        self._config.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        (self.folder / "log4j2.properties").write_text(_LOGGING)

    def _java(self, *arguments: str) -> list[str]:
        logging_config = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        class_path = ":".join(map(str, self.jars))
        return [str(self.java), logging_config, "-cp", class_path, *arguments]

    def initialise(self) -> None:
        """Writes the settings; formats the log folder on first use."""
        self.folder.mkdir(exist_ok=True)
        self._write_config()
        if (self.folder / "log" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Kafka's own tools read an identifier that starts with a dash as an option.
        cluster = cluster.replace("-", "A", 1) if cluster.startswith("-") else cluster
        tool = "kafka.tools.StorageTool"
        done = subprocess.run(
            self._java("-XX:TieredStopAtLevel=1", tool, "format", "-t", cluster, "-c",
                       str(self._config)),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            output = (done.stderr or done.stdout).strip().splitlines()
            if any("No space left" in line for line in output):
                raise UserError(f"the disk is full: Kafka could not be set up in {self.folder}")
            raise UserError(f"Kafka could not be set up: {output[0] if output else 'silently'}")

    def command(self) -> list[str]:
        """The broker in the foreground."""
        flags = ("-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:+ExitOnOutOfMemoryError")
        return self._java(*HEAP, *flags, "kafka.Kafka", str(self._config))

    async def is_ready(self) -> bool:
        """Whether the broker answers and knows itself."""
        return await broker_answers(self.bootstrap)


async def broker_answers(bootstrap: str) -> bool:
    """Whether a Kafka cluster at this address describes at least one broker."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    noise = logging.getLogger("aiokafka")
    level = noise.level
    noise.setLevel(logging.CRITICAL)  # it is expected not to answer at first
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await client.start()
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
        noise.setLevel(level)


def version() -> str:
    """The broker's version."""
    return KAFKA_VERSION
