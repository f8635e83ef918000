"""Every dialect: its name, its rules, and the forms in which its files come."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from .dialects import connect, golang, java, kafkajs, pythonic, rdk, spring, streams
from .dialects.base import Linter
from .model import InputError, Section, Span
from .readers import gosource, jsonfile, jssource, lines, properties, pysource, tomlfile, yamlfile

__all__ = ["DIALECTS", "Dialect", "comments", "form_of", "read"]


@dataclass(frozen=True)
class Dialect:
    """A client's way of being configured."""

    name: str
    client: str
    lint: Callable[[Linter], None]
    # The release whose rules hold if none is given; empty if they don't differ.
    version: str = ""


DIALECTS: dict[str, Dialect] = {
    one.name: one
    for one in (
        Dialect("java", "Java client", java.lint, "3.9"),
        Dialect("rdk", "librdkafka", rdk.lint),
        Dialect("kpy", "kafka-python", pythonic.kafka_python, "3.0.12"),
        Dialect("aio", "aiokafka", pythonic.aiokafka),
        Dialect("franz", "franz-go", golang.franz),
        Dialect("sarama", "sarama", golang.sarama),
        Dialect("kjs", "kafkajs", kafkajs.lint),
        Dialect("kgo", "kafka-go", golang.kafka_go),
        Dialect("spring", "Spring Boot", spring.spring_boot, "3.9"),
        Dialect("scs", "Spring Cloud Stream", spring.cloud_stream, "3.9"),
        Dialect("connect", "Kafka Connect", connect.lint, "3.9"),
        Dialect("streams", "Kafka Streams", streams.lint, "3.9"),
    )
}

_READERS: dict[str, Callable[[str, str], list[Section]]] = {
    "properties": properties.read,
    "lines": lines.read,
    "environment": lines.read_env,
    "json": jsonfile.read,
    "yaml": yamlfile.read,
    "toml": tomlfile.read,
    "python": pysource.read,
    "go": gosource.read,
    "javascript": jssource.read,
}
_COMMENTS: dict[str, Callable[[str, str], list[Span]]] = {
    "properties": properties.comments,
    "lines": lines.comments,
    "environment": lines.comments,
    # There are none in JSON, and what is read as JSON may be a dict of Python's.
    "json": pysource.comments,
    "yaml": yamlfile.comments,
    "toml": tomlfile.comments,
    "python": pysource.comments,
    "go": gosource.comments,
    "javascript": jssource.comments,
}
_ENDINGS = {
    ".properties": "properties",
    ".env": "environment",
    ".json": "json",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".py": "python",
    ".go": "go",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
    ".ts": "javascript",
    ".mts": "javascript",
    ".cts": "javascript",
    ".tsx": "javascript",
}
_SOURCES = {
    "kpy": "python",
    "aio": "python",
    "franz": "go",
    "sarama": "go",
    "kgo": "go",
    "kjs": "javascript",
}


def form_of(file: str) -> str | None:
    """What the file's name says of its form; `None` if nothing."""
    name = PurePath(file).name
    return "environment" if name == ".env" else _ENDINGS.get(PurePath(file).suffix.lower())


def read(text: str, file: str, dialect: str | None, form: str | None) -> list[Section]:
    """The sections of a file, of the dialect if one is given."""
    form = _form(text, dialect, form)
    try:
        sections = _READERS[form](text, file)
    except RecursionError:
        raise InputError(file, "it is nested too deeply") from None
    except InputError:
        # A dict may be JSON's or Python's.
        if form != "json" or dialect not in ("rdk", None):
            raise
        try:
            sections = pysource.read(text, file)
        except InputError:
            sections = []
        if not sections:
            raise
    if dialect is None:
        return sections
    # What a section says of itself holds; what says nothing is of the dialect asked for.
    return [one for one in sections if one.dialect in (dialect, None)]


def comments(text: str, file: str, dialect: str | None, form: str | None) -> list[Span]:
    """Where the comments of a text stand that `read` has read, in order."""
    return _COMMENTS[_form(text, dialect, form)](text, file)


def _form(text: str, dialect: str | None, form: str | None) -> str:
    if dialect in _SOURCES:
        return _SOURCES[dialect]
    return form or _form_of_text(text, dialect)


def _form_of_text(text: str, dialect: str | None) -> str:
    rows = [line.strip() for line in text.splitlines()]
    first = next((row for row in rows if row and row[0] not in "#!;" and row[:2] != "//"), "")
    if first.startswith(("{", "[{")) or (first == "[" and "]" in text):
        return "json"
    if re.match(r"(?:export )?SPRING_[A-Z0-9_]+=", first):
        return "environment"
    if dialect == "rdk":
        return "lines"
    if dialect in ("spring", "scs", "connect", "streams", "java", None):
        colon, equals = first.find(":"), first.find("=")
        has_colon = colon >= 0 and (equals < 0 or colon < equals)
        if has_colon and (dialect in ("spring", "scs") or re.match(r"[\w.\-]+:\s*(\{.*)?$", first)):
            return "yaml"
    return "properties"
