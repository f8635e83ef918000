package fencepost.bench;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.OptionalLong;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;

/**
 * A batch's header made beforehand: fields that are read as such, not out of bytes. The only implementation of Kafka's
 * interface that the measured code sees, so its calls are inlined.
 */
final class Header implements RecordBatch {
    private final long producerId;
    private final int baseSequence;
    private final int lastSequence;
    private final int lastOffsetDelta;
    private final long maxTimestamp;
    /** Known when the batch is written, so not final. */
    private long baseOffset;

    Header(long producerId, int baseSequence, int records, long maxTimestamp) {
        this.producerId = producerId;
        this.baseSequence = baseSequence;
        this.lastOffsetDelta = records - 1;
        this.lastSequence = Sequences.increment(baseSequence, lastOffsetDelta);
        this.maxTimestamp = maxTimestamp;
    }

    void place(long offset) {
        baseOffset = offset;
    }

    @Override
    public long producerId() {
        return producerId;
    }

    @Override
    public short producerEpoch() {
        return 0;
    }

    @Override
    public boolean hasProducerId() {
        return true;
    }

    @Override
    public int baseSequence() {
        return baseSequence;
    }

    @Override
    public int lastSequence() {
        return lastSequence;
    }

    @Override
    public long baseOffset() {
        return baseOffset;
    }

    @Override
    public long lastOffset() {
        return baseOffset + lastOffsetDelta;
    }

    @Override
    public long nextOffset() {
        return lastOffset() + 1;
    }

    @Override
    public long maxTimestamp() {
        return maxTimestamp;
    }

    @Override
    public boolean isTransactional() {
        return false;
    }

    @Override
    public boolean isControlBatch() {
        return false;
    }

    // Nothing below is asked for by the producer state.

    private static UnsupportedOperationException notThere() {
        return new UnsupportedOperationException("a header without records");
    }

    @Override
    public boolean isValid() {
        throw notThere();
    }

    @Override
    public void ensureValid() {
        throw notThere();
    }

    @Override
    public long checksum() {
        throw notThere();
    }

    @Override
    public TimestampType timestampType() {
        throw notThere();
    }

    @Override
    public byte magic() {
        throw notThere();
    }

    @Override
    public CompressionType compressionType() {
        throw notThere();
    }

    @Override
    public int sizeInBytes() {
        throw notThere();
    }

    @Override
    public Integer countOrNull() {
        throw notThere();
    }

    @Override
    public boolean isCompressed() {
        throw notThere();
    }

    @Override
    public void writeTo(ByteBuffer buffer) {
        throw notThere();
    }

    @Override
    public OptionalLong deleteHorizonMs() {
        throw notThere();
    }

    @Override
    public int partitionLeaderEpoch() {
        throw notThere();
    }

    @Override
    public CloseableIterator<Record> streamingIterator(BufferSupplier supplier) {
        throw notThere();
    }

    @Override
    public CloseableIterator<Record> streamingIterator(BufferSupplier supplier, int count) {
        throw notThere();
    }

    @Override
    public Iterator<Record> iterator() {
        throw notThere();
    }
}
