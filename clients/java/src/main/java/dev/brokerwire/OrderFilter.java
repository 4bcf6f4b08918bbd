package dev.brokerwire;

import dev.brokerwire.v1.ListOrdersRequest;
import dev.brokerwire.v1.OrderState;
import dev.brokerwire.v1.SortOrder;
import java.util.List;
import java.util.Objects;

/** Which orders a list has. All conditions must hold; newest first. */
public final class OrderFilter {
    private final ListOrdersRequest.Builder m =
            ListOrdersRequest.newBuilder().setSortOrder(SortOrder.SORT_ORDER_NEWEST_FIRST);
    private String account = "";

    public OrderFilter openOnly() {
        m.setOpenOnly(true);
        return this;
    }

    public OrderFilter states(OrderState... states) {
        m.clearStates().addAllStates(List.of(states));
        return this;
    }

    public OrderFilter symbols(String... symbols) {
        m.clearSymbols().addAllSymbols(List.of(symbols));
        return this;
    }

    public OrderFilter clientOrderIds(String... ids) {
        m.clearClientOrderIds().addAllClientOrderIds(List.of(ids));
        return this;
    }

    public OrderFilter parentOrderId(String id) {
        m.setParentOrderId(id);
        return this;
    }

    public OrderFilter oldestFirst() {
        m.setSortOrder(SortOrder.SORT_ORDER_OLDEST_FIRST);
        return this;
    }

    /** How many are read at once; the gateway's default without it. */
    public OrderFilter pageSize(int size) {
        m.setPageSize(size);
        return this;
    }

    /** Without it: the client's own, or all. */
    public OrderFilter account(String id) {
        account = Objects.requireNonNull(id);
        return this;
    }

    String account() {
        return account;
    }

    ListOrdersRequest message(List<String> accounts) {
        return m.build().toBuilder().addAllAccountIds(accounts).build();
    }
}
