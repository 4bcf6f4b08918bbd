package dev.brokerwire.driver;

import dev.brokerwire.BrokerwireClient;
import dev.brokerwire.Event;
import dev.brokerwire.OrderRequest;
import dev.brokerwire.ResumableStream;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The bare loops that are measured. */
final class Timing {
    private Timing() {}

    /** Submits orders one after another, and tells how long each call took. */
    static Object submits(BrokerwireClient client, List<OrderRequest> requests) {
        long[] times = new long[requests.size()];
        for (int i = 0; i < times.length; i++) {
            long begun = System.nanoTime();
            client.submit(requests.get(i));
            times[i] = System.nanoTime() - begun;
        }
        return Map.of("nanoseconds", times);
    }

    /** Reads so many events of a stream, and tells how long it took from the first to the last. */
    static Object events(ResumableStream<?> stream, int count) {
        Iterator<? extends Event> events = stream.events().iterator();
        events.next();
        long begun = System.nanoTime();
        for (int left = count - 1; left > 0; left--) {
            events.next();
        }
        return Map.of("nanoseconds", System.nanoTime() - begun);
    }
}
