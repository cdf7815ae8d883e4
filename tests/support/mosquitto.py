"""A real MQTT broker for tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from basicchat.mqtt.broker_aiomqtt import AiomqttBroker

# Debian keeps it out of the PATH of ordinary users.
PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
START_SECONDS = 60


def require_mosquitto() -> str:
    """The program; without it, tests are skipped, but not in CI."""
    if PROGRAM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is missing")
        pytest.skip("needs mosquitto")
    return PROGRAM


class Mosquitto:
    """A broker that can be stopped and started again; it keeps its sessions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"persistence true\npersistence_location {folder}/\nuser root\n"
        )

    def client(self, name: str) -> AiomqttBroker:
        """The broker as a client of this name."""
        return AiomqttBroker(self.url, name)

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        self._process = subprocess.Popen(
            [require_mosquitto(), "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline, "mosquitto does not answer"
                time.sleep(0.005)
            else:
                return

    def stop(self) -> None:
        """Stop it; it writes down what it keeps."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@contextmanager
def mosquitto() -> Iterator[Mosquitto]:
    """A broker of its own."""
    require_mosquitto()
    with tempfile.TemporaryDirectory(prefix="mosquitto-") as folder:
        broker = Mosquitto(Path(folder))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
