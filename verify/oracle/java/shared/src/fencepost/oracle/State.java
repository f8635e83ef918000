package fencepost.oracle;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;

import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogFileUtils;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.TxnMetadata;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** Everything a log knows of its producers, as one line. */
final class State {
    private static final Field ONGOING = field(ProducerStateManager.class, "ongoingTxns");
    private static final Field UNREPLICATED = field(ProducerStateManager.class, "unreplicatedTxns");
    private static final Field VERIFICATIONS = field(ProducerStateManager.class, "verificationStates");
    private static final Field SNAPSHOTS = field(ProducerStateManager.class, "snapshots");
    private static final Field LAST_SNAPSHOT = field(ProducerStateManager.class, "lastSnapOffset");
    private static final Field OLDEST = field(ProducerStateManager.class, "oldestTxnLastTimestamp");
    private static final Field WINDOW = field(ProducerStateEntry.class, "batchMetadata");

    private State() {
    }

    static Map<Long, VerificationStateEntry> verifications(ProducerStateManager manager) {
        return get(VERIFICATIONS, manager);
    }

    /** What can be told without the disk. */
    static void brief(KafkaLog log, Function<VerificationGuard, Integer> labels, StringBuilder out) {
        ProducerStateManager manager = log.producers();
        out.append("end=").append(log.end()).append(" start=").append(log.start());
        out.append(" hw=").append(log.highWatermark()).append(" lso=").append(log.lastStable());
        out.append(" unstable=");
        out.append(manager.firstUnstableOffset().map(offset -> Long.toString(offset.messageOffset)).orElse("-"));
        OptionalLong undecided = manager.firstUndecidedOffset();
        out.append(" undecided=").append(undecided.isPresent() ? Long.toString(undecided.getAsLong()) : "-");
        long lastSnapshot = State.<Long>get(LAST_SNAPSHOT, manager);
        out.append(" map=").append(manager.mapEndOffset());
        out.append(" due=").append(manager.mapEndOffset() > lastSnapshot ? 1 : 0);
        out.append(" empty=").append(manager.isEmpty() ? 1 : 0);
        long oldest = State.<Long>get(OLDEST, manager);
        // Late is asked of a clock before 2^62: what is as far away as that is never late, and nor is 0.
        out.append(" oldest=").append(oldest > 0 && oldest < 1L << 61 ? Long.toString(oldest) : "-");
        producers(log, manager, out);
        transactions(manager, out);
        verifications(log, manager, labels, out);
        Map<Long, ?> snapshots = get(SNAPSHOTS, manager);
        out.append(" snaps=");
        join(snapshots.keySet(), out);
        out.append(" segments=");
        join(log.segments().stream().map(LogSegment::baseOffset).toList(), out);
    }

    /** What is on the disk. */
    static void onDisk(KafkaLog log, File dir, StringBuilder out) throws IOException {
        List<Long> files = new ArrayList<>();
        String[] names = dir.list();
        for (String name : names == null ? new String[0] : names) {
            if (name.endsWith(".snapshot")) {
                files.add(Long.parseLong(name.substring(0, name.indexOf('.'))));
            }
        }
        files.sort(null);
        out.append(" files=");
        for (long offset : files) {
            byte[] bytes = Files.readAllBytes(LogFileUtils.producerSnapshotFile(dir, offset).toPath());
            out.append(offset).append(':').append(contents(bytes)).append(';');
        }
        out.append(" aborted=");
        for (LogSegment segment : log.segments()) {
            for (long[] aborted : log.aborted(segment)) {
                numbers(aborted, out).append(';');
            }
        }
    }

    /** Number and sum of a snapshot's entries, whose order means nothing; or that it is damaged. */
    private static String contents(byte[] bytes) {
        int header = 10;
        int length = 46;
        int count = bytes.length < header ? -1 : ByteBuffer.wrap(bytes).getInt(6);
        if (count < 0 || bytes.length != header + length * count) {
            return "damaged";
        }
        long sum = 0;
        for (int entry = 0; entry < count; entry++) {
            long hash = 0xcbf29ce484222325L;
            for (int at = 0; at < length; at++) {
                hash = (hash ^ (bytes[header + entry * length + at] & 0xff)) * 0x100000001b3L;
            }
            sum += hash;
        }
        return count + "," + Long.toHexString(sum);
    }

    private static void producers(KafkaLog log, ProducerStateManager manager, StringBuilder out) {
        out.append(" producers=");
        for (Map.Entry<Long, ProducerStateEntry> known : new TreeMap<>(manager.activeProducers()).entrySet()) {
            ProducerStateEntry entry = known.getValue();
            OptionalLong open = entry.currentTxnFirstOffset();
            out.append(known.getKey()).append(':').append(entry.producerEpoch());
            out.append(':').append(entry.coordinatorEpoch()).append(':').append(entry.lastTimestamp());
            out.append(':').append(open.isPresent() ? Long.toString(open.getAsLong()) : "-");
            Collection<BatchMetadata> window = get(WINDOW, entry);
            for (BatchMetadata batch : window) {
                out.append('/');
                numbers(log.batch(batch), out);
            }
            out.append(';');
        }
    }

    private static void transactions(ProducerStateManager manager, StringBuilder out) {
        TreeMap<Long, TxnMetadata> ongoing = get(ONGOING, manager);
        out.append(" ongoing=");
        ongoing.forEach((first, txn) -> out.append(first).append(':').append(txn.producerId).append(';'));
        TreeMap<Long, TxnMetadata> unreplicated = get(UNREPLICATED, manager);
        out.append(" ended=");
        unreplicated.forEach((first, txn) -> out.append(first).append(':').append(txn.producerId).append(':')
            .append(txn.lastOffset.orElse(-1)).append(';'));
    }

    private static void verifications(KafkaLog log, ProducerStateManager manager,
                                      Function<VerificationGuard, Integer> labels, StringBuilder out) {
        out.append(" guards=");
        Map<Long, VerificationStateEntry> entries = verifications(manager);
        if (entries.isEmpty()) {
            return;
        }
        for (Map.Entry<Long, VerificationStateEntry> known : new TreeMap<>(entries).entrySet()) {
            VerificationStateEntry entry = known.getValue();
            out.append(known.getKey()).append(':').append(labels.apply(entry.verificationGuard()));
            out.append(':').append(entry.timestamp()).append(':').append(entry.lowestSequence());
            out.append(':').append(entry.epoch()).append(':').append(log.supportsEpochBump(entry) ? 1 : 0).append(';');
        }
    }

    private static void join(Collection<Long> numbers, StringBuilder out) {
        for (long number : numbers) {
            out.append(number).append(';');
        }
    }

    static StringBuilder numbers(long[] numbers, StringBuilder out) {
        for (int at = 0; at < numbers.length; at++) {
            out.append(at == 0 ? "" : ",").append(numbers[at]);
        }
        return out;
    }

    private static Field field(Class<?> owner, String name) {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException missing) {
            throw new IllegalStateException(owner.getName() + " of this release has only "
                + Arrays.toString(owner.getDeclaredFields()), missing);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T get(Field field, Object owner) {
        try {
            return (T) field.get(owner);
        } catch (IllegalAccessException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
