"""One face for three clients. Each is imported only when it is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

from ..errors import Refused
from .base import Client

# The module and the class, and the package that pip knows.
_CLIENTS = {
    "confluent-kafka": ("confluent", "Confluent", "confluent_kafka"),
    "kafka-python": ("kafka_python", "KafkaPython", "kafka"),
    "aiokafka": ("aio", "Aio", "aiokafka"),
}
NAMES = tuple(_CLIENTS)

__all__ = ["NAMES", "Client", "make"]


def make(name: str, config: Mapping[str, Any]) -> Client:
    """A client of this name under its own settings; nothing is connected yet."""
    module, kind, package = _CLIENTS[name]
    try:
        importlib.import_module(package)
    except ImportError:
        raise Refused(f"{name} is not installed: pip install 'fencepost[kafka]'") from None
    made = getattr(importlib.import_module(f".{module}", __name__), kind)(config)
    assert isinstance(made, Client)
    return made
