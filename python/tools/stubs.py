"""Writes `_fencepost.pyi` from what the Rust sources say, or with --check says whether it is current.

PyO3 puts signatures and documentation into a library that is built with the feature `inspect`;
maturin reads them there. What it can't know is put right here: the names in `__match_args__`, and
the types of what makes a value again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
STUB = HERE / "pysrc" / "fencepost" / "_fencepost.pyi"


def generate() -> str:
    """The stub as maturin writes it."""
    maturin = Path(sys.executable).with_name("maturin")
    with tempfile.TemporaryDirectory() as out:
        command = [maturin, "generate-stubs", "-q", "--locked", "-F", "inspect"]
        subprocess.run([*command, "-m", HERE / "Cargo.toml", "-o", out], check=True)
        return next(Path(out).rglob("_fencepost.pyi")).read_text()


def fields(body: str) -> list[str]:
    """The parameters of a class's constructor, which are the fields of a value, in order."""
    made = re.search(r"def __new__\(cls, /(?:, \*)?(.*?)\) -> ", body)
    return re.findall(r"(?:^|, )(\w+):", made[1].replace(", *, ", ", ")) if made else []


def right(stub: str) -> str:
    """The stub with what maturin can't know."""
    classes = re.split(r"(?m)^(?=@final\nclass )", stub)
    for n, body in enumerate(classes):
        names = "".join(f'"{name}", ' for name in fields(body)).strip()
        body = body.replace("__match_args__: Final[tuple]\n", f"__match_args__: Final = ({names})\n")
        classes[n] = body.replace("__match_args__: Final[tuple[str]]", '__match_args__: Final = ("header",)')
    stub = "".join(classes)
    stub = stub.replace("tuple[tuple, dict]", "tuple[tuple[()], dict[str, object]]")
    stub = stub.replace(") -> dict:", ") -> dict[str, object]:")
    # Any value of a setting may come; what is none is told by its name.
    stub = stub.replace("tuple[str, Any]", "tuple[str, object]").replace("import Any, ", "import ", 1)
    stub = stub.replace("*_exc)", "*_exc: object)")
    # Bytes come in as any sequence of small integers; say what is meant.
    return stub.replace("SupportsGetItem[int, SupportsIndex]", "bytes")


def main() -> None:
    """Writes, or with --check compares."""
    stub = right(generate())
    left = re.search(r".*(Incomplete|Final\[tuple\]).*", stub.replace("import Incomplete", ""))
    if left:
        sys.exit(f"stubs: no type for {left[0].strip()}")
    if sys.argv[1:] != ["--check"]:
        STUB.write_text(stub)
    elif STUB.read_text() != stub:
        sys.exit("stubs: _fencepost.pyi is not what the sources say; make python-stubs")


if __name__ == "__main__":
    main()
