package dev.brokerwire;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Times of the contract, to the nanosecond. */
final class Times {
    private Times() {}

    static Instant read(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    static Duration read(com.google.protobuf.Duration time) {
        return Duration.ofSeconds(time.getSeconds(), time.getNanos());
    }

    static Timestamp write(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    static com.google.protobuf.Duration write(Duration time) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(time.getSeconds())
                .setNanos(time.getNano())
                .build();
    }
}
