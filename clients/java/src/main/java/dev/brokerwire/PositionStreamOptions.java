package dev.brokerwire;

import dev.brokerwire.v1.PositionServiceGrpc;
import dev.brokerwire.v1.StreamPositionsItem;
import dev.brokerwire.v1.StreamPositionsRequest;
import dev.brokerwire.v1.StreamPositionsResponse;
import java.util.List;
import java.util.Objects;

/** Which positions a stream is about. */
public final class PositionStreamOptions extends StreamOptions<PositionStreamOptions> {
    private List<String> symbols = List.of();
    private boolean priceChanges;

    @Override
    PositionStreamOptions self() {
        return this;
    }

    public PositionStreamOptions symbols(String... symbols) {
        this.symbols = List.of(symbols);
        return this;
    }

    /** Also changes of price alone, at most one per position and second. */
    public PositionStreamOptions priceChanges() {
        priceChanges = true;
        return this;
    }

    Feed<StreamPositionsRequest, StreamPositionsResponse, PositionEvent> feed(List<String> accounts) {
        return new Feed<>(
                PositionServiceGrpc.getStreamPositionsMethod(),
                PositionEvent.class,
                token -> StreamPositionsRequest.newBuilder()
                        .setOptions(message(token))
                        .addAllAccountIds(accounts)
                        .addAllSymbols(symbols)
                        .setIncludePriceChanges(priceChanges)
                        .build(),
                m -> new Batch(
                        m.getItemsList().stream()
                                .map(PositionStreamOptions::read)
                                .filter(Objects::nonNull)
                                .toList(),
                        m.getResumeToken()),
                event -> List.of(event.accountId(), event.position().symbol()),
                true);
    }

    private static Item read(StreamPositionsItem item) {
        return switch (item.getItemCase()) {
            case EVENT -> PositionEvent.read(item.getEvent());
            case SNAPSHOT -> new Item.Snapshot<>(Position.read(true, item.getSnapshot()));
            case CONTROL -> Controls.read(item.getControl());
            default -> null;
        };
    }
}
