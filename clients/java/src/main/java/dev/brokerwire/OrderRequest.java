package dev.brokerwire;

import dev.brokerwire.Decimals.Given;
import dev.brokerwire.v1.Decimal;
import dev.brokerwire.v1.ErrorReason;
import dev.brokerwire.v1.Instrument;
import dev.brokerwire.v1.OrderClass;
import dev.brokerwire.v1.OrderLeg;
import dev.brokerwire.v1.OrderType;
import dev.brokerwire.v1.Side;
import dev.brokerwire.v1.TakeProfit;
import dev.brokerwire.v1.TimeInForce;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * One order that a caller asks for, with its idempotency key from the beginning: submitting it twice places it once, so
 * after an error it is safe to submit the same object again. Another order is another object.
 *
 * <p>Numbers are text, BigDecimal or whole numbers; what is absent is left to the gateway, but for the type, which
 * follows from the prices, the class, which follows from the exits, and the time in force, DAY.
 */
public final class OrderRequest {
    private String clientOrderId = newId();
    private String account = "";
    private Instrument instrument;
    private final Side side;
    private Given quantity;
    private Given notional;
    private String notionalCurrency;
    private OrderType type;
    private Given limitPrice;
    private Given stopPrice;
    private Given trailAmount;
    private Given trailPercent;
    private TimeInForce timeInForce = TimeInForce.TIME_IN_FORCE_DAY;
    private boolean extendedHours;
    private Given takeProfit;
    private StopLoss stopLoss;
    private OrderClass orderClass;
    private List<OrderLeg> legs = List.of();
    private final Map<String, String> tags = new HashMap<>();

    private OrderRequest(Side side) {
        this.side = side;
    }

    /**
     * An order for one instrument.
     *
     * @param symbol "AAPL", "BTC/USD" or an OCC option symbol
     */
    public static OrderRequest of(Side side, String symbol) {
        return new OrderRequest(side).symbol(symbol);
    }

    public static OrderRequest of(Side side, Instrument instrument) {
        OrderRequest request = new OrderRequest(side);
        request.instrument = Objects.requireNonNull(instrument);
        return request;
    }

    public static OrderRequest buy(String symbol, String quantity) {
        return of(Side.SIDE_BUY, symbol).quantity(quantity);
    }

    public static OrderRequest buy(String symbol, BigDecimal quantity) {
        return of(Side.SIDE_BUY, symbol).quantity(quantity);
    }

    public static OrderRequest buy(String symbol, long quantity) {
        return of(Side.SIDE_BUY, symbol).quantity(quantity);
    }

    public static OrderRequest sell(String symbol, String quantity) {
        return of(Side.SIDE_SELL, symbol).quantity(quantity);
    }

    public static OrderRequest sell(String symbol, BigDecimal quantity) {
        return of(Side.SIDE_SELL, symbol).quantity(quantity);
    }

    public static OrderRequest sell(String symbol, long quantity) {
        return of(Side.SIDE_SELL, symbol).quantity(quantity);
    }

    /** An order of several legs, as one. */
    public static OrderRequest legs(Side side, List<OrderLeg> legs) {
        OrderRequest request = new OrderRequest(side);
        request.legs = List.copyOf(legs);
        return request;
    }

    /** The idempotency key: made with the request, a UUIDv7, unless it was given. */
    public String clientOrderId() {
        return clientOrderId;
    }

    /** Names the order yourself. The same id with the same content is the same order for ever. */
    public OrderRequest clientOrderId(String id) {
        clientOrderId = Objects.requireNonNull(id);
        return this;
    }

    /** Without it: the client's own. */
    public OrderRequest account(String id) {
        account = Objects.requireNonNull(id);
        return this;
    }

    private OrderRequest symbol(String symbol) {
        instrument = Instrument.newBuilder().setSymbol(symbol).build();
        return this;
    }

    /** In units: shares, contracts, coins. */
    public OrderRequest quantity(String units) {
        quantity = Given.of(units);
        return this;
    }

    public OrderRequest quantity(BigDecimal units) {
        quantity = Given.of(units);
        return this;
    }

    public OrderRequest quantity(long units) {
        quantity = Given.of(units);
        return this;
    }

    /** A size in money, instead of a quantity. */
    public OrderRequest notional(Money size) {
        notional = Given.of(size.amount());
        notionalCurrency = size.currency();
        return this;
    }

    /** Instead of the type that follows from the prices. */
    public OrderRequest type(OrderType type) {
        this.type = type;
        return this;
    }

    public OrderRequest limitPrice(String price) {
        limitPrice = Given.of(price);
        return this;
    }

    public OrderRequest limitPrice(BigDecimal price) {
        limitPrice = Given.of(price);
        return this;
    }

    public OrderRequest stopPrice(String price) {
        stopPrice = Given.of(price);
        return this;
    }

    public OrderRequest stopPrice(BigDecimal price) {
        stopPrice = Given.of(price);
        return this;
    }

    public OrderRequest trailAmount(BigDecimal amount) {
        trailAmount = Given.of(amount);
        return this;
    }

    /** 1.5 means 1.5 %. */
    public OrderRequest trailPercent(BigDecimal percent) {
        trailPercent = Given.of(percent);
        return this;
    }

    public OrderRequest timeInForce(TimeInForce timeInForce) {
        this.timeInForce = Objects.requireNonNull(timeInForce);
        return this;
    }

    public OrderRequest extendedHours(boolean wanted) {
        extendedHours = wanted;
        return this;
    }

    /** An exit with a profit: its limit price. It starts working when the order has filled. */
    public OrderRequest takeProfit(String price) {
        takeProfit = Given.of(price);
        return this;
    }

    public OrderRequest takeProfit(BigDecimal price) {
        takeProfit = Given.of(price);
        return this;
    }

    /** An exit that limits the loss. */
    public OrderRequest stopLoss(StopLoss exit) {
        stopLoss = exit;
        return this;
    }

    /** Instead of the class that follows from exits and legs; OCO must be said. */
    public OrderRequest orderClass(OrderClass orderClass) {
        this.orderClass = orderClass;
        return this;
    }

    /** Echoed in the order and its events, and never sent to the broker. */
    public OrderRequest tag(String key, String value) {
        tags.put(key, value);
        return this;
    }

    String account() {
        return account;
    }

    /** The contract's request, but for the account. */
    dev.brokerwire.v1.OrderRequest.Builder message() {
        dev.brokerwire.v1.OrderRequest.Builder m = dev.brokerwire.v1.OrderRequest.newBuilder()
                .setClientOrderId(clientOrderId)
                .setSide(side)
                .setType(typeOrDefault())
                .setTimeInForce(timeInForce)
                .setExtendedHours(extendedHours)
                .setOrderClass(classOrDefault())
                .addAllLegs(legs)
                .putAllTags(tags);
        if (instrument != null) {
            m.setInstrument(instrument);
        }
        writeSize(m);
        put(limitPrice, "order.limit_price", m::setLimitPrice);
        put(stopPrice, "order.stop_price", m::setStopPrice);
        atMostOne(trailAmount, trailPercent, "order.trail_percent", "cannot go with a trail_amount");
        put(trailAmount, "order.trail_amount", m::setTrailAmount);
        put(trailPercent, "order.trail_percent", m::setTrailPercent);
        put(
                takeProfit,
                "order.take_profit.limit_price",
                price -> m.setTakeProfit(TakeProfit.newBuilder().setLimitPrice(price)));
        if (stopLoss != null) {
            m.setStopLoss(stopLoss.message());
        }
        return m;
    }

    private void writeSize(dev.brokerwire.v1.OrderRequest.Builder m) {
        atMostOne(quantity, notional, "order.notional", "cannot go with a quantity");
        put(quantity, "order.quantity", m::setQuantity);
        put(
                notional,
                "order.notional",
                amount -> m.setNotional(
                        dev.brokerwire.v1.Money.newBuilder().setAmount(amount).setCurrencyCode(notionalCurrency)));
    }

    static void put(Given number, String field, Consumer<Decimal> setter) {
        if (number != null) {
            setter.accept(Decimals.write(number, field));
        }
    }

    static void atMostOne(Given first, Given second, String field, String problem) {
        if (first != null && second != null) {
            throw Failure.invalid(field, problem, ErrorReason.ERROR_REASON_INVALID_FIELD);
        }
    }

    private OrderType typeOrDefault() {
        if (type != null && type != OrderType.ORDER_TYPE_UNSPECIFIED) {
            return type;
        } else if (trailAmount != null || trailPercent != null) {
            return OrderType.ORDER_TYPE_TRAILING_STOP;
        } else if (stopPrice != null) {
            return limitPrice != null ? OrderType.ORDER_TYPE_STOP_LIMIT : OrderType.ORDER_TYPE_STOP;
        }
        return limitPrice != null ? OrderType.ORDER_TYPE_LIMIT : OrderType.ORDER_TYPE_MARKET;
    }

    private OrderClass classOrDefault() {
        if (orderClass != null && orderClass != OrderClass.ORDER_CLASS_UNSPECIFIED) {
            return orderClass;
        } else if (!legs.isEmpty()) {
            return OrderClass.ORDER_CLASS_MULTI_LEG;
        } else if (takeProfit != null && stopLoss != null) {
            return OrderClass.ORDER_CLASS_BRACKET;
        }
        return takeProfit != null || stopLoss != null ? OrderClass.ORDER_CLASS_OTO : OrderClass.ORDER_CLASS_SIMPLE;
    }

    /** A UUIDv7: keys sort in the order of their making. */
    static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = System.currentTimeMillis() << 16 | 0x7000 | random.nextLong(0x1000);
        long low = random.nextLong() >>> 2 | 1L << 63;
        return new UUID(high, low).toString();
    }
}
