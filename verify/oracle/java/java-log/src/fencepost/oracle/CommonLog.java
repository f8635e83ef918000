package fencepost.oracle;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** What the releases whose log is Java are asked with the same words. */
abstract class CommonLog implements KafkaLog {
    static final Uuid TOPIC = new Uuid(1, 2);
    final UnifiedLog log;

    CommonLog(UnifiedLog log) {
        this.log = log;
    }

    @Override
    public final VerificationGuard verify(long producerId, int sequence, short epoch, boolean supportsEpochBump) {
        return log.maybeStartTransactionVerification(producerId, sequence, epoch, supportsEpochBump);
    }

    @Override
    public final void truncateFully(long offset, OptionalLong logStart) {
        log.truncateFullyAndStartAt(offset, logStart.isPresent() ? Optional.of(logStart.getAsLong()) : Optional.empty());
    }

    @Override
    public final void roll() throws IOException {
        log.roll();
    }

    @Override
    public final List<long[]> collectAborted(long from, long to) {
        return log.collectAbortedTransactions(from, to).stream()
            .map(txn -> aborted(txn.producerId(), txn.firstOffset(), txn.lastOffset(), txn.lastStableOffset())).toList();
    }

    @Override
    public final void highWatermark(long offset) throws IOException {
        log.updateHighWatermark(offset);
    }

    @Override
    public final boolean logStart(long offset) {
        return log.maybeIncrementLogStartOffset(offset, LogStartOffsetIncrementReason.ClientRecordDeletion);
    }

    @Override
    public final void truncateTo(long offset) {
        log.truncateTo(offset);
    }

    @Override
    public final int deleteOldSegments() throws IOException {
        return log.deleteOldSegments();
    }

    @Override
    public final void expire(long now) {
        log.removeExpiredProducers(now);
    }

    @Override
    public final ProducerStateManager producers() {
        return log.producerStateManager();
    }

    @Override
    public final long end() {
        return log.logEndOffset();
    }

    @Override
    public final long start() {
        return log.logStartOffset();
    }

    @Override
    public final long highWatermark() {
        return log.highWatermark();
    }

    @Override
    public final long lastStable() {
        return log.lastStableOffset();
    }

    @Override
    public final Collection<LogSegment> segments() {
        return log.logSegments();
    }

    @Override
    public final LogSegment active() {
        return log.activeSegment();
    }

    @Override
    public final List<long[]> aborted(LogSegment segment) {
        return segment.txnIndex().allAbortedTxns().stream()
            .map(txn -> aborted(txn.producerId(), txn.firstOffset(), txn.lastOffset(), txn.lastStableOffset())).toList();
    }

    private static long[] aborted(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {
        return new long[] {producerId, firstOffset, lastOffset, lastStableOffset};
    }
}
