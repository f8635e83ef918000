"""The compressed block of a batch, decompressed."""

from __future__ import annotations

from collections.abc import Callable

import cramjam

from fencepost.logs.errors import LogError

__all__ = ("MOST_BYTES", "decompress")

MOST_BYTES = 1 << 28
"""A block may have this many bytes, decompressed; a small hostile one could otherwise fill the memory."""

_XERIAL = b"\x82SNAPPY\x00"
"""How blocks begin that Java clients compressed with snappy: this, two versions, then pieces with their lengths."""
_XERIAL_HEADER = 16


def decompress(codec: str, block: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """The block's bytes. `codec` is a batch's: `none`, `gzip`, `snappy`, `lz4` or `zstd`. LogError if it is damaged."""
    try:
        decoder = _DECODERS[codec]
    except KeyError:
        raise LogError(f"codec {codec} is not known") from None
    try:
        return decoder(block, most_bytes)
    except (cramjam.DecompressionError, ValueError) as error:
        raise LogError(f"the {codec} block can't be decompressed: {error}") from None


def _stream(decode_into: Callable[[bytes, bytearray], int]) -> Callable[[bytes, int], bytes]:
    def decode(block: bytes, most_bytes: int) -> bytes:
        room = min(max(len(block) * 8, 1 << 16), most_bytes)
        while True:
            out = bytearray(room)
            try:
                size = decode_into(block, out)
            except cramjam.DecompressionError as error:
                # The one refusal that is about our memory, not about the block.
                if "whole buffer" not in str(error):
                    raise
                if room >= most_bytes:
                    raise ValueError(f"it has more than {most_bytes} bytes") from None
                room = min(room * 4, most_bytes)
            else:
                return bytes(memoryview(out)[:size])

    return decode


def _snappy(block: bytes, most_bytes: int) -> bytes:
    if not block.startswith(_XERIAL):
        return _snappy_piece(block, most_bytes)
    pieces, at, left = [], _XERIAL_HEADER, most_bytes
    if len(block) < at:
        raise ValueError("it ends inside its header")
    while at < len(block):
        size = int.from_bytes(block[at : at + 4], "big")
        at += 4
        if at + size > len(block):
            raise ValueError(f"a piece at byte {at} has {size} bytes, {max(len(block) - at, 0)} are left")
        piece = _snappy_piece(block[at : at + size], left)
        pieces.append(piece)
        at, left = at + size, left - len(piece)
    return b"".join(pieces)


def _snappy_piece(piece: bytes, most_bytes: int) -> bytes:
    size = cramjam.snappy.decompress_raw_len(piece)
    if size > most_bytes:
        raise ValueError(f"it has more than {most_bytes} bytes")
    return bytes(cramjam.snappy.decompress_raw(piece))


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "none": lambda block, _: block,
    "gzip": _stream(cramjam.gzip.decompress_into),
    "snappy": _snappy,
    "lz4": _stream(cramjam.lz4.decompress_into),
    "zstd": _stream(cramjam.zstd.decompress_into),
}
