package fencepost.bench;

/** Splitmix64 as the Rust side draws it, so that both take the same producers in the same order. */
final class Draw {
    private long state;

    Draw(long seed) {
        state = seed;
    }

    /** A number below {@code bound}. */
    int below(int bound) {
        state += 0x9E3779B97F4A7C15L;
        long n = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        n = (n ^ (n >>> 27)) * 0x94D049BB133111EBL;
        n ^= n >>> 31;
        return (int) (((n >>> 32) * bound) >>> 32);
    }
}
