"""The command line without a broker: what is refused, and what is printed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ingest.cli import DEFAULT_CONFIG
from kafka_node import PIPELINE

SECONDS = 60


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(PIPELINE), *arguments], capture_output=True, text=True, timeout=SECONDS
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--idempotent", "--topic", "t", "none"], "none: No such file"),
        (["--idempotent", "--topic", "t", "--key-field", "k", "f"], "--key-field needs"),
        (["--transactional", "--topic", "t", "f"], "--transactional needs --transactional-id"),
        (
            [
                "--transactional",
                "--transactional-id",
                "x",
                "--checkpoint",
                "c",
                "--topic",
                "t",
                "f",
            ],
            "--checkpoint needs",
        ),
        (["--idempotent", "--topic", "t", "--config", "none", "f"], "none: No such file"),
        (["--idempotent", "--topic", "t", "--client-set", "x", "f"], "KEY=VALUE"),
        (["--topic", "t", "f"], "required"),
        (["--idempotent", "--topic", "t", "--window-records", "1", "f"], "at least 2"),
        (["--idempotent", "--topic", "t", "--client", "sarama", "f"], "invalid choice"),
    ],
)
def test_what_can_not_be_is_refused_with_2_and_no_traceback(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    (tmp_path / "f").touch()
    arguments = [str(tmp_path / "f") if one == "f" else one for one in arguments]
    if "--config" not in arguments:
        arguments += ["--bootstrap-servers", "127.0.0.1:1"]
    done = run(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_loses_the_guarantee_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "p.properties"
    config.write_text(DEFAULT_CONFIG.read_text().replace("acks=all", "acks=1"))
    (tmp_path / "f").write_text("a\n")
    done = run("--idempotent", "--topic", "t", "--config", str(config), str(tmp_path / "f"))
    assert done.returncode == 2
    assert 'acks is "1": idempotence needs acks=all' in done.stderr
    assert done.stdout == ""


def test_no_brokers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    done = run("--idempotent", "--topic", "t", str(tmp_path / "f"))
    assert (done.returncode, "no brokers" in done.stderr) == (2, True)


@pytest.mark.parametrize("client", ("confluent-kafka", "kafka-python", "aiokafka"))
def test_a_dry_run_shows_the_clients_settings_and_connects_to_nothing(client: str) -> None:
    done = run(
        "--transactional",
        "--transactional-id",
        "x",
        "--topic",
        "t",
        "--client",
        client,
        "--dry-run",
        "--json",
        "no-such-file",
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["config"]["acks"] == "all"
    assert "exactly once" in told["guarantee"]


def test_a_dry_run_hides_passwords() -> None:
    for more in ((), ("--json",)):
        done = run(
            "--idempotent",
            "--topic",
            "t",
            "--dry-run",
            "--client-set",
            "sasl.password=do-not-show",
            "no-such-file",
            *more,
        )
        assert done.returncode == 0, done.stderr
        assert "do-not-show" not in done.stdout


def test_it_says_what_a_crash_can_double() -> None:
    base = ("--idempotent", "--topic", "t", "--dry-run", "no-such-file")
    assert "every line sent before is written again" in run(*base).stdout
    bounded = run(*base, "--checkpoint", "c", "--window-records", "77")
    assert "up to 77 lines after it may be written twice" in bounded.stdout
