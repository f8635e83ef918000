package fencepost.oracle;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.log.VerificationStateEntry;

/** One log at a time, and what the requests do to it. */
final class Session {
    private final File base;
    private final Clock clock = new Clock();
    private final Map<Integer, VerificationGuard> guards = new HashMap<>();
    private final Map<VerificationGuard, Integer> labels = new IdentityHashMap<>();
    private KafkaLog log;
    private File dir;
    private LogConfig config;
    private ProducerStateManagerConfig producers;
    private int maxTransactionMs;
    private Throwable last;

    Session(File base) {
        this.base = base;
    }

    /** A line that begins with '+' wants what is on the disk too. */
    void answer(String line, StringBuilder out) throws IOException {
        boolean all = line.startsWith("+");
        String[] words = (all ? line.substring(1) : line).split(" ");
        try {
            request(words, out);
        } catch (Exception | InternalError thrown) {
            last = thrown;
            out.append("err ").append(Errors.forException(thrown).code());
        }
        if (log == null || words[0].equals("why")) {
            return;
        }
        out.append(" | ");
        State.brief(log, this::label, out);
        if (all) {
            State.onDisk(log, dir, out);
        }
    }

    private void request(String[] words, StringBuilder out) throws IOException {
        switch (words[0]) {
            case "new" -> create(words);
            case "clock" -> clock.set(number(words[1]));
            case "leader" -> {
                appendAsLeader(words, out);
                return;
            }
            case "follower" -> {
                appendAsFollower(words, out);
                return;
            }
            case "verify" -> {
                VerificationGuard guard = log.verify(number(words[2]), Integer.parseInt(words[3]),
                    Short.parseShort(words[4]), words[5].equals("1"));
                if (!guard.equals(VerificationGuard.SENTINEL) && !labels.containsKey(guard)) {
                    guards.put(Integer.parseInt(words[1]), guard);
                    labels.put(guard, Integer.parseInt(words[1]));
                }
                out.append("guard ").append(label(guard));
                return;
            }
            case "verification" -> producers.setTransactionVerificationEnabled(words[1].equals("1"));
            case "hw" -> log.highWatermark(number(words[1]));
            case "start" -> log.logStart(number(words[1]));
            case "truncate" -> log.truncateTo(number(words[1]));
            case "restart-at" -> log.truncateFully(number(words[1]),
                words[2].equals("-") ? OptionalLong.empty() : OptionalLong.of(number(words[2])));
            case "roll" -> log.roll();
            case "retain" -> log.deleteOldSegments();
            case "expire" -> log.expire(clock.milliseconds());
            case "snapshot" -> log.producers().takeSnapshot();
            case "collect" -> {
                out.append("aborted ");
                for (long[] aborted : log.collectAborted(number(words[1]), number(words[2]))) {
                    State.numbers(aborted, out).append(';');
                }
                return;
            }
            case "reopen" -> reopen(words);
            case "why" -> {
                out.append(last == null ? "-" : last.toString().replace('\n', ' '));
                if (last != null && last.getStackTrace().length > 0) {
                    out.append(" at ").append(last.getStackTrace()[0]);
                }
                return;
            }
            case "release" -> {
                out.append(Release.NAME);
                return;
            }
            default -> throw new IllegalStateException("no such request: " + words[0]);
        }
        out.append("done");
    }

    /** new EXPIRATION MAX-TRANSACTION VERIFICATION RETENTION APPEND-TIME NOW */
    private void create(String[] words) throws IOException {
        end();
        guards.clear();
        labels.clear();
        dir = new File(base, "oracle-0");
        delete(dir);
        Files.createDirectories(dir.toPath());
        Map<String, String> settings = new HashMap<>();
        settings.put("segment.bytes", "1073741824");
        settings.put("segment.ms", Long.toString(Long.MAX_VALUE));
        settings.put("segment.index.bytes", "4096");
        settings.put("index.interval.bytes", Integer.toString(Integer.MAX_VALUE));
        settings.put("retention.ms", "-1");
        settings.put("retention.bytes", words[4]);
        settings.put("message.timestamp.type", words[5].equals("1") ? "LogAppendTime" : "CreateTime");
        settings.put("message.timestamp.before.max.ms", Long.toString(Long.MAX_VALUE));
        settings.put("message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
        config = new LogConfig(settings);
        producers = new ProducerStateManagerConfig(Integer.parseInt(words[1]), words[3].equals("1"));
        maxTransactionMs = Integer.parseInt(words[2]);
        clock.set(number(words[6]));
        open(0, 0, true);
    }

    private void open(long logStart, long recoveryPoint, boolean clean) throws IOException {
        log = new Release(new KafkaLog.Opening(dir, config, logStart, recoveryPoint, new NowScheduler(), clock,
            maxTransactionMs, producers, clean));
    }

    /** reopen CLEAN RECOVERY-POINT LOG-START FILES: k(eep), l(ose all snapshots), d(amage the newest) */
    private void reopen(String[] words) throws IOException {
        boolean clean = words[1].equals("1");
        // An active segment that was never written to has no offset index, and would be recovered even after a clean
        // shutdown. A broker rolls in order to write at once.
        log.active().offsetIndex();
        log.close(clean);
        log = null;
        if (!words[4].equals("k")) {
            hurt(words[4].equals("l"));
        }
        open(number(words[3]), number(words[2]), clean);
    }

    private void hurt(boolean all) throws IOException {
        List<File> files = new ArrayList<>();
        for (File file : dir.listFiles()) {
            if (file.getName().endsWith(".snapshot")) {
                files.add(file);
            }
        }
        files.sort(null);
        if (all) {
            for (File file : files) {
                Files.delete(file.toPath());
            }
        } else if (!files.isEmpty()) {
            File newest = files.get(files.size() - 1);
            byte[] bytes = Files.readAllBytes(newest.toPath());
            Files.write(newest.toPath(), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        }
    }

    /** leader ORIGIN GUARD VERSION BATCHES */
    private void appendAsLeader(String[] words, StringBuilder out) throws IOException {
        AppendOrigin origin = AppendOrigin.valueOf(words[1]);
        VerificationGuard guard = guards.getOrDefault(Integer.parseInt(words[2]), VerificationGuard.SENTINEL);
        short version = Short.parseShort(words[3]);
        ByteBuffer batches = bytes(words[4]);
        append(out, origin == AppendOrigin.CLIENT, () -> log.appendAsLeader(batches, origin, guard, version));
    }

    /** follower LEADER-EPOCH BATCHES */
    private void appendAsFollower(String[] words, StringBuilder out) throws IOException {
        ByteBuffer batches = bytes(words[2]);
        append(out, false, () -> log.appendAsFollower(batches, Integer.parseInt(words[1])));
    }

    private interface Appending {
        LogAppendInfo append() throws IOException;
    }

    private void append(StringBuilder out, boolean client, Appending appending) throws IOException {
        Map<Long, VerificationStateEntry> entries = State.verifications(log.producers());
        Map<Long, VerificationStateEntry> before = entries.isEmpty() ? Map.of() : new HashMap<>(entries);
        long end = log.end();
        try {
            LogAppendInfo info = appending.append();
            boolean duplicate = client && log.end() == end;
            out.append(duplicate ? "dup " : "ok ").append(info.firstOffset()).append(' ').append(info.lastOffset());
            out.append(' ').append(info.logAppendTime());
        } catch (Exception thrown) {
            last = thrown;
            out.append("err ").append(Errors.forException(thrown).code());
            restore(before, entries, out);
        }
    }

    /**
     * The one masked deviation: Kafka clears a verification while it validates, even if the append then fails. What
     * it cleared is named, and put back.
     */
    private void restore(Map<Long, VerificationStateEntry> before, Map<Long, VerificationStateEntry> after,
                         StringBuilder out) {
        if (before.size() == after.size()) {
            return;
        }
        List<Integer> cleared = new ArrayList<>();
        before.forEach((producerId, entry) -> {
            if (after.putIfAbsent(producerId, entry) == null) {
                cleared.add(label(entry.verificationGuard()));
            }
        });
        cleared.sort(null);
        out.append(" cleared");
        cleared.forEach(label -> out.append(' ').append(label));
    }

    private int label(VerificationGuard guard) {
        return labels.getOrDefault(guard, 0);
    }

    void end() {
        if (log != null) {
            log.close(false);
            log = null;
        }
    }

    static void delete(File file) throws IOException {
        File[] children = file.listFiles();
        if (children != null) {
            for (File child : children) {
                delete(child);
            }
        }
        Files.deleteIfExists(file.toPath());
    }

    private static long number(String word) {
        return Long.parseLong(word);
    }

    private static ByteBuffer bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int at = 0; at < bytes.length; at++) {
            int high = Character.digit(hex.charAt(2 * at), 16);
            bytes[at] = (byte) (high << 4 | Character.digit(hex.charAt(2 * at + 1), 16));
        }
        return ByteBuffer.wrap(bytes);
    }
}
