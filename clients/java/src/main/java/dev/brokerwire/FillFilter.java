package dev.brokerwire;

import dev.brokerwire.v1.ListFillsRequest;
import dev.brokerwire.v1.SortOrder;
import java.util.List;
import java.util.Objects;

/** Which fills a list has, busts and corrections included. All conditions must hold; newest first. */
public final class FillFilter {
    private final ListFillsRequest.Builder m =
            ListFillsRequest.newBuilder().setSortOrder(SortOrder.SORT_ORDER_NEWEST_FIRST);
    private String account = "";

    public FillFilter orderId(String id) {
        m.setOrderId(id);
        return this;
    }

    public FillFilter symbols(String... symbols) {
        m.clearSymbols().addAllSymbols(List.of(symbols));
        return this;
    }

    public FillFilter oldestFirst() {
        m.setSortOrder(SortOrder.SORT_ORDER_OLDEST_FIRST);
        return this;
    }

    /** How many are read at once; the gateway's default without it. */
    public FillFilter pageSize(int size) {
        m.setPageSize(size);
        return this;
    }

    /** Without it: the client's own, or all. */
    public FillFilter account(String id) {
        account = Objects.requireNonNull(id);
        return this;
    }

    String account() {
        return account;
    }

    ListFillsRequest message(List<String> accounts) {
        return m.build().toBuilder().addAllAccountIds(accounts).build();
    }
}
