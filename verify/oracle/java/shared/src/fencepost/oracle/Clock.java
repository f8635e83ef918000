package fencepost.oracle;

import java.util.function.Supplier;

import org.apache.kafka.common.utils.Time;

/** A clock that stands until it is set. */
final class Clock implements Time {
    private long now;

    void set(long millis) {
        now = millis;
    }

    @Override
    public long milliseconds() {
        return now;
    }

    @Override
    public long hiResClockMs() {
        return now;
    }

    @Override
    public long nanoseconds() {
        return now * 1_000_000;
    }

    @Override
    public void sleep(long millis) {
        now += millis;
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadline) {
        throw new UnsupportedOperationException("nothing waits here");
    }
}
