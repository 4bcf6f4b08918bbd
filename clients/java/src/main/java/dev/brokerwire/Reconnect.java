package dev.brokerwire;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.time.Duration;

/**
 * Connects a channel again after 0.2 s to 2 s. grpc-java's own back-off begins with a second, grows to two minutes, and
 * cannot be set; but it can be cut short.
 */
final class Reconnect {
    private static final Duration FIRST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final ManagedChannel channel;
    private Duration next = FIRST;
    private boolean scheduled;

    private Reconnect(ManagedChannel channel) {
        this.channel = channel;
    }

    static void watch(ManagedChannel channel) {
        new Reconnect(channel).changed();
    }

    private synchronized void changed() {
        ConnectivityState state = channel.getState(false);
        if (state == ConnectivityState.SHUTDOWN) {
            return;
        }
        if (state == ConnectivityState.READY) {
            next = FIRST;
        } else if (state == ConnectivityState.TRANSIENT_FAILURE) {
            schedule();
        }
        channel.notifyWhenStateChanged(state, this::changed);
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            Timers.after(Backoff.jittered(next), this::again);
            Duration doubled = next.multipliedBy(2);
            next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        }
    }

    /** A channel stays in failure while it tries, so this goes on until it is through. */
    private synchronized void again() {
        scheduled = false;
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff();
            schedule();
        }
    }
}
