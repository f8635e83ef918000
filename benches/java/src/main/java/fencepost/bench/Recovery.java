package fencepost.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Kafka's log is opened on a folder with one segment, and finds its producers. Nanoseconds an opening. */
final class Recovery {
    private static final BrokerTopicStats STATS = new BrokerTopicStats();
    private static final Uuid TOPIC = new Uuid(1, 2);
    /** Where the first batch ends: a snapshot of this offset makes Kafka replay all the others. */
    private static final long FIRST_END = 10;

    private final File dir;
    private final int producers;
    private final long end;

    Recovery(File dir, int producers, long end) {
        this.dir = dir;
        this.producers = producers;
        this.end = end;
    }

    /** After a crash: no index, no snapshot, nothing is known to be flushed. Every batch's checksum is computed. */
    long recover() throws IOException {
        for (File file : dir.listFiles()) {
            if (!file.getName().endsWith(".log")) {
                Files.delete(file.toPath());
            }
        }
        return open(0, false);
    }

    /** After a clean shutdown, with a snapshot of the log's begin alone: batches are replayed and not checked. */
    long replay() throws IOException {
        if (dir.listFiles().length == 1) {
            recover();
        }
        for (File file : dir.listFiles()) {
            if (file.getName().endsWith(".snapshot")) {
                Files.delete(file.toPath());
            }
        }
        File snapshot = new File(dir, String.format("%020d.snapshot", FIRST_END));
        ProducerStateManager.writeSnapshot(snapshot, Map.of(), false);
        return open(end, true);
    }

    private long open(long recoveryPoint, boolean clean) throws IOException {
        LogConfig config = new LogConfig(Map.of("retention.ms", "-1"));
        ProducerStateManagerConfig expiry = new ProducerStateManagerConfig(Known.DAY, true);
        long start = System.nanoTime();
        UnifiedLog log = UnifiedLog.create(dir, config, 0, recoveryPoint, new Never(), STATS, Time.SYSTEM, 900_000,
            expiry, 600_000, new LogDirFailureChannel(10), clean, Optional.of(TOPIC));
        long spent = System.nanoTime() - start;
        if (log.logEndOffset() != end || log.activeProducers().size() != producers) {
            throw new IllegalStateException(log.logEndOffset() + ", " + log.activeProducers().size() + " producers");
        }
        if (log.producerStateManager().latestSnapshotOffset().equals(OptionalLong.empty())) {
            throw new IllegalStateException("the log takes a snapshot when it is opened");
        }
        log.close();
        return spent;
    }

    /** Nothing happens behind the clock's back. */
    private static final class Never implements Scheduler {
        @Override
        public void startup() {
        }

        @Override
        public void shutdown() {
        }

        @Override
        public void resizeThreadPool(int threads) {
        }

        @Override
        public ScheduledFuture<?> schedule(String name, Runnable task, long delay, long period) {
            return new Done();
        }
    }

    private static final class Done implements ScheduledFuture<Object> {
        @Override
        public long getDelay(TimeUnit unit) {
            return 0;
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }

        @Override
        public boolean cancel(boolean interrupt) {
            return false;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public boolean isDone() {
            return true;
        }

        @Override
        public Object get() {
            return null;
        }

        @Override
        public Object get(long timeout, TimeUnit unit) {
            return null;
        }
    }
}
