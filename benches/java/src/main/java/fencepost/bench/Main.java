package fencepost.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Does a round of operations for each line of input, and answers with the nanoseconds it took.
 *
 * <pre>
 * open PRODUCERS              makes the state: answers heap bytes of all of it
 * known OPERATION SEED COUNT  COUNT operations on producers drawn from SEED
 * new COUNT                   COUNT new producers
 * pass NAME                   sweep, expire-all, write, make, read, load
 * segment FILE                takes a log segment
 * walk headers|checked        over that segment
 * log DIR PRODUCERS END       takes a folder with one segment
 * recover                     that log after a crash
 * replay                      that log after a clean shutdown, with a snapshot of its begin
 * </pre>
 */
public final class Main {
    private final File dir;
    private Known known;
    private Passes passes;
    private Wires wires;
    private Recovery recovery;

    private Main(File dir) {
        this.dir = dir;
    }

    public static void main(String[] arguments) throws IOException {
        Main bed = new Main(new File(arguments[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(bed.answer(line.split(" ")));
            System.out.flush();
        }
    }

    private long answer(String[] words) throws IOException {
        return switch (words[0]) {
            case "open" -> open(Integer.parseInt(words[1]));
            case "known" -> round(words[1], Long.parseUnsignedLong(words[2]), Integer.parseInt(words[3]));
            case "new" -> known.admitNew(Integer.parseInt(words[1]));
            case "pass" -> pass(words[1]);
            case "segment" -> segment(words[1]);
            case "walk" -> wires.walk(words[1].equals("checked"));
            case "log" -> log(words[1], Integer.parseInt(words[2]), Long.parseLong(words[3]));
            case "recover" -> recovery.recover();
            case "replay" -> recovery.replay();
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private long open(int producers) throws IOException {
        passes = null;
        known = null;
        long before = heap();
        known = new Known(producers, dir);
        // The bed keeps a sequence of each producer; that is not Kafka's.
        long taken = heap() - before - 4L * producers;
        passes = new Passes(known, dir);
        return taken;
    }

    /** Bytes of living objects. */
    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private long round(String operation, long seed, int count) {
        known.prepare(operation, seed, count);
        long start = System.nanoTime();
        int done = known.run(operation);
        long spent = System.nanoTime() - start;
        if (done != count) {
            throw new IllegalStateException(operation + ": " + done + " of " + count);
        }
        return spent;
    }

    private long pass(String name) throws IOException {
        return switch (name) {
            case "sweep" -> passes.sweep();
            case "expire-all" -> passes.expireAll();
            case "write" -> passes.write();
            case "make" -> passes.make();
            case "read" -> passes.read();
            case "load" -> passes.load();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private long log(String dir, int producers, long end) {
        recovery = new Recovery(new File(dir), producers, end);
        return 0;
    }

    private long segment(String file) throws IOException {
        wires = new Wires(Path.of(file));
        return 0;
    }
}
