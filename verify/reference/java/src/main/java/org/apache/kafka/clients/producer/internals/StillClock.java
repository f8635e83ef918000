package org.apache.kafka.clients.producer.internals;

import org.apache.kafka.common.utils.Time;

/** A clock that moves when it is told to, and when Kafka sleeps. */
final class StillClock implements Time {
    private long now = 1_000_000;

    void advance(long ms) {
        now += ms;
    }

    @Override
    public long milliseconds() {
        return now;
    }

    @Override
    public long nanoseconds() {
        return now * 1_000_000;
    }

    @Override
    public void sleep(long ms) {
        now += ms;
    }
}
