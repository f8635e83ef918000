package org.apache.kafka.storage.internals.log;

import java.util.Optional;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Kafka's search for a duplicate, which only its own package may call. */
public final class Duplicates {
    private Duplicates() {
    }

    public static Optional<BatchMetadata> find(ProducerStateEntry entry, RecordBatch batch) {
        return entry.findDuplicateBatch(batch);
    }
}
