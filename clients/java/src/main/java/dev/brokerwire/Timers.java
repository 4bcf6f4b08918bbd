package dev.brokerwire;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One daemon thread for what is due later and never blocks. */
final class Timers {
    private static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "brokerwire-timer");
        thread.setDaemon(true);
        return thread;
    });

    static {
        THREAD.setRemoveOnCancelPolicy(true);
    }

    private Timers() {}

    static void soon(Runnable task) {
        THREAD.execute(task);
    }

    static void after(Duration delay, Runnable task) {
        THREAD.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
