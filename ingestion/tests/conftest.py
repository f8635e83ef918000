"""One real Kafka for all tests of a run; the pipeline runs as a process of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / "ingestion"),
    str(ROOT / "verify" / "fixtures"),
    str(ROOT / "ingestion" / "tests"),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=3, help="kill -9 so often in each story")
    parser.addoption("--seed", type=int, default=1, help="when to kill")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A node of Kafka 4.4.0, stopped at the end by its process id."""
    from kafka_node import Cluster

    with Cluster(tmp_path_factory.mktemp("kafka")) as running:
        yield running
