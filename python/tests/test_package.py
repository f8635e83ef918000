"""What holds for the package as a whole."""

from __future__ import annotations

import re
from pathlib import Path

import fencepost

ROOT = Path(__file__).parents[2]


def test_the_version_is_that_of_the_workspace() -> None:
    manifest = (ROOT / "Cargo.toml").read_text()
    found = re.search(r'^version = "(.*)"$', manifest, re.MULTILINE)
    assert found is not None
    assert fencepost.__version__ == found[1]


def test_all_names_what_is_there_in_order() -> None:
    assert sorted(fencepost.__all__) == list(fencepost.__all__)
    assert all(hasattr(fencepost, name) for name in fencepost.__all__)


def test_the_package_is_typed() -> None:
    assert (Path(fencepost.__file__).parent / "py.typed").is_file()
