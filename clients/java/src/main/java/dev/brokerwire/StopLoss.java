package dev.brokerwire;

import dev.brokerwire.Decimals.Given;
import java.math.BigDecimal;

/** An exit that limits the loss: {@code StopLoss.at("183").limitPrice("182.50")}. */
public final class StopLoss {
    private Given stopPrice;
    private Given limitPrice;
    private Given trailAmount;
    private Given trailPercent;

    private StopLoss() {}

    /** The price that triggers it. */
    public static StopLoss at(String stopPrice) {
        StopLoss exit = new StopLoss();
        exit.stopPrice = Given.of(stopPrice);
        return exit;
    }

    public static StopLoss at(BigDecimal stopPrice) {
        StopLoss exit = new StopLoss();
        exit.stopPrice = Given.of(stopPrice);
        return exit;
    }

    /** Follows the price at this distance. */
    public static StopLoss trailAmount(BigDecimal amount) {
        StopLoss exit = new StopLoss();
        exit.trailAmount = Given.of(amount);
        return exit;
    }

    /** Follows the price at this distance; 1.5 means 1.5 %. */
    public static StopLoss trailPercent(BigDecimal percent) {
        StopLoss exit = new StopLoss();
        exit.trailPercent = Given.of(percent);
        return exit;
    }

    public StopLoss limitPrice(String price) {
        limitPrice = Given.of(price);
        return this;
    }

    public StopLoss limitPrice(BigDecimal price) {
        limitPrice = Given.of(price);
        return this;
    }

    dev.brokerwire.v1.StopLoss message() {
        dev.brokerwire.v1.StopLoss.Builder m = dev.brokerwire.v1.StopLoss.newBuilder();
        OrderRequest.put(stopPrice, "order.stop_loss.stop_price", m::setStopPrice);
        OrderRequest.put(limitPrice, "order.stop_loss.limit_price", m::setLimitPrice);
        OrderRequest.put(trailAmount, "order.stop_loss.trail_amount", m::setTrailAmount);
        OrderRequest.put(trailPercent, "order.stop_loss.trail_percent", m::setTrailPercent);
        return m.build();
    }
}
