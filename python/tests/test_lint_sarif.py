"""What `fencepost lint --format sarif` prints is SARIF 2.1.0, by the standard's own schema."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from fencepost.lint import RULES, InputError, Options, lint
from fencepost.lint.output.sarif import sarif
from run_command import run

Check = Callable[[object], object]


@pytest.fixture(scope="module")
def check() -> Check:
    """Raises for what the schema forbids. `tools/sarif-schema` fetches it, and SARIF_SCHEMA says where it is."""
    path = os.environ.get("SARIF_SCHEMA")
    if not path:
        assert os.environ.get("CI") != "true", "SARIF_SCHEMA names no file"
        pytest.skip("SARIF_SCHEMA names no file: tools/sarif-schema fetches it")
    check: Check = fastjsonschema.compile(json.loads(Path(path).read_text("utf-8")))
    return check


def printed(*arguments: str, cwd: Path) -> Any:
    return json.loads(run("lint", "--format", "sarif", *arguments, cwd=cwd).stdout)


def test_findings_fixes_and_files_that_cannot_be_read_are_valid(check: Check, tmp_path: Path) -> None:
    (tmp_path / "a b.properties").write_text("acks=1\nenable.idempotence=true\nretries=0\n")
    (tmp_path / "é.json").write_text('{"acks": 1, "enable.idempotence": true}')
    (tmp_path / "bad.properties").write_text("acks=\\u00zz\n")
    log = printed("a b.properties", "é.json", "bad.properties", "missing.yml", cwd=tmp_path)
    check(log)
    (only,) = log["runs"]
    assert {one["ruleId"] for one in only["results"]} >= {"PC010", "PC011"}
    assert any("fixes" in one for one in only["results"])
    assert len(only["invocations"][0]["toolExecutionNotifications"]) == 2


def test_a_run_without_findings_is_valid(check: Check, tmp_path: Path) -> None:
    (tmp_path / "good.properties").write_text("acks=all\n")
    log = printed("good.properties", cwd=tmp_path)
    check(log)
    assert log["runs"][0]["results"] == []


def test_the_example_of_every_rule_is_valid(check: Check) -> None:
    seen = set()
    for rule in RULES.values():
        example = rule.example
        options = Options(example.dialect, example.version, pedantic=True)
        report = lint(example.text, "<text>", options)
        check(sarif([report], [InputError("a.yml", "no mapping", 3)]))
        seen |= {one.rule for one in report.findings}
    assert seen == set(RULES)


def faults(log: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The log with one thing wrong."""
    wrong: list[Callable[[dict[str, Any]], object]] = [
        lambda run: run["results"][0].update(level="bad"),
        lambda run: run["results"][0].pop("message"),
        lambda run: region(run).update(startColumn=0),
        lambda run: run["results"][0].update(severity="error"),
        lambda run: run["tool"].pop("driver"),
        lambda run: run.update(columnKind="bytes"),
    ]
    for spoil in wrong:
        spoilt = copy.deepcopy(log)
        spoil(spoilt["runs"][0])
        yield spoilt


def region(run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    return found


def test_the_schema_tells_what_is_wrong(check: Check) -> None:
    log = sarif([lint("acks=1\n", "a.properties")])
    check(log)
    for spoilt in faults(log):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            check(spoilt)
