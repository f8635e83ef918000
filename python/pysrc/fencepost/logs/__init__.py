"""What is in the files of a log: partitions audited, and single files read row by row.

```python
from fencepost.logs import audit_all, discover

found = discover("/var/lib/kafka")
for audit in audit_all(found.folders):
    for finding in audit.findings:
        print(audit.name, finding.file, finding.position, finding.why)
```
"""

from fencepost._fencepost import (
    AuditProgress,
    BatchRow,
    IndexComparison,
    JournalFile,
    JournalRow,
    LogAudit,
    LogDamage,
    LogFinding,
    LogFolder,
    ProducerEntry,
    ProducerRun,
    ProducerSeen,
    SegmentScan,
    SnapshotComparison,
    SnapshotDifference,
)
from fencepost.logs.auditing import Discovered, audit_all, discover
from fencepost.logs.codecs import decompress
from fencepost.logs.errors import LogError
from fencepost.logs.live import is_being_written
from fencepost.logs.reading import (
    FileKind,
    kind_of,
    read_journal_file,
    read_snapshot_file,
    read_transaction_index_file,
)

__all__ = (
    "AuditProgress",
    "BatchRow",
    "Discovered",
    "FileKind",
    "IndexComparison",
    "JournalFile",
    "JournalRow",
    "LogAudit",
    "LogDamage",
    "LogError",
    "LogFinding",
    "LogFolder",
    "ProducerEntry",
    "ProducerRun",
    "ProducerSeen",
    "SegmentScan",
    "SnapshotComparison",
    "SnapshotDifference",
    "audit_all",
    "decompress",
    "discover",
    "is_being_written",
    "kind_of",
    "read_journal_file",
    "read_snapshot_file",
    "read_transaction_index_file",
)
