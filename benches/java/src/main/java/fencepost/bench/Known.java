package fencepost.bench;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.Duplicates;
import org.apache.kafka.storage.internals.log.ProducerAppendInfo;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;

/**
 * Kafka's producer state with five batches of every producer, and the operations on it: what a broker's log does with
 * these classes for one batch of a client, and nothing else of the log.
 */
final class Known {
    static final long NOW = 1_700_000_000_000L;
    static final int DAY = 86_400_000;
    static final int RECORDS = 10;
    static final long FIRST_ID = 4_000;
    private static final int WINDOW = 5;

    /** Read where the compiler can't know that it is 0. */
    private static volatile int zero = 0;

    final ProducerStateManager state;
    private final int producers;
    private final int[] next;
    private Header[] batches = {};
    private long end;
    private long fresh;

    Known(int producers, File dir) throws IOException {
        this.producers = producers;
        this.next = new int[producers];
        this.state = empty(dir);
        this.fresh = FIRST_ID + producers;
        for (int batch = 0; batch < WINDOW; batch++) {
            for (int n = 0; n < producers; n++) {
                batches = new Header[] {nextOf(n)};
                admitAndRecord();
            }
        }
        batches = new Header[0];
    }

    static ProducerStateManager empty(File dir) throws IOException {
        ProducerStateManagerConfig config = new ProducerStateManagerConfig(DAY, true);
        return new ProducerStateManager(new TopicPartition("t", 0), dir, 900_000, config, Time.SYSTEM);
    }

    private Header nextOf(int n) {
        Header batch = new Header(FIRST_ID + n, next[n], RECORDS, NOW);
        next[n] = Sequences.increment(next[n], RECORDS);
        return batch;
    }

    private static Header of(int n, int sequence) {
        return new Header(FIRST_ID + n, sequence, RECORDS, NOW);
    }

    /** Makes a round's batches; the draws are those of the Rust side. */
    void prepare(String operation, long seed, int count) {
        Draw draw = new Draw(seed);
        int[] picks = new int[count];
        for (int i = 0; i < count; i++) {
            picks[i] = draw.below(producers);
        }
        batches = new Header[count];
        for (int i = 0; i < count; i++) {
            int n = picks[i];
            batches[i] = switch (operation) {
                case "admit", "admit-serial" -> nextOf(n);
                case "duplicate", "duplicate-serial" ->
                    of(n, Sequences.decrement(next[n], RECORDS * (1 + draw.below(WINDOW))));
                case "refusal" -> of(n, Sequences.increment(next[n], RECORDS));
                default -> throw new IllegalArgumentException(operation);
            };
        }
    }

    /** How many operations gave what they are named after. */
    int run(String operation) {
        return switch (operation) {
            case "admit" -> admitAndRecord();
            case "admit-serial" -> admitAndRecordSerially();
            case "duplicate" -> findDuplicates();
            case "duplicate-serial" -> findDuplicatesSerially();
            case "refusal" -> refuse();
            default -> throw new IllegalArgumentException(operation);
        };
    }

    /** The look for a duplicate, the decision, and the update, as the log's append goes through them. */
    private void append(Header batch) {
        Optional<ProducerStateEntry> entry = state.lastEntry(batch.producerId());
        if (entry.isPresent() && Duplicates.find(entry.get(), batch).isPresent()) {
            throw new IllegalStateException("a duplicate");
        }
        batch.place(end);
        ProducerAppendInfo update = state.prepareUpdate(batch.producerId(), AppendOrigin.CLIENT);
        update.append(batch, Optional.empty());
        state.update(update);
        end += RECORDS;
        state.updateMapEndOffset(end);
    }

    private int admitAndRecord() {
        for (Header batch : batches) {
            append(batch);
        }
        return batches.length;
    }

    private int admitAndRecordSerially() {
        int none = zero;
        int carry = 0;
        for (int at = 0; at < batches.length; at++) {
            Header batch = batches[at + carry];
            append(batch);
            carry = state.lastEntry(batch.producerId()).get().coordinatorEpoch() & none;
        }
        return batches.length;
    }

    private int findDuplicates() {
        int done = 0;
        for (Header batch : batches) {
            Optional<BatchMetadata> seen = Duplicates.find(state.lastEntry(batch.producerId()).get(), batch);
            if (seen.isPresent() && seen.get().timestamp() == NOW) {
                done++;
            }
        }
        return done;
    }

    private int findDuplicatesSerially() {
        int none = zero;
        int carry = 0;
        int done = 0;
        for (int at = 0; at < batches.length; at++) {
            Header batch = batches[at + carry];
            BatchMetadata seen = Duplicates.find(state.lastEntry(batch.producerId()).get(), batch).orElse(null);
            if (seen != null) {
                done++;
                carry = (int) (seen.timestamp() ^ seen.lastOffset()) & none;
            }
        }
        return done;
    }

    private int refuse() {
        int done = 0;
        for (Header batch : batches) {
            try {
                append(batch);
            } catch (OutOfOrderSequenceException refused) {
                done++;
            }
        }
        return done;
    }

    /** New producers, as many as a sixteenth of the known ones at a time; then they expire, and the clock stands. */
    long admitNew(int count) {
        long spent = 0;
        for (int left = count; left > 0;) {
            batches = new Header[Math.min(left, Math.max(producers / 16, 1))];
            for (int i = 0; i < batches.length; i++) {
                batches[i] = new Header(fresh++, 0, RECORDS, NOW - DAY / 2);
            }
            left -= batches.length;
            long start = System.nanoTime();
            admitAndRecord();
            spent += System.nanoTime() - start;
            state.removeExpiredProducers(NOW + DAY / 2);
            if (state.producerIdCount() != producers) {
                throw new IllegalStateException("only the new ones expire");
            }
        }
        return spent;
    }
}
