package dev.brokerwire;

import dev.brokerwire.v1.OrderServiceGrpc;
import dev.brokerwire.v1.StreamOrdersItem;
import dev.brokerwire.v1.StreamOrdersRequest;
import dev.brokerwire.v1.StreamOrdersResponse;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Which orders a stream is about. All conditions must hold. */
public final class OrderStreamOptions extends StreamOptions<OrderStreamOptions> {
    private List<String> symbols = List.of();
    private List<String> clientOrderIds = List.of();
    private boolean fillsOnly;
    private Instant terminalSince;

    @Override
    OrderStreamOptions self() {
        return this;
    }

    public OrderStreamOptions symbols(String... symbols) {
        this.symbols = List.of(symbols);
        return this;
    }

    public OrderStreamOptions clientOrderIds(String... ids) {
        clientOrderIds = List.of(ids);
        return this;
    }

    /** Only events with a fill; the snapshot is then empty. */
    public OrderStreamOptions fillsOnly() {
        fillsOnly = true;
        return this;
    }

    /** The snapshot also has orders that ended at or after this time. */
    public OrderStreamOptions terminalSince(Instant time) {
        terminalSince = time;
        return this;
    }

    Feed<StreamOrdersRequest, StreamOrdersResponse, OrderEvent> feed(List<String> accounts) {
        return new Feed<>(
                OrderServiceGrpc.getStreamOrdersMethod(),
                OrderEvent.class,
                token -> request(accounts, token),
                m -> new Batch(
                        m.getItemsList().stream()
                                .map(OrderStreamOptions::read)
                                .filter(Objects::nonNull)
                                .toList(),
                        m.getResumeToken()),
                OrderEvent::accountId,
                false);
    }

    private StreamOrdersRequest request(List<String> accounts, String token) {
        dev.brokerwire.v1.StreamOptions.Builder options = message(token);
        if (terminalSince != null) {
            options.setIncludeTerminalSinceTime(Times.write(terminalSince));
        }
        return StreamOrdersRequest.newBuilder()
                .setOptions(options)
                .addAllAccountIds(accounts)
                .addAllSymbols(symbols)
                .addAllClientOrderIds(clientOrderIds)
                .setFillsOnly(fillsOnly)
                .build();
    }

    private static Item read(StreamOrdersItem item) {
        return switch (item.getItemCase()) {
            case EVENT -> OrderEvent.read(item.getEvent());
            case SNAPSHOT -> new Item.Snapshot<>(Order.read(true, item.getSnapshot()));
            case CONTROL -> Controls.read(item.getControl());
            default -> null;
        };
    }
}
