"""Writes which keys each client knows, as the clients themselves tell it.

    pip install confluent-kafka==2.16.1 aiokafka==0.14.0
    pip install --target old/3.0.12 kafka-python==3.0.12     (2.2.15 and 2.0.2 alike)
    python tools/known_keys.py --kafka-python old --kafka-clients kafka-clients-4.1.0.jar

Only the names, types and bounds are taken, into `pysrc/fencepost/lint/keys`; the linter reads those.
"""

from __future__ import annotations

import argparse
import ctypes
import glob
import inspect
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KEYS = Path(__file__).parent.parent / "pysrc" / "fencepost" / "lint" / "keys"

JAVA = """
import org.apache.kafka.clients.producer.ProducerConfig;
public class Names {
    public static void main(String[] args) {
        for (String name : new java.util.TreeSet<>(ProducerConfig.configNames()))
            System.out.println(name);
    }
}
"""


def java(jar: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "Names.java"
        source.write_text(JAVA)
        # The other jars beside it: the client logs.
        classes = os.pathsep.join(glob.glob(os.path.join(os.path.dirname(jar), "*.jar")))
        run = ["java", "-cp", classes, str(source)]
        return subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()


def librdkafka() -> list[str]:
    """`name level type least most words`, or `name = canonical` for an alias."""
    import confluent_kafka

    folder = Path(confluent_kafka.__file__).parent.parent
    library = ctypes.CDLL(glob.glob(str(folder / "confluent_kafka.libs" / "librdkafka-*"))[0])
    c = ctypes.CDLL(None)
    c.fopen.restype = ctypes.c_void_p
    with tempfile.NamedTemporaryFile() as shown:
        stream = ctypes.c_void_p(c.fopen(shown.name.encode(), b"w"))
        library.rd_kafka_conf_properties_show(stream)
        c.fclose(stream)
        text = Path(shown.name).read_text()
    level, lines = "", []
    for line in text.splitlines():
        if line.startswith("## "):
            level = line.split()[1].lower()
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 6 or cells[0] in ("Property", "") or cells[0].startswith("-"):
            continue
        name, allowed, about = cells[0], cells[2], cells[-1]
        alias = re.match(r"Alias for `([^`]+)`", about)
        if alias:
            lines.append(f"{name} = {alias[1]}")
            continue
        kind = re.search(r"\*Type: ([^*]+)\*", about)
        word = {"integer": "int", "boolean": "bool", "float": "float", "enum value": "enum"}
        typed = word.get(kind[1] if kind else "", "text")
        span = re.match(r"(-?\d+) \.\. (-?\d+)$", allowed)
        least, most = (span[1], span[2]) if span else ("-", "-")
        words = allowed.replace(" ", "") if typed == "enum" else "-"
        lines.append(f"{name} {level} {typed} {least} {most} {words}")
    shown_names = {line.split()[0] for line in lines}
    return lines + [line for line in hidden(library) if line.split()[0] not in shown_names]


def hidden(library: ctypes.CDLL) -> list[str]:
    """What is accepted and not told of: every name of a fresh configuration."""
    lines = []
    for level, prefix in (("global", "rd_kafka_conf"), ("topic", "rd_kafka_topic_conf")):
        new, dump = getattr(library, f"{prefix}_new"), getattr(library, f"{prefix}_dump")
        new.restype = ctypes.c_void_p
        dump.restype = ctypes.POINTER(ctypes.c_char_p)
        dump.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
        count = ctypes.c_size_t()
        pairs = dump(new(), ctypes.byref(count))
        for n in range(0, count.value, 2):
            lines.append(f"{(pairs[n] or b'').decode()} {level} text - - -")
    return lines


def kafka_python(folder: str) -> list[str]:
    code = "from kafka import KafkaProducer as P; print(*sorted(P.DEFAULT_CONFIG))"
    env = {**os.environ, "PYTHONPATH": folder}
    run = [sys.executable, "-c", code]
    return subprocess.run(run, check=True, capture_output=True, text=True, env=env).stdout.split()


def aiokafka() -> list[str]:
    from aiokafka import AIOKafkaProducer

    return sorted(set(inspect.signature(AIOKafkaProducer.__init__).parameters) - {"self"})


def write(name: str, source: str, lines: list[str]) -> None:
    (KEYS / f"{name}.txt").write_text("\n".join([f"# {source}", *lines, ""]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka-python", required=True, help="a folder a release, each with kafka")
    parser.add_argument(
        "--kafka-clients", required=True, help="the jar, its dependencies beside it"
    )
    options = parser.parse_args()
    KEYS.mkdir(parents=True, exist_ok=True)
    jar = options.kafka_clients
    write("java", f"ProducerConfig.configNames() of {Path(jar).stem}", java(jar))
    write("rdk", "rd_kafka_conf_properties_show() of librdkafka 2.16.0", librdkafka())
    for release in ("2.0.2", "2.2.15", "3.0.12"):
        names = kafka_python(os.path.join(options.kafka_python, release))
        write(f"kpy-{release}", f"KafkaProducer.DEFAULT_CONFIG of kafka-python {release}", names)
    write("aio", "parameters of AIOKafkaProducer of aiokafka 0.14.0", aiokafka())


if __name__ == "__main__":
    main()
