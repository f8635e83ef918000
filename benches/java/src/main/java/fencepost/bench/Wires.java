package fencepost.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/** Batches as bytes: a segment's headers, with the checksum or without. Nanoseconds a pass. */
final class Wires {
    private final MemoryRecords records;

    Wires(Path file) throws IOException {
        records = MemoryRecords.readableRecords(ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    long walk(boolean checked) {
        long sum = 0;
        long start = System.nanoTime();
        for (RecordBatch batch : records.batches()) {
            if (checked) {
                batch.ensureValid();
            }
            sum += batch.baseSequence() + batch.producerId() + batch.lastOffset();
        }
        long spent = System.nanoTime() - start;
        if (sum == 0) {
            throw new IllegalStateException("no batch");
        }
        return spent;
    }
}
