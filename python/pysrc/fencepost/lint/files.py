"""Reads and writes configuration files, bytes and all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .model import InputError

__all__ = ["STDIN", "Source", "load", "store"]

STDIN = "-"
_MOST = 16 * 2**20


@dataclass(frozen=True)
class Source:
    """A file's text, and how its bytes were made of it."""

    # As findings call it.
    file: str
    path: Path | None
    text: str
    encoding: str
    bom: bytes
    raw: bytes

    def encode(self, text: str) -> bytes:
        """The bytes of another text, in the same encoding."""
        return self.bom + text.encode(self.encoding)


def load(name: str) -> Source:
    """The text of a file, or of standard input; raises `InputError`."""
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("<stdin>", "it is closed")
        stream = getattr(sys.stdin, "buffer", None)
        raw = stream.read(_MOST + 1) if stream else sys.stdin.read().encode()
        return _decoded("<stdin>", None, raw)
    path = Path(name)
    # A byte of the name that is not UTF-8 could be printed in no output's encoding.
    name = os.fsencode(name).decode("utf-8", "backslashreplace")
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise InputError(name, "it is a directory; name the files in it")
        with open(path, "rb") as file:
            raw = file.read(_MOST + 1)
    except OSError as error:
        raise InputError(name, error.strerror or str(error)) from None
    except ValueError as error:
        raise InputError(name, str(error)) from None
    return _decoded(name, path, raw)


def _decoded(name: str, path: Path | None, raw: bytes) -> Source:
    if len(raw) > _MOST:
        raise InputError(name, f"it is larger than {_MOST} bytes, and so no configuration")
    bom = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    body = raw[len(bom) :]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(name, "it is UTF-16; the clients read UTF-8", 1)
    if b"\0" in body:
        line = body[: body.index(b"\0")].count(b"\n") + 1
        raise InputError(name, "it has a zero byte, and so is no text", line)
    try:
        return Source(name, path, body.decode("utf-8"), "utf-8", bom, raw)
    except UnicodeDecodeError as error:
        if path is not None and path.suffix == ".properties":
            # Java's own encoding of these files, until 9.
            return Source(name, path, body.decode("latin-1"), "latin-1", bom, raw)
        line = body[: error.start].count(b"\n") + 1
        raise InputError(name, f"no UTF-8: byte {body[error.start]:#04x}", line) from None


def store(source: Source, text: str) -> None:
    """Writes another text in the file's place, wholly or not at all; raises `InputError`."""
    if source.path is None:
        raise InputError(source.file, "standard input can't be written")
    path = Path(os.path.realpath(source.path))
    temporary = ""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if path.read_bytes() != source.raw:
            raise InputError(source.file, "it changed while it was linted; nothing was written")
        if not os.access(path, os.W_OK):
            raise InputError(source.file, "Permission denied; nothing was written")
        raw = source.encode(text)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(source.file, f"{reason}; nothing was written") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
