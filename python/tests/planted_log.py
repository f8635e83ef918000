"""A partition's log written batch by batch with the package's own builder, so that faults can be planted."""

from __future__ import annotations

from pathlib import Path

from fencepost import BatchBuilder, EndTxnMarker, Identity, Stamp, write_end_txn_marker

__all__ = ("PlantedLog",)

BEGUN_MS = 1_800_000_000_000


class PlantedLog:
    """Appends batches at the next offset, whatever a broker would say of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.offset = 0
        self.now = BEGUN_MS
        self.leader_epoch = 0
        self._segment: list[bytes] = []
        self._base = 0
        folder.mkdir(parents=True)

    def data(
        self,
        producer_id: int,
        sequence: int,
        records: int = 1,
        *,
        epoch: int = 0,
        transactional: bool = False,
        value: bytes | None = None,
    ) -> int:
        """One batch; gives its base offset."""
        builder = BatchBuilder(
            transactional=transactional,
            base_offset=self.offset,
            partition_leader_epoch=self.leader_epoch,
        )
        for n in range(records):
            text = b"%d:%d" % (producer_id, self.offset + n) if value is None else value
            builder.push(text, timestamp=self.now)
        stamp = Stamp(identity=Identity(id=producer_id, epoch=epoch), base_sequence=sequence)
        return self._append(builder.finish(stamp), records)

    def run(self, producer_id: int, sequence: int, batches: int, *, epoch: int = 0) -> None:
        """Batches of one record that follow on each other."""
        for n in range(batches):
            self.data(producer_id, sequence + n, epoch=epoch)

    def again(self, offset: int) -> int:
        """A batch that is on the log, a second time: what stands before its length does not count."""
        for batch in self._segment:
            if int.from_bytes(batch[:8], "big") == offset:
                records = int.from_bytes(batch[23:27], "big") + 1
                return self._append(self.offset.to_bytes(8, "big") + batch[8:], records)
        raise ValueError(f"no batch at {offset}")

    def marker(
        self, producer_id: int, *, epoch: int = 0, commit: bool = True, coordinator_epoch: int = 0
    ) -> int:
        marker = EndTxnMarker(
            commit=commit, coordinator_epoch=coordinator_epoch, timestamp=self.now
        )
        identity = Identity(id=producer_id, epoch=epoch)
        return self._append(
            write_end_txn_marker(
                identity,
                marker,
                base_offset=self.offset,
                partition_leader_epoch=self.leader_epoch,
            ),
            1,
        )

    def _append(self, batch: bytes, records: int) -> int:
        offset = self.offset
        self._segment.append(batch)
        self.offset += records
        self.now += 1
        return offset

    def roll(self) -> Path:
        """Ends the segment; gives its file."""
        path = self.folder / f"{self._base:020}.log"
        path.write_bytes(b"".join(self._segment))
        self._segment, self._base = [], self.offset
        return path
