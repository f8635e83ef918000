package fencepost.oracle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.storage.internals.log.AbortedTxn;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Kafka 4.1.2: the log is Java, and an append does not look at the transaction version. */
final class Release implements KafkaLog {
    static final String NAME = "4.1.2";
    private static final BrokerTopicStats STATS = new BrokerTopicStats();
    private static final Uuid TOPIC = new Uuid(1, 2);
    private final UnifiedLog log;

    Release(Opening opening) throws IOException {
        log = UnifiedLog.create(opening.dir(), opening.config(), opening.logStart(), opening.recoveryPoint(),
            opening.scheduler(), STATS, opening.time(), opening.maxTransactionMs(), opening.producers(), 600_000,
            new LogDirFailureChannel(10), opening.clean(), Optional.of(TOPIC));
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
    public VerificationGuard verify(long producerId, int sequence, short epoch, boolean supportsEpochBump) {
        return log.maybeStartTransactionVerification(producerId, sequence, epoch, supportsEpochBump);
    }

    @Override
    public void highWatermark(long offset) throws IOException {
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
        log.truncateFullyAndStartAt(offset, logStart.isPresent() ? Optional.of(logStart.getAsLong()) : Optional.empty());
    }

    @Override
    public void roll() throws IOException {
        log.roll();
    }

    @Override
    public int deleteOldSegments() throws IOException {
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
        return log.collectAbortedTransactions(from, to).stream().map(Release::numbers).toList();
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
        return entry.supportsEpochBump();
    }
}
