"""What `fencepost lint` and `fencepost explain` print, write and answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fencepost.cli import main

COMMAND = Path(sys.executable).with_name("fencepost")
ROOT = Path(__file__).parents[2]


def run(
    *args: str, stdin: str | bytes = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    raw = stdin if isinstance(stdin, bytes) else stdin.encode()
    env = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [COMMAND, *args], input=raw, capture_output=True, timeout=60, cwd=cwd, env=env, check=False
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def found(*args: str, stdin: str = "") -> list[dict[str, Any]]:
    done = run("lint", "--format", "json", *args, stdin=stdin)
    result = json.loads(done.stdout)
    assert isinstance(result, list)
    assert done.returncode == (1 if result else 0), done.stderr
    return result


def test_nothing_found_ends_with_0() -> None:
    done = run("lint", "-", stdin="acks=all\nenable.idempotence=true\n")
    assert done.returncode == 0
    assert "nothing found" in done.stdout


def test_a_finding_ends_with_1_and_has_what_machines_need() -> None:
    (one,) = found("--dialect", "java", "-", stdin="# ours\nacks=1\n")
    assert one["rule"] == "PC020"
    assert one["severity"] == "warning"
    assert (one["key"], one["file"], one["line"], one["column"]) == ("acks", "<stdin>", 2, 1)
    assert "turns idempotence off" in one["message"]
    assert one["why"]
    assert one["fix"].splitlines() == ["acks=all", "enable.idempotence=true"]


def test_a_version_changes_the_rules() -> None:
    text = "max.in.flight.requests.per.connection=6\n"
    assert [one["rule"] for one in found("-", "--client-version", "3.9", stdin=text)] == ["PC022"]
    assert [one["rule"] for one in found("-", "--client-version", "4.0", stdin=text)] == ["PC015"]


def test_a_version_that_is_none_ends_with_2() -> None:
    done = run("lint", "-", "--client-version", "four", stdin="acks=1\n")
    assert done.returncode == 2
    assert "four" in done.stderr


def test_rules_can_be_left_out() -> None:
    assert not found("-", "--ignore", "PC020", stdin="acks=1\n")
    assert not found("-", "--severity", "error", stdin="acks=1\n")
    assert run("lint", "-", "--ignore", "PC999").returncode == 2


def test_github_shows_a_finding_beside_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a,b.properties"
    file.write_text("acks=1\n")
    done = run("lint", "--format", "github", str(file))
    assert done.returncode == 1
    assert done.stdout.startswith("::warning file=")
    assert "a%2Cb.properties,line=1,col=1,title=PC020 acks::" in done.stdout
    assert "%0Aenable.idempotence=true" in done.stdout


def test_sarif_has_what_code_scanning_needs(tmp_path: Path) -> None:
    file = tmp_path / "a.properties"
    file.write_text("acks=1\n")
    done = run("lint", "--format", "sarif", "a.properties", "missing.properties", cwd=tmp_path)
    assert done.returncode == 2
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    (ran,) = log["runs"]
    (result,) = ran["results"]
    rule = ran["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "PC020"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a.properties"
    assert place["region"] == {"startLine": 1, "startColumn": 1}
    replaced = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replaced[0]["deletedRegion"] == {
        "startLine": 1,
        "startColumn": 6,
        "endLine": 1,
        "endColumn": 7,
    }
    assert ran["invocations"][0]["executionSuccessful"] is False
    assert (
        "missing.properties"
        in ran["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    )


def test_several_files_are_all_reported_and_the_worst_decides(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.properties", tmp_path / "bad.properties"
    good.write_text("acks=all\n")
    bad.write_text("acks=1\n")
    done = run("lint", str(good), str(tmp_path / "none"), str(bad))
    assert done.returncode == 2
    assert "PC020" in done.stdout
    assert "none: No such file" in done.stderr


def test_fix_writes_the_file_and_keeps_everything_else(tmp_path: Path) -> None:
    file = tmp_path / "k.properties"
    raw = "# acks=1 is what we had\r\n\r\nacks : 1\r\nlinger.ms = 5\r\n# the end, without a line's"
    file.write_bytes(raw.encode())
    os.chmod(file, 0o640)
    done = run("lint", "--fix", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        file.read_bytes()
        == raw.replace("acks : 1", "acks : all")
        .replace("linger.ms = 5\r\n", "linger.ms = 5\r\nenable.idempotence = true\r\n")
        .encode()
    )
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["k.properties"]


def test_fix_of_standard_input_prints_the_text() -> None:
    done = run("lint", "--fix", "-", stdin="acks=1\n")
    assert (done.returncode, done.stdout) == (0, "acks=all\nenable.idempotence=true\n")


def test_fix_leaves_what_nobody_can_decide_but_you(tmp_path: Path) -> None:
    file = tmp_path / "k.properties"
    file.write_text("transactional.id=\n")
    assert run("lint", "--fix", str(file)).returncode == 1
    assert file.read_text() == "transactional.id=\n"


BAD: dict[str, tuple[str, bytes, str]] = {
    "truncated JSON": ("c.json", b'{"config": {"acks": "1"', "c.json:1: no JSON"),
    "JSON that is no object": ("c.json", b"[1, 2]", "no object"),
    "JSON with a number of 5000 digits": ("c.json", b'{"acks": ' + b"9" * 5000 + b"}", "c.json"),
    "deeply nested JSON": ("c.json", b"[" * 200_000, "c.json"),
    "broken YAML": ("a.yml", b"a: [1\nb: 2\n", "a.yml:2: no YAML"),
    "deeply nested YAML": ("a.yml", b"[" * 20_000, "a.yml"),
    "YAML that is a list": ("a.yml", b"- a\n- b\n", "no mapping"),
    "YAML that contains itself": ("a.yml", b"a: &x\n  b: *x\n", "contains itself"),
    "broken TOML": ("a.toml", b"a = \n", "a.toml: no TOML"),
    "broken Python": ("a.py", b"def f(:\n", "a.py:1: no Python"),
    "broken Go": ("a.go", b"package main\nfunc {\n", "no Go"),
    "broken TypeScript": ("a.ts", b"const x = {{{;\n", "no TypeScript"),
    "an escape that is none": ("a.properties", b"x=1\nacks=\\u00zz\n", "a.properties:2"),
    "UTF-16": ("a.properties", "acks=1\n".encode("utf-16"), "UTF-16"),
    "zero bytes": ("a.properties", b"acks=1\n\0\0", "a.properties:2: it has a zero byte"),
    "no UTF-8": ("a.yml", b"a: b\nc: \xff\n", "a.yml:2: no UTF-8: byte 0xff"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_with_its_place_and_ends_with_2(name: str, tmp_path: Path) -> None:
    file, raw, said = BAD[name]
    (tmp_path / file).write_bytes(raw)
    for extra in ([], ["--fix"]):
        done = run("lint", *extra, file, cwd=tmp_path)
        assert done.returncode == 2, done.stdout
        assert said in done.stderr
        assert (tmp_path / file).read_bytes() == raw


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    done = run("lint", str(tmp_path))
    assert done.returncode == 2
    assert "directory" in done.stderr


def test_a_file_without_permission_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.properties"
    file.write_text("acks=1\n")

    # The tests may run as root, to whom nothing is forbidden.
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SystemExit) as ended:
        main(["lint", str(file)])
    assert ended.value.code == 2
    assert "a.properties: Permission denied" in capsys.readouterr().err


def test_a_file_that_is_far_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.properties"
    with file.open("wb") as stream:
        stream.truncate(17 * 2**20)
    done = run("lint", str(file))
    assert done.returncode == 2
    assert "larger than" in done.stderr


def test_latin_1_properties_keep_their_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.properties"
    file.write_bytes(b"# gr\xfc\xdfe\nacks=1\n")
    assert run("lint", "--fix", str(file)).returncode == 0
    assert file.read_bytes() == b"# gr\xfc\xdfe\nacks=all\nenable.idempotence=true\n"


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    file = tmp_path / "application.yml"
    file.write_bytes(b"\xef\xbb\xbfspring:\n  kafka:\n    producer:\n      acks: 1 # ours\n")
    assert run("lint", "--fix", str(file)).returncode == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfspring:\n")
    assert b"acks: all # ours\n" in file.read_bytes()


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.properties").write_text("acks=1\n")
    (tmp_path / "link.properties").symlink_to("real.properties")
    assert run("lint", "--fix", str(tmp_path / "link.properties")).returncode == 0
    assert (tmp_path / "link.properties").is_symlink()
    assert (tmp_path / "real.properties").read_text().startswith("acks=all\n")


def test_explain_prints_a_page() -> None:
    done = run("explain", "pc020")
    assert done.returncode == 0
    assert done.stdout.startswith("## PC020: ")
    assert "KAFKA-13673" in done.stdout


def test_explain_lists_the_rules_and_refuses_what_is_none() -> None:
    assert "PC732" in run("explain").stdout
    assert len(json.loads(run("explain", "--json").stdout)) >= 87
    done = run("explain", "PC998")
    assert done.returncode == 2
    assert "PC998" in done.stderr


def test_the_pre_commit_hook_runs_the_command() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "entry: fencepost lint" in text
    assert "language: python" in text


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_file_may_have_any_name(form: str, tmp_path: Path) -> None:
    names = [b"no\xffutf.properties", b"two\nlines.properties", b"\x1b[2Jclear.properties"]
    for name in names:
        file = str(tmp_path / os.fsdecode(name))
        try:
            Path(file).write_text("acks=1\n")
        except OSError:
            pytest.skip("this file system refuses such names")
        # A strict encoding, as most locales have.
        env = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
        command = [str(COMMAND), "lint", "--fix", "--severity", "error", "--format", form, file]
        done = subprocess.run(command, capture_output=True, timeout=60, env=env, check=False)
        assert done.returncode == 0, done.stderr
        assert b"\x1b[2J" not in done.stdout + done.stderr
        if form == "text":
            assert len(done.stdout.splitlines()) == 5


def test_standard_input_may_be_closed() -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{COMMAND}' lint - <&-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "fencepost: <stdin>: it is closed\n")
