package fencepost.oracle;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

import kafka.log.UnifiedLog;
import kafka.server.BrokerTopicStats;
import kafka.server.RequestLocal;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.storage.internals.log.AbortedTxn;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** Kafka 3.9.2: the log is Scala, and an append does not look at the transaction version. */
final class Release implements KafkaLog {
    static final String NAME = "3.9.2";
    private static final BrokerTopicStats STATS = new BrokerTopicStats(false);
    private static final Uuid TOPIC = new Uuid(1, 2);
    private final UnifiedLog log;

    Release(Opening opening) {
        log = UnifiedLog.apply(opening.dir(), opening.config(), opening.logStart(), opening.recoveryPoint(),
            opening.scheduler(), STATS, opening.time(), opening.maxTransactionMs(), opening.producers(), 600_000,
            new LogDirFailureChannel(10), opening.clean(), Option.apply(TOPIC), true,
            new ConcurrentHashMap<>(), false, LogOffsetsListener.NO_OP_OFFSETS_LISTENER);
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
    public void highWatermark(long offset) {
        log.updateHighWatermark(offset);
    }

    @Override
    public boolean logStart(long offset) {
        return log.maybeIncrementLogStartOffset(offset, LogStartOffsetIncrementReason.ClientRecordDeletion);
    }

    @Override
    public void truncateTo(long offset) {
        log.truncateTo(offset);
    }

    @Override
    public void truncateFully(long offset, OptionalLong logStart) {
        log.truncateFullyAndStartAt(offset, logStart.isPresent() ? Option.apply(logStart.getAsLong()) : Option.empty());
    }

    @Override
    public void roll() {
        log.roll(Option.empty());
    }

    @Override
    public int deleteOldSegments() {
        return log.deleteOldSegments();
    }

    @Override
    public void expire(long now) {
        log.removeExpiredProducers(now);
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
    public ProducerStateManager producers() {
        return log.producerStateManager();
    }

    @Override
    public long end() {
        return log.logEndOffset();
    }

    @Override
    public long start() {
        return log.logStartOffset();
    }

    @Override
    public long highWatermark() {
        return log.highWatermark();
    }

    @Override
    public long lastStable() {
        return log.lastStableOffset();
    }

    @Override
    public Collection<LogSegment> segments() {
        return log.logSegments();
    }

    @Override
    public LogSegment active() {
        return log.activeSegment();
    }

    @Override
    public List<long[]> aborted(LogSegment segment) {
        return segment.txnIndex().allAbortedTxns().stream().map(Release::numbers).toList();
    }

    @Override
    public List<long[]> collectAborted(long from, long to) {
        return CollectionConverters.asJava(log.collectAbortedTransactions(from, to)).stream().map(Release::numbers).toList();
    }

    private static long[] numbers(AbortedTxn txn) {
        return new long[] {txn.producerId(), txn.firstOffset(), txn.lastOffset(), txn.lastStableOffset()};
    }

    @Override
    public long[] batch(BatchMetadata batch) {
        return new long[] {batch.lastSeq, batch.offsetDelta, batch.lastOffset, batch.timestamp};
    }

    @Override
    public boolean supportsEpochBump(VerificationStateEntry entry) {
        // Transaction version 2 came with 4.0.
        return false;
    }
}
