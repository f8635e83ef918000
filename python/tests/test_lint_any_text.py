"""Whatever a file holds: findings or an error with a place, and a fix that leaves nothing to fix."""

from __future__ import annotations

import random

import pytest
from fencepost.lint import DIALECTS, RULES, InputError, Options, fix, lint

NAMES = ("<text>", "a.properties", "a.yml", "a.json", "a.toml", "a.py", "a.go", "a.ts", "a.js", ".env", "a.conf")
PIECES = (
    *"\n\r\t :={}[]()\"'\\#!,;.-&*|>~$%é\u2028\ufeff\x0c",
    "acks",
    "enable.idempotence",
    "enable_idempotence",
    "true",
    "None",
    "retries=0",
    "spring.kafka.producer.",
    "producer.",
    "kgo.RequiredAcks(kgo.NoAck())",
    "c.Producer.Idempotent = true",
    "kafka.Writer{",
    "producer({ idempotent: true })",
    "<<: *a",
    "---\n",
    "\\u00",
    "${X}",
    "9" * 400,
    "1e999",
    "\ud800",
)


def _texts(dialect: str | None, count: int) -> list[str]:
    choose = random.Random(dialect)
    examples = [
        one.example.text for one in RULES.values() if dialect in (one.example.dialect, None)
    ]
    found = []
    for _ in range(count):
        text = choose.choice(examples) if choose.random() < 0.7 else ""
        for _ in range(choose.randint(1, 8)):
            at = choose.randint(0, len(text))
            end = at + (choose.randint(0, 5) if choose.random() < 0.4 else 0)
            text = text[:at] + choose.choice(PIECES) + text[end:]
        found.append(text)
    return found


@pytest.mark.parametrize("dialect", [None, *DIALECTS])
def test_any_text_has_findings_or_an_error_with_a_place(dialect: str | None) -> None:
    choose = random.Random(dialect)
    told = 0
    for text in _texts(dialect, 150):
        file = choose.choice(NAMES)
        options = Options(dialect, pedantic=choose.random() < 0.2)
        try:
            report = lint(text, file, options)
        except InputError as error:
            assert str(error).startswith(file)
            continue
        told += 1
        lines = text.count("\n") + text.count("\r") + 1
        assert all(1 <= one.line <= lines for one in report.findings)
        try:
            after, _ = fix(text, file, options)
            assert fix(after, file, options) == (after, 0)
        except InputError:
            continue
    assert told >= 10
