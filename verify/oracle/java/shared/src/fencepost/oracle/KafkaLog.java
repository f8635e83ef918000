package fencepost.oracle;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** What differs between the releases: each module has one {@code Release} with this face. */
interface KafkaLog {
    /** How a log is opened. */
    record Opening(File dir, LogConfig config, long logStart, long recoveryPoint, Scheduler scheduler, Time time,
                   int maxTransactionMs, ProducerStateManagerConfig producers, boolean clean) {
    }

    LogAppendInfo appendAsLeader(ByteBuffer batches, AppendOrigin origin, VerificationGuard guard, short version)
        throws IOException;

    LogAppendInfo appendAsFollower(ByteBuffer batches, int leaderEpoch);

    VerificationGuard verify(long producerId, int sequence, short epoch, boolean supportsEpochBump);

    void highWatermark(long offset) throws IOException;

    boolean logStart(long offset);

    void truncateTo(long offset);

    void truncateFully(long offset, OptionalLong logStart);

    void roll() throws IOException;

    int deleteOldSegments() throws IOException;

    void expire(long now);

    /** With a snapshot, as a shutdown does it, or without. */
    void close(boolean clean);

    ProducerStateManager producers();

    long end();

    long start();

    long highWatermark();

    long lastStable();

    Collection<LogSegment> segments();

    LogSegment active();

    /** Each as producer id, first, last and last stable offset. */
    List<long[]> aborted(LogSegment segment);

    /** The same for the transactions that a reader between two offsets is told of. */
    List<long[]> collectAborted(long from, long to);

    /** Last sequence, offset delta, last offset, timestamp. */
    long[] batch(BatchMetadata batch);

    boolean supportsEpochBump(VerificationStateEntry entry);
}
