package fencepost.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;

/** Whole passes over the producers: expiry, and the snapshot file. Nanoseconds a pass. */
final class Passes {
    private final Known known;
    private final File dir;

    Passes(Known known, File dir) {
        this.known = known;
        this.dir = dir;
    }

    private static void require(boolean is) {
        if (!is) {
            throw new IllegalStateException("not what the operation is named after");
        }
    }

    long sweep() {
        int count = known.state.producerIdCount();
        long start = System.nanoTime();
        known.state.removeExpiredProducers(Known.NOW + 1);
        long spent = System.nanoTime() - start;
        require(known.state.producerIdCount() == count);
        return spent;
    }

    /** All expire; then they are put back, and the clock stands. */
    long expireAll() {
        ProducerStateManager state = known.state;
        List<ProducerStateEntry> entries = List.copyOf(state.activeProducers().values());
        long start = System.nanoTime();
        state.removeExpiredProducers(Known.NOW + 2L * Known.DAY);
        long spent = System.nanoTime() - start;
        require(state.producerIdCount() == 0);
        entries.forEach(state::loadProducerEntry);
        return spent;
    }

    private File file() {
        return new File(dir, "00000000000000000010.snapshot");
    }

    /** Into a file that was not there. */
    long write() throws IOException {
        Files.deleteIfExists(file().toPath());
        long start = System.nanoTime();
        ProducerStateManager.writeSnapshot(file(), known.state.activeProducers(), false);
        return System.nanoTime() - start;
    }

    /** Into a file that keeps nothing. */
    long make() throws IOException {
        long start = System.nanoTime();
        ProducerStateManager.writeSnapshot(new File("/dev/null"), known.state.activeProducers(), false);
        return System.nanoTime() - start;
    }

    private void writeOnce() throws IOException {
        if (!file().exists()) {
            write();
        }
    }

    /** From the file to entries. */
    long read() throws IOException {
        writeOnce();
        long start = System.nanoTime();
        List<ProducerStateEntry> entries = ProducerStateManager.readSnapshot(file());
        long spent = System.nanoTime() - start;
        require(entries.size() == known.state.producerIdCount());
        return spent;
    }

    /** From the file to a state that is ready, as when a log is opened. */
    long load() throws IOException {
        writeOnce();
        ProducerStateManager state = Known.empty(dir);
        long start = System.nanoTime();
        state.truncateAndReload(0, 10, Known.NOW);
        long spent = System.nanoTime() - start;
        require(state.producerIdCount() == known.state.producerIdCount());
        return spent;
    }
}
