package dev.brokerwire;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once. */
final class Backoff {
    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(2);

    private Duration next = FIRST;

    /** A connection has proved itself. */
    void reset() {
        next = FIRST;
    }

    Duration delay() {
        Duration longest = next;
        Duration doubled = longest.multipliedBy(2);
        next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return jittered(longest);
    }

    /** Between half of a time and all of it. */
    static Duration jittered(Duration time) {
        long half = time.toNanos() / 2;
        return Duration.ofNanos(half + ThreadLocalRandom.current().nextLong(half + 1));
    }
}
