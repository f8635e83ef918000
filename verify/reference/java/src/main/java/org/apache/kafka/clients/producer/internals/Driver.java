package org.apache.kafka.clients.producer.internals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.AppInfoParser;

/** A request a line on stdin, an answer a line on stdout; see README.md. */
public final class Driver {
    private Session session;
    private TransactionalRequestResult result;
    private boolean initializing;
    private long watch;
    private Throwable last;

    private Driver() {
    }

    /** Runs on a thread of the sender's kind, because Kafka treats that one differently. */
    public static void main(String[] args) throws InterruptedException {
        Thread thread = new Sender.SenderThread("driver", () -> new Driver().serve(), false);
        thread.start();
        thread.join();
    }

    private void serve() {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(answer(line));
                if (!in.ready()) {
                    out.flush();
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        out.flush();
    }

    private String answer(String line) {
        String[] words = line.trim().split("\\s+");
        try {
            return obey(words);
        } catch (Throwable e) {
            last = e;
            return "threw " + e.getClass().getSimpleName();
        }
    }

    private String obey(String[] words) throws Throwable {
        switch (words[0]) {
            case "new" -> {
                session = new Session(words);
                result = null;
                return session.order();
            }
            case "append" -> {
                return append(words);
            }
            case "loop" -> {
                return loop(words.length > 1 ? Integer.parseInt(words[1]) : 1);
            }
            case "answer" -> Answers.produce(session, words);
            case "disconnect", "timeout", "unsupported" -> Answers.lose(session, words);
            case "lost" -> Answers.lost(session, words);
            case "identity", "coordinator", "added", "offsets", "offset-commit", "ended" ->
                    Answers.other(session, words);
            case "clock" -> session.clock.advance(Long.parseLong(words[1]));
            case "leader" -> {
                session.leader(number(words, 1), number(words, 2), number(words, 3));
                return session.order();
            }
            case "node" -> session.wire.turn(number(words, 1), words[2].equals("up"));
            case "init", "begin", "commit", "abort", "send-offsets", "add" -> call(words);
            case "flush" -> session.accumulator.beginFlush();
            case "skip", "bump", "fatal", "fail", "mark" -> push(words);
            default -> {
                return ask(words);
            }
        }
        return "done";
    }

    private static int number(String[] words, int at) {
        return Integer.parseInt(words[at]);
    }

    /** As `KafkaProducer.send` does: first the record, then the partition. */
    private String append(String[] words) throws Throwable {
        int size = words.length > 3 ? number(words, 3) : 8;
        String name = session.append(number(words, 1), number(words, 2), size);
        if (session.manager == null) {
            return name;
        }
        try {
            outside(() -> session.manager.maybeAddPartition(Session.partition(number(words, 1))));
        } catch (RuntimeException e) {
            last = e;
            return name + " refused " + Session.code(e);
        }
        return name;
    }

    private String loop(int times) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            String threw = "";
            try {
                session.sender.runOnce();
            } catch (RuntimeException e) {
                last = e;
                threw = "threw " + e.getClass().getSimpleName();
            }
            session.wire.fresh().forEach(flight -> all.add(flight.toString()));
            if (!threw.isEmpty()) {
                all.add(threw);
            }
        }
        return all.isEmpty() ? "idle" : String.join(" ", all);
    }

    /** Calls of the application, on a thread that is not the sender's. */
    private void call(String[] words) throws Throwable {
        TransactionManager manager = session.manager;
        switch (words[0]) {
            case "init" -> {
                outside(() -> result = manager.initializeTransactions(false));
                initializing = true;
            }
            case "begin" -> outside(manager::beginTransaction);
            case "commit" -> outside(() -> result = manager.beginCommit());
            case "abort" -> outside(() -> result = manager.beginAbort());
            case "add" -> outside(() -> manager.maybeAddPartition(Session.partition(number(words, 1))));
            default -> outside(() -> result = manager.sendOffsetsToTransaction(
                    Map.of(Session.partition(number(words, 2)), new OffsetAndMetadata(1)),
                    new ConsumerGroupMetadata(words[1])));
        }
    }

    private void outside(Runnable call) throws Throwable {
        if (!session.manager.isTransactional()) {
            call.run();
            return;
        }
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                call.run();
            } catch (Throwable e) {
                thrown[0] = e;
            }
        });
        thread.start();
        thread.join();
        if (thrown[0] != null) {
            throw thrown[0];
        }
    }

    /** What Kafka's own tests also do from inside the package. */
    private void push(String[] words) {
        TransactionManager manager = session.manager;
        if (words[0].equals("skip") || words[0].equals("bump")) {
            // The question makes the partition known.
            manager.sequenceNumber(Session.partition(number(words, 1)));
        }
        switch (words[0]) {
            case "skip" -> manager.incrementSequenceNumber(Session.partition(number(words, 1)), number(words, 2));
            case "bump" -> manager.requestIdempotentEpochBumpForPartition(Session.partition(number(words, 1)));
            case "fatal" -> manager.transitionToFatalError(Errors.forCode(Short.parseShort(words[1])).exception());
            case "mark" -> manager.markSequenceUnresolved(session.batch(words[1]));
            default -> manager.handleFailedBatch(
                    session.batch(words[1]), Errors.forCode(Short.parseShort(words[2])).exception(),
                    words[3].equals("adjust"));
        }
    }

    private String ask(String[] words) {
        return switch (words[0]) {
            case "state" -> Shown.partition(session, number(words, 1));
            case "manager" -> Shown.manager(session);
            case "transaction" -> Shown.transaction(session);
            case "flights" -> Shown.flights(session);
            case "outcomes" -> session.told.take();
            case "last-sequence" -> Integer.toString(session.batch(words[1]).lastSequence());
            case "advance" -> Integer.toString(
                    org.apache.kafka.common.record.internal.DefaultRecordBatch.incrementSequence(
                            number(words, 1), number(words, 2)));
            case "time" -> Long.toString(
                    new Timing(session.manager, number(words, 1)).round(number(words, 2), number(words, 3)));
            case "result", "await" -> result(words[0].equals("await"));
            case "watch" -> {
                watch = session.clock.milliseconds();
                yield "done";
            }
            case "passed" -> Long.toString(session.clock.milliseconds() - watch);
            case "now" -> Long.toString(session.clock.milliseconds() - 1_000_000);
            case "release" -> AppInfoParser.getVersion();
            case "why" -> why();
            default -> "unknown";
        };
    }

    /** What became of the last call; `await` also takes note of it, as the application does. */
    private String result(boolean await) {
        if (!result.isCompleted()) {
            return "pending";
        }
        if (await) {
            try {
                result.await(0, TimeUnit.MILLISECONDS, "driver");
            } catch (RuntimeException e) {
                last = e;
            }
            if (initializing && result.isSuccessful()) {
                // `KafkaProducer.initTransactions` ends with this.
                session.manager.maybeUpdateTransactionV2Enabled(true);
            }
            initializing = false;
        }
        return result.isSuccessful() ? "ok" : "failed " + Session.code(result.error());
    }

    private String why() {
        if (last == null) {
            return "nothing";
        }
        String where = List.of(last.getStackTrace()).stream().limit(5)
                .map(StackTraceElement::toString).collect(Collectors.joining(" < "));
        return (last + " at " + where).replace('\n', ' ');
    }
}
