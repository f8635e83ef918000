"""Whose configuration is this file?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from .model import Section
from .near import known

__all__ = ["guess", "guess_source"]

_CONNECT = re.compile(
    r"connector\.class$|offset\.storage\.|config\.storage\.|status\.storage\.|plugin\.path$|"
    r"(?:key|value)\.converter$|exactly\.once\.|tasks\.max$|offset\.flush\.interval\.ms$"
)
_STREAMS = re.compile(
    r"application\.id$|processing\.guarantee$|num\.stream\.threads$|state\.dir$|"
    r"default\.(?:key|value)\.serde$|num\.standby\.replicas$|commit\.interval\.ms$"
)
_ONLY_RDK = frozenset(
    key for key in known("rdk") if key not in known("java") and key not in ("group.id", "debug")
)
_ONLY_JAVA = frozenset(key for key in known("java") if key not in known("rdk"))


def guess_source(text: str) -> str | None:
    """The form of a text without a name, if it is a program or a part of one."""
    if re.search(
        r"\bkgo\.\w+\(|\bsarama\.|\bkafka\.Writer(?:Config)?\{|^package \w+\s*$", text, re.M
    ):
        return "go"
    if re.search(r"\bkafkajs\b|\bproducer\(\s*(?:\{|\))|=>|\bconst \w+ =", text):
        return "javascript"
    if re.search(
        r"\bAIOKafkaProducer\b|\bKafkaProducer\(|\bconfluent_kafka\b|^(?:from|import) \w",
        text,
        re.M,
    ):
        return "python"
    if re.match(r"\s*[a-z]+(?:_[a-z]+)+\s*=\s*(?:True|False|None|['\"\d-])", text):
        return "python"
    return None


def guess(file: str, form: str, sections: Iterable[Section]) -> tuple[str, str]:
    """The dialect of keys that don't say whose they are, and why it is this one."""
    keys = [entry.key for section in sections for entry in section.entries]
    if form == "python":
        if any("." in key for key in keys):
            return "rdk", "its keys have dots"
        return "kpy", "its keys have underscores; aiokafka's look the same"
    name = PurePath(file).name.lower()
    found = _by_prefix(keys)
    if found:
        return found
    if any(section.facts.get("connector") for section in sections):
        return "connect", "it is a connector's configuration"
    for dialect, pattern, word in (
        ("connect", _CONNECT, "connect"),
        ("streams", _STREAMS, "streams"),
    ):
        key = next((key for key in keys if pattern.match(key)), None)
        if key:
            return dialect, f"it has the key `{key}`"
        if word in name:
            return dialect, f"its name has `{word}` in it"
    rdk = [key for key in keys if key in _ONLY_RDK]
    java = [key for key in keys if key in _ONLY_JAVA]
    if len(rdk) > len(java):
        return "rdk", f"only librdkafka has `{rdk[0]}`"
    if java:
        return "java", f"only the Java client has `{java[0]}`"
    if form in ("json", "toml"):
        return "rdk", "nothing says otherwise"
    return "java", "nothing says otherwise"


def _by_prefix(keys: list[str]) -> tuple[str, str] | None:
    lower = [key.lower() for key in keys]
    stream = next((key for key in lower if re.match(r"spring[._]cloud[._]stream[._]", key)), None)
    if stream:
        return "scs", f"it has the key `{stream}`"
    boot = next((key for key in lower if re.match(r"spring[._]", key)), None)
    return ("spring", f"it has the key `{boot}`") if boot else None
