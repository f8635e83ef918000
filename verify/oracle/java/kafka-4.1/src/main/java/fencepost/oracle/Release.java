package fencepost.oracle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Kafka 4.1.2: the log is Java, and an append does not look at the transaction version. */
final class Release extends CommonLog {
    static final String NAME = "4.1.2";
    private static final BrokerTopicStats STATS = new BrokerTopicStats();

    Release(Opening opening) throws IOException {
        super(UnifiedLog.create(opening.dir(), opening.config(), opening.logStart(), opening.recoveryPoint(),
            opening.scheduler(), STATS, opening.time(), opening.maxTransactionMs(), opening.producers(), 600_000,
            new LogDirFailureChannel(10), opening.clean(), Optional.of(TOPIC)));
    }

    @Override
    public LogAppendInfo appendAsLeader(ByteBuffer batches, AppendOrigin origin, VerificationGuard guard, short version) {
        return log.appendAsLeader(MemoryRecords.readableRecords(batches), 0, origin, RequestLocal.noCaching(), guard);
    }

    @Override
    public LogAppendInfo appendAsFollower(ByteBuffer batches, int leaderEpoch) {
        return log.appendAsFollower(MemoryRecords.readableRecords(batches), leaderEpoch);
    }

    @Override
    public void close(boolean clean) {
        log.removeLogMetrics();
        if (clean) {
            log.close();
        } else {
            log.closeHandlers();
        }
    }

    @Override
    public long[] batch(BatchMetadata batch) {
        return new long[] {batch.lastSeq, batch.offsetDelta, batch.lastOffset, batch.timestamp};
    }

    @Override
    public boolean supportsEpochBump(VerificationStateEntry entry) {
        return entry.supportsEpochBump();
    }
}
