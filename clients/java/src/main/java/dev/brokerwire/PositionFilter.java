package dev.brokerwire;

import dev.brokerwire.v1.ListPositionsRequest;
import java.util.List;
import java.util.Objects;

/** Which positions a list has. */
public final class PositionFilter {
    private final ListPositionsRequest.Builder m = ListPositionsRequest.newBuilder();
    private String account = "";

    public PositionFilter symbols(String... symbols) {
        m.clearSymbols().addAllSymbols(List.of(symbols));
        return this;
    }

    /** How many are read at once; the gateway's default without it. */
    public PositionFilter pageSize(int size) {
        m.setPageSize(size);
        return this;
    }

    /** Without it: the client's own, or all. */
    public PositionFilter account(String id) {
        account = Objects.requireNonNull(id);
        return this;
    }

    String account() {
        return account;
    }

    ListPositionsRequest message(List<String> accounts) {
        return m.build().toBuilder().addAllAccountIds(accounts).build();
    }
}
