package org.apache.kafka.clients.producer.internals;

import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceResponse.PartitionResponse;
import org.apache.kafka.common.utils.internals.ProducerIdAndEpoch;

/**
 * How long do the manager's numbers take? Each batch is asked about, numbered and tracked as
 * `RecordAccumulator` does at a drain, and later acknowledged as `Sender` does; no bytes are written, no queue
 * is kept, and nobody is told.
 */
final class Timing {
    private final TransactionManager manager;
    private final TopicPartition[] partitions;
    /** Offsets go on over all rounds. */
    private static long offset;

    Timing(TransactionManager manager, int partitions) {
        this.manager = manager;
        this.partitions = new TopicPartition[partitions];
        for (int p = 0; p < partitions; p++) {
            this.partitions[p] = Session.partition(p);
        }
    }

    /**
     * So many batches, round and round over the partitions, so many of each in flight: nanoseconds for all of
     * them. The objects that a real client has by then are made before.
     */
    long round(int count, int inFlight) {
        ProducerBatch[] batches = new ProducerBatch[count];
        PartitionResponse[] responses = new PartitionResponse[count];
        for (int i = 0; i < count; i++) {
            batches[i] = batch(partitions[i % partitions.length]);
            responses[i] = new PartitionResponse(Errors.NONE, offset, -1, 0);
            offset += 1;
        }
        int lag = inFlight * partitions.length;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (i >= lag) {
                manager.handleCompletedBatch(batches[i - lag], responses[i - lag]);
            }
            number(batches[i]);
        }
        for (int i = Math.max(0, count - lag); i < count; i++) {
            manager.handleCompletedBatch(batches[i], responses[i]);
        }
        long spent = System.nanoTime() - start;
        for (TopicPartition partition : partitions) {
            if (manager.hasInflightBatches(partition)) {
                throw new IllegalStateException("a batch is left");
            }
        }
        return spent;
    }

    /** What a drain asks of the manager, and tells it, for a batch that is sent for the first time. */
    private void number(ProducerBatch batch) {
        TopicPartition at = batch.topicPartition;
        ProducerIdAndEpoch identity = manager.producerIdAndEpoch();
        boolean stop = !manager.isSendToPartitionAllowed(at)
                || !identity.isValid()
                || (manager.hasInflightBatches(at) && manager.hasStaleProducerIdAndEpoch(at))
                || manager.hasUnresolvedSequence(at)
                || (manager.firstInFlightSequence(at) != RecordBatch.NO_SEQUENCE && batch.hasSequence());
        if (stop) {
            throw new IllegalStateException("a batch may not be sent");
        }
        manager.maybeUpdateProducerIdAndEpoch(at);
        batch.setProducerState(identity, manager.sequenceNumber(at), false);
        manager.incrementSequenceNumber(at, batch.recordCount);
        manager.addInFlightBatch(batch);
    }

    private static ProducerBatch batch(TopicPartition partition) {
        ByteBuffer buffer = ByteBuffer.allocate(128);
        ProducerBatch batch = new ProducerBatch(partition, MemoryRecords.builder(
                buffer, RecordBatch.CURRENT_MAGIC_VALUE, Compression.NONE, TimestampType.CREATE_TIME, 0), 0);
        batch.tryAppend(0, null, new byte[8], new Header[0], null, 0);
        return batch;
    }
}
