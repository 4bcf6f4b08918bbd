package dev.brokerwire;

import dev.brokerwire.v1.EventServiceGrpc;
import dev.brokerwire.v1.EventType;
import dev.brokerwire.v1.StreamEventsItem;
import dev.brokerwire.v1.StreamEventsRequest;
import dev.brokerwire.v1.StreamEventsResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Which entries of the journal a stream has. */
public final class EventStreamOptions extends StreamOptions<EventStreamOptions> {
    private final Map<String, Long> after = new HashMap<>();
    private List<EventType> types = List.of();

    @Override
    EventStreamOptions self() {
        return this;
    }

    public EventStreamOptions types(List<EventType> types) {
        this.types = List.copyOf(types);
        return this;
    }

    /** Begins after this sequence of the account. */
    public EventStreamOptions after(String account, long sequence) {
        after.put(account, sequence);
        return this;
    }

    Feed<StreamEventsRequest, StreamEventsResponse, JournalEvent> feed(List<String> accounts) {
        return new Feed<>(
                EventServiceGrpc.getStreamEventsMethod(),
                JournalEvent.class,
                token -> StreamEventsRequest.newBuilder()
                        .setOptions(message(token))
                        .addAllAccountIds(accounts)
                        .addAllTypes(types)
                        .addAllAfterSequences(sequences(after))
                        .build(),
                m -> new Batch(
                        m.getItemsList().stream()
                                .map(EventStreamOptions::read)
                                .filter(Objects::nonNull)
                                .toList(),
                        m.getResumeToken()),
                JournalEvent::accountId,
                false);
    }

    private static Item read(StreamEventsItem item) {
        return switch (item.getItemCase()) {
            case EVENT -> JournalEvent.read(item.getEvent());
            case CONTROL -> Controls.read(item.getControl());
            default -> null;
        };
    }
}
