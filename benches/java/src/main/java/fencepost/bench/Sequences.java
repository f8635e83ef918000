package fencepost.bench;

/** Sequences wrap from 2147483647 to 0. */
final class Sequences {
    private Sequences() {
    }

    static int increment(int sequence, int by) {
        return (int) (((long) sequence + by) & Integer.MAX_VALUE);
    }

    static int decrement(int sequence, int by) {
        return (int) (((long) sequence - by) & Integer.MAX_VALUE);
    }
}
