"""What does a transactional producer ask its coordinators, and what may it send meanwhile?

`TransactionManager` is the dialogue of Kafka's transactional client without a network: the calls of
a transaction, what is to be sent to which coordinator in which order, and what each answer means,
for transaction versions 1 and 2. It numbers no batches; that is `fencepost.Producer`'s.
"""

from __future__ import annotations

from fencepost._fencepost import (
    CallResult,
    FailBatches,
    Failure,
    OffsetsResult,
    Request,
    Step,
    TransactionManager,
)

__all__ = (
    "CallResult",
    "FailBatches",
    "Failure",
    "OffsetsResult",
    "Request",
    "Step",
    "TransactionManager",
)
