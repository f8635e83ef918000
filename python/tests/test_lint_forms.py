"""Files as people have them: which producers are in them, what is found, and what `--fix` leaves of the rest."""

from __future__ import annotations

import pytest
from fencepost.lint import InputError, Options, fix, lint


def found(text: str, file: str, dialect: str | None = None) -> list[str]:
    findings = lint(text, file, Options(dialect)).findings
    return [f"{one.line} {one.rule} {one.key}".strip() for one in findings]


def dialects(text: str, file: str) -> list[str]:
    return [one.dialect for one in lint(text, file).producers]


def test_a_comment_leaves_a_finding_out() -> None:
    assert found("# fencepost: ignore PC020\nacks=1\n", "a.properties") == []
    assert found("! fencepost: ignore PC027, PC020\n\nacks=1\n", "a.properties") == []
    assert found("# fencepost: ignore PC021\nacks=1\n", "a.properties") == ["2 PC020 acks"]
    assert found("linger.ms=1\n# fencepost: ignore PC100\n", "a.conf", "rdk") == []
    text = "p = KafkaProducer(\n    acks=1,  # fencepost: ignore PC204\n)\n"
    assert found(text, "a.py") == []
    yaml = "spring:\n  kafka:\n    producer:\n      acks: 1 # fencepost: ignore PC020\n"
    assert found(yaml, "application.yml") == []


def test_the_dialect_is_found() -> None:
    assert dialects("key.serializer=x\n", "a.properties") == ["java"]
    assert dialects("metadata.broker.list=b\n", "a.conf") == ["rdk"]
    assert dialects("application.id=x\nprocessing.guarantee=exactly_once_v2\n", "a.properties") == [
        "streams"
    ]
    assert dialects("plugin.path=/x\n", "a.properties") == ["connect"]
    assert dialects("spring.kafka.producer.acks=all\n", "application.properties") == ["spring"]
    assert dialects("spring.cloud.stream.kafka.binder.brokers=b\n", "a.properties") == ["scs"]
    assert dialects('{"name": "x", "config": {"connector.class": "XSource"}}', "x.json") == [
        "connect"
    ]
    assert dialects('p = Producer({"acks": "all"})\n', "a.py") == ["rdk"]
    assert dialects("const p = new Kafka.Producer({ 'acks': 1 })\n", "a.js") == ["rdk"]


def test_a_profile_adds_to_what_holds_for_all() -> None:
    text = (
        "spring:\n  kafka:\n    producer:\n      acks: all\n---\n"
        "spring:\n  config.activate.on-profile: fast\n  kafka:\n    producer:\n      acks: 1\n"
    )
    assert found(text, "application.yml") == ["10 PC020 acks"]


def test_a_placeholder_is_a_value_that_nobody_knows() -> None:
    assert found("spring.kafka.producer.acks=${ACKS:1}\n", "application.properties") == []
    assert found("retries=${RETRIES}\n", "a.properties") == []
    assert found("p = KafkaProducer(acks=ACKS)\n", "a.py") == []


def test_a_mapping_in_a_larger_file_is_a_producer() -> None:
    text = "service:\n  name: x\n  kafka:\n    bootstrap.servers: b:9092\n    acks: 1\n"
    assert found(text, "service.yaml", "java") == ["5 PC020 acks"]
    after, _ = fix(text, "service.yaml", Options("java"))
    assert after == text.replace(
        "    bootstrap", "    enable.idempotence: true\n    bootstrap"
    ).replace("acks: 1", "acks: all")


def test_toml_is_mended_in_its_own_words() -> None:
    text = '[kafka] # ours\n"enable.idempotence" = true\nacks = "1" # hm\n'
    after, _ = fix(text, "a.toml", Options("rdk"))
    assert after == text.replace('"1"', '"all"')


def test_a_connector_is_mended_in_json() -> None:
    text = '{\n  "name": "x",\n  "config": {\n    "connector.class": "a.XSource"\n  }\n}\n'
    assert found(text, "x.json") == ["1 PC720 enable.idempotence"]
    after, _ = fix(text, "x.json")
    assert '"a.XSource",\n    "producer.override.enable.idempotence": "true"\n  }' in after
    assert found(after, "x.json") == []
    assert found(text.replace("XSource", "XSink"), "x.json") == []


def test_go_is_mended_and_keeps_its_comments() -> None:
    text = (
        'package main\n\nimport "github.com/IBM/sarama"\n\nfunc f() {\n\tc := sarama.NewConfig()\n'
        "\t// for ever\n\tc.Producer.Idempotent = true\n\tuse(c)\n}\n"
    )
    assert found(text, "a.go") == ["8 PC503 Producer.RequiredAcks", "8 PC504 Net.MaxOpenRequests"]
    after, _ = fix(text, "a.go")
    assert found(after, "a.go") == []
    assert "\t// for ever\n\tc.Producer.Idempotent = true\n" in after
    assert "\tc.Producer.RequiredAcks = sarama.WaitForAll\n" in after


def test_typescript_is_mended() -> None:
    text = "const k = new Kafka({ brokers })\nconst p = k.producer({\n  idempotent: true, // yes\n})\n"
    assert found(text, "a.ts") == ["3 PC603 retry.retries", "3 PC604 maxInFlightRequests"]
    after, _ = fix(text, "a.ts")
    assert found(after, "a.ts") == []
    assert "idempotent: true, // yes" in after


def test_options_of_several_clients_are_kept_apart() -> None:
    text = (
        'package main\n\nimport "github.com/twmb/franz-go/pkg/kgo"\n\nfunc f() {\n'
        "\ta, _ := kgo.NewClient(kgo.RequiredAcks(kgo.LeaderAck()))\n"
        "\tb, _ := kgo.NewClient(kgo.DisableIdempotentWrite())\n\tuse(a, b)\n}\n"
    )
    assert found(text, "a.go") == ["6 PC400 RequiredAcks", "7 PC406 DisableIdempotentWrite"]


def test_a_producer_of_a_python_variable_is_read() -> None:
    text = "conf = {\n    'bootstrap.servers': 'b:9092',\n}\np = Producer(conf)\n"
    assert found(text, "a.py") == ["4 PC100 enable.idempotence"]
    after, _ = fix(text, "a.py")
    assert after == text.replace("9092',\n", "9092',\n    'enable.idempotence': True,\n")


def test_what_looks_like_a_comment_within_a_string_leaves_no_rule_out() -> None:
    note = "# fencepost: ignore PC020 PC204 PC100"
    python = f'p = KafkaProducer(\n    client_id="x {note}", acks=1)\n'
    assert found(python, "a.py") == ["2 PC204 acks"]
    lines = f'NOTE = """\n{note}\n"""\np = KafkaProducer(acks=1)\n'
    assert found(lines, "a.py") == ["4 PC204 acks"]
    rows = "spring:\n  kafka:\n    producer:\n      {}\n"
    for client in (f"client-id: |\n        {note}", f"client-id: 'x\n        {note}'", f'client-id: "x {note}"'):
        text = rows.format(f"{client}\n      acks: 1")
        assert [one.split(" ", 1)[1] for one in found(text, "application.yml")] == [
            "PC020 acks"
        ]
    assert found(rows.format(f"client-id: | {note}\n        x\n      acks: 1"), "application.yml") != []
    toml = f'[kafka]\nnote = """\n{note}\n"""\n"enable.idempotence" = false\n'
    assert found(toml, "a.toml", "rdk") == found(toml.replace("ignore", ""), "a.toml", "rdk") != []
    go = 'package m\n\nimport "github.com/twmb/franz-go/pkg/kgo"\n\nvar a = `\n// {}`\n\nfunc f() {{\n{}\n}}\n'
    client = "\ta, _ := kgo.NewClient(kgo.RequiredAcks(kgo.LeaderAck()))\n\tuse(a)"
    assert found(go.format(note.replace("PC020", "PC400"), client), "a.go") == ["9 PC400 RequiredAcks"]
    script = "const x = `\n// fencepost: ignore PC603 PC604`;\nkafka.producer({ idempotent: true })\n"
    assert len(found(script, "a.ts")) == 2
    # Behind a value of `.properties` there is no comment: it is the value.
    assert found(f"acks=1 {note}\n", "a.properties") == ["1 PC001 acks"]
    assert found(f"client.id=a\\\n{note}\nacks=1\n", "a.properties") == ["3 PC020 acks"]
    json = '{"config": {"connector.class": "a.XSource", "x": "# fencepost: ignore PC720"}}'
    assert found(json, "x.json") == ["1 PC720 enable.idempotence"]


def test_a_comment_of_any_form_leaves_a_rule_out() -> None:
    head = 'package m\n\nimport "github.com/twmb/franz-go/pkg/kgo"\n\nfunc f() {\n'
    for comment in ("// fencepost: ignore PC400", "/*\n fencepost: ignore PC400\n*/"):
        text = f"{head}\t{comment}\n\ta, _ := kgo.NewClient(kgo.RequiredAcks(kgo.LeaderAck()))\n}}\n"
        assert found(text, "a.go") == []
    script = "// fencepost: ignore PC603\nkafka.producer({ idempotent: true }) // fencepost: ignore PC604\n"
    assert found(script, "a.ts") == []
    yaml = "spring:\n  kafka:\n    producer:\n      # fencepost: ignore PC020\n      acks: 1\n"
    assert found(yaml, "application.yml") == []
    yaml = "spring:\n  kafka:\n    producer:\n      client-id: |\n        x\n      # fencepost: ignore PC020\n      acks: 1\n"
    assert found(yaml, "application.yml") == []
    toml = '[kafka]\n"enable.idempotence" = true\nacks = "1" # fencepost: ignore PC104\n'
    assert "acks" not in "".join(found(toml, "a.toml", "rdk"))
    bare = "bootstrap_servers='b',\n  # fencepost: ignore PC204\n    acks=1,\n"
    assert found(bare, "a.py", "kpy") == []
    # A byte of several is one character.
    assert found('p = KafkaProducer(client_id="é", acks=1)  # fencepost: ignore PC204\n', "a.py") == []


def test_two_keys_of_one_meaning_are_told() -> None:
    assert found("acks=1\nacks=all\nenable.idempotence=true\n", "a.properties") == ["2 PC006 acks"]


def test_a_source_without_a_producer_has_nothing_to_find() -> None:
    assert found("package main\n\nfunc main() {}\n", "a.go") == []
    assert found("print('hello')\n", "a.py") == []


def test_a_backslash_that_continues_nothing_is_as_java_has_it() -> None:
    # What comes behind it is a line of its own, and so perhaps a comment.
    assert found("\\\n# acks=1\n", "a.properties") == []
    assert found("\t\\\r\n  ! acks=1\\\nacks=1\n", "a.properties") == ["3 PC020 acks"]
    assert found("\\\n  acks=1\n", "a.properties") == ["2 PC020 acks"]
    # Behind a key it goes on, as ever.
    assert found("acks=\\\n#1\n", "a.properties") == ["1 PC001 acks"]


def test_a_timeout_that_overflows_in_librdkafka_is_refused_with_every_socket_timeout() -> None:
    text = "transactional.id=t\ntransaction.timeout.ms={}\nsocket.timeout.ms=60101\n"
    assert "3 PC108 socket.timeout.ms" in found(text.format(2**31 - 100), "a.conf", "rdk")
    assert "3 PC108 socket.timeout.ms" not in found(text.format(2**31 - 101), "a.conf", "rdk")


def test_what_is_put_in_stands_for_itself() -> None:
    # Behind a backslash that continues nothing, because the file ends.
    fixed, _ = fix("acks=1\nlinger.ms=3\\", "a.properties")
    assert fixed == "acks=all\nlinger.ms=3\\\n\nenable.idempotence=true"
    assert found(fixed, "a.properties") == []
    # Between line endings of old.
    assert fix("# c\racks=1\r", "a.properties")[0] == "# c\racks=all\renable.idempotence=true\r"
    # In a mapping that is written in braces.
    fixed, _ = fix("{acks: 1, linger.ms: 3} # c\n", "a.yaml")
    assert fixed == "{enable.idempotence: true, acks: all, linger.ms: 3} # c\n"
    # Exported as its neighbour is.
    fixed, _ = fix("export SPRING_KAFKA_PRODUCER_ACKS=1\n", "a.env")
    assert [line.split("_")[0] for line in fixed.splitlines()] == ["export SPRING"] * 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.js", "kafka.producer(" + "{a:" * 5000 + "1" + "}" * 5000 + ")"),
        ("a.py", "KafkaProducer(acks=" + "-" * 50000 + "1)"),
    ],
)
def test_what_is_nested_too_deeply_is_told(file: str, text: str) -> None:
    with pytest.raises(InputError, match="nested too deeply|recursion|too complex"):
        lint(text, file)
