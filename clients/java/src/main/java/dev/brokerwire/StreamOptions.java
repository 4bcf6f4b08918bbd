package dev.brokerwire;

import dev.brokerwire.v1.AccountSequence;
import dev.brokerwire.v1.OnGap;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How a stream starts; without any: a snapshot, then live. */
public abstract sealed class StreamOptions<S extends StreamOptions<S>>
        permits OrderStreamOptions, PositionStreamOptions, EventStreamOptions {
    private final Map<String, Long> minSequences = new HashMap<>();
    private boolean skipSnapshot;
    private boolean failOnGap;
    private Duration heartbeat;
    private String account = "";
    TokenStore tokenStore;

    abstract S self();

    /** Only what happens from now on; of the journal's events instead: not from the oldest entry on. */
    public S skipSnapshot() {
        skipSnapshot = true;
        return self();
    }

    /**
     * The longest silence, 1 s to 60 s; the gateway's 15 s without it. After 2.5 times as long without any message the
     * stream connects anew.
     */
    public S heartbeat(Duration interval) {
        heartbeat = interval;
        return self();
    }

    /** When a token cannot be honoured, fail with StreamGap instead of starting over with a snapshot. */
    public S failOnGap() {
        failOnGap = true;
        return self();
    }

    /** The snapshot reflects at least this sequence of the account. */
    public S minSequence(String account, long sequence) {
        minSequences.put(account, sequence);
        return self();
    }

    /** Where to go on after a restart of the program. */
    public S tokenStore(TokenStore store) {
        tokenStore = store;
        return self();
    }

    /** Without it: the client's own, or all. */
    public S account(String id) {
        account = Objects.requireNonNull(id);
        return self();
    }

    String account() {
        return account;
    }

    dev.brokerwire.v1.StreamOptions.Builder message(String token) {
        dev.brokerwire.v1.StreamOptions.Builder m = dev.brokerwire.v1.StreamOptions.newBuilder()
                .setResumeToken(token)
                .setSkipSnapshot(skipSnapshot)
                .setOnGap(failOnGap ? OnGap.ON_GAP_FAIL : OnGap.ON_GAP_RESNAPSHOT)
                .addAllMinSequences(sequences(minSequences));
        if (heartbeat != null) {
            m.setHeartbeatInterval(Times.write(heartbeat));
        }
        return m;
    }

    static List<AccountSequence> sequences(Map<String, Long> byAccount) {
        return byAccount.entrySet().stream()
                .map(entry -> AccountSequence.newBuilder()
                        .setAccountId(entry.getKey())
                        .setSequence(entry.getValue())
                        .build())
                .toList();
    }
}
