"""What the file comes to, and what is refused."""

from pathlib import Path

import pytest
from ingest import settings
from ingest.cli import DEFAULT_CONFIG
from ingest.errors import Refused

GOOD = Path(DEFAULT_CONFIG).read_text()


def enforce(
    tmp_path: Path, text: str, transactional: bool = False, **options: str
) -> settings.Settings:
    file = tmp_path / "p.properties"
    file.write_text(text)
    given = {key.replace("_", "."): value for key, value in options.items()}
    return settings.enforce(str(file), given, transactional)


def test_the_file_has_the_settings_of_the_mission_and_keeps_the_guarantee() -> None:
    found = settings.read(str(DEFAULT_CONFIG))
    assert {key: value for key, (value, _) in found.items()} == {
        "enable.idempotence": "true",
        "acks": "all",
        "retries": "2147483647",
        "delivery.timeout.ms": "120000",
        "max.in.flight.requests.per.connection": "5",
    }
    kept = settings.enforce(str(DEFAULT_CONFIG), {}, transactional=False)
    assert kept.resolved.idempotent
    assert kept.notes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("acks=1\n", "p.properties:1: acks=1 loses the guarantee: at least once"),
        ("retries=0\n", "p.properties:1: retries=0 loses the guarantee: at most once"),
        ("enable.idempotence=false\n", "p.properties:1: enable.idempotence=false loses"),
        ("enable.idempotence=true\nacks=1\n", 'p.properties:2: acks is "1": idempotence needs'),
        ("enable.idempotence=true\nretries=0\n", "p.properties:2: retries"),
        ("max.in.flight.requests.per.connection=6\n", "p.properties:1: max.in.flight"),
        ("acks=ALL\n", "p.properties:1: acks"),
        ("retries=many\n", "p.properties:1: retries"),
        ("delivery.timeout.ms=30000\n", "p.properties:1: delivery.timeout.ms"),
        ("acks=all\nacks=1\n", "p.properties:2: acks=1 loses"),
        ("transactional.id=t\n", "p.properties:1: --idempotent, but transactional.id is set"),
        ("acks=\\u00zz\n", "p.properties:1: "),
    ],
)
def test_what_loses_the_guarantee_is_refused_with_its_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(Refused, match=r".") as refused:
        enforce(tmp_path, text)
    assert reason in str(refused.value)


def test_every_conflict_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        enforce(tmp_path, "enable.idempotence=true\nacks=0\nretries=0\n")
    assert "p.properties:2: acks" in str(refused.value)
    assert "p.properties:3: retries" in str(refused.value)


def test_a_transactional_id_with_a_conflict_is_refused_and_the_culprit_named(
    tmp_path: Path,
) -> None:
    with pytest.raises(Refused, match="acks is 1"):
        enforce(tmp_path, "acks=1\n", transactional=True, transactional_id="t")


def test_transactional_wants_an_id(tmp_path: Path) -> None:
    for options in ({}, {"transactional_id": " "}):
        with pytest.raises(Refused, match="--transactional-id"):
            enforce(tmp_path, GOOD, transactional=True, **options)


def test_a_transaction_outlives_its_records_deadline_unless_the_file_says_otherwise(
    tmp_path: Path,
) -> None:
    kept = enforce(tmp_path, GOOD, transactional=True, transactional_id="t")
    assert kept.transaction_timeout_ms == 130_000
    assert len(kept.notes) == 1
    said = enforce(
        tmp_path, GOOD + "transaction.timeout.ms=200000\n", transactional=True, transactional_id="t"
    )
    assert said.transaction_timeout_ms == 200_000


def test_a_timeout_that_brokers_refuse_is_said(tmp_path: Path) -> None:
    kept = enforce(
        tmp_path, GOOD + "transaction.timeout.ms=900001\n", transactional=True, transactional_id="t"
    )
    assert any("900001" in note for note in kept.notes)


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        settings.read(str(tmp_path / "none"))
    with pytest.raises(Refused, match="directory"):
        settings.read(str(tmp_path))
    (tmp_path / "latin").write_bytes(b"client.id=caf\xe9\n")
    with pytest.raises(Refused, match="UTF-8"):
        settings.read(str(tmp_path / "latin"))
