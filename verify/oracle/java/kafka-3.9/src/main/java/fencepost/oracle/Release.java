package fencepost.oracle;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

import kafka.log.UnifiedLog;
import kafka.server.BrokerTopicStats;
import kafka.server.RequestLocal;
import scala.Option;

import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** Kafka 3.9.2: the log is Scala, and an append does not look at the transaction version. */
final class Release extends CommonLog {
    static final String NAME = "3.9.2";
    private static final BrokerTopicStats STATS = new BrokerTopicStats(false);

    Release(Opening opening) {
        super(UnifiedLog.apply(opening.dir(), opening.config(), opening.logStart(), opening.recoveryPoint(),
            opening.scheduler(), STATS, opening.time(), opening.maxTransactionMs(), opening.producers(), 600_000,
            new LogDirFailureChannel(10), opening.clean(), Option.apply(TOPIC), true,
            new ConcurrentHashMap<>(), false, LogOffsetsListener.NO_OP_OFFSETS_LISTENER));
    }

    @Override
    public LogAppendInfo appendAsLeader(ByteBuffer batches, AppendOrigin origin, VerificationGuard guard, short version) {
        return log.appendAsLeader(MemoryRecords.readableRecords(batches), 0, origin, MetadataVersion.latestProduction(),
            RequestLocal.NoCaching(), guard);
    }

    @Override
    public LogAppendInfo appendAsFollower(ByteBuffer batches, int leaderEpoch) {
        return log.appendAsFollower(MemoryRecords.readableRecords(batches), leaderEpoch);
    }

    @Override
    public VerificationGuard verify(long producerId, int sequence, short epoch, boolean supportsEpochBump) {
        return log.maybeStartTransactionVerification(producerId, sequence, epoch);
    }

    @Override
    public boolean supportsEpochBump(VerificationStateEntry entry) {
        // Transaction version 2 came with 4.0.
        return false;
    }
}
