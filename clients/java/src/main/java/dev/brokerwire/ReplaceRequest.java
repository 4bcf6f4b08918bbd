package dev.brokerwire;

import dev.brokerwire.Decimals.Given;
import dev.brokerwire.v1.ReplaceOrderRequest;
import dev.brokerwire.v1.TimeInForce;
import java.math.BigDecimal;
import java.util.Objects;

/**
 * Changes of an open order; what is absent stays as it is. Like an {@link OrderRequest} it has its idempotency key from
 * the beginning: sending the same object again is safe.
 */
public final class ReplaceRequest {
    private String newClientOrderId = OrderRequest.newId();
    private Long expectedVersion;
    private Given quantity;
    private Given limitPrice;
    private Given stopPrice;
    private Given trailAmount;
    private Given trailPercent;
    private TimeInForce timeInForce;

    public String newClientOrderId() {
        return newClientOrderId;
    }

    public ReplaceRequest newClientOrderId(String id) {
        newClientOrderId = Objects.requireNonNull(id);
        return this;
    }

    /** Only if the order still has this version; a Conflict otherwise. */
    public ReplaceRequest expectedVersion(long version) {
        expectedVersion = version;
        return this;
    }

    /** The new total, what has filled included. */
    public ReplaceRequest quantity(String units) {
        quantity = Given.of(units);
        return this;
    }

    public ReplaceRequest quantity(BigDecimal units) {
        quantity = Given.of(units);
        return this;
    }

    public ReplaceRequest quantity(long units) {
        quantity = Given.of(units);
        return this;
    }

    public ReplaceRequest limitPrice(String price) {
        limitPrice = Given.of(price);
        return this;
    }

    public ReplaceRequest limitPrice(BigDecimal price) {
        limitPrice = Given.of(price);
        return this;
    }

    public ReplaceRequest stopPrice(String price) {
        stopPrice = Given.of(price);
        return this;
    }

    public ReplaceRequest stopPrice(BigDecimal price) {
        stopPrice = Given.of(price);
        return this;
    }

    public ReplaceRequest trailAmount(BigDecimal amount) {
        trailAmount = Given.of(amount);
        return this;
    }

    public ReplaceRequest trailPercent(BigDecimal percent) {
        trailPercent = Given.of(percent);
        return this;
    }

    public ReplaceRequest timeInForce(TimeInForce timeInForce) {
        this.timeInForce = timeInForce;
        return this;
    }

    /** The contract's request, but for the account. */
    ReplaceOrderRequest.Builder message(OrderKey key) {
        ReplaceOrderRequest.Builder m = ReplaceOrderRequest.newBuilder().setNewClientOrderId(newClientOrderId);
        if (key.orderId().isEmpty()) {
            m.setClientOrderId(key.clientOrderId());
        } else {
            m.setOrderId(key.orderId());
        }
        if (expectedVersion != null) {
            m.setExpectedVersion(expectedVersion);
        }
        if (timeInForce != null) {
            m.setTimeInForce(timeInForce);
        }
        OrderRequest.put(quantity, "quantity", m::setQuantity);
        OrderRequest.put(limitPrice, "limit_price", m::setLimitPrice);
        OrderRequest.put(stopPrice, "stop_price", m::setStopPrice);
        OrderRequest.atMostOne(trailAmount, trailPercent, "trail_percent", "cannot go with a trail_amount");
        OrderRequest.put(trailAmount, "trail_amount", m::setTrailAmount);
        OrderRequest.put(trailPercent, "trail_percent", m::setTrailPercent);
        return m;
    }
}
