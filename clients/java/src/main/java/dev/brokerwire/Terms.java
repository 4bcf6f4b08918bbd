package dev.brokerwire;

import dev.brokerwire.v1.ActionOutcome;
import dev.brokerwire.v1.OrderState;
import dev.brokerwire.v1.OrderType;
import dev.brokerwire.v1.Side;
import dev.brokerwire.v1.TimeInForce;

/**
 * What requests say, and what answers say most often, for a static import. The enums are the contract's own; their
 * classes have all values, UNRECOGNIZED among them for what a newer gateway invents ({@link Names} tells its number).
 */
public final class Terms {
    public static final Side BUY = Side.SIDE_BUY;
    public static final Side SELL = Side.SIDE_SELL;
    public static final Side SELL_SHORT = Side.SIDE_SELL_SHORT;
    public static final Side BUY_TO_COVER = Side.SIDE_BUY_TO_COVER;

    public static final OrderType MARKET = OrderType.ORDER_TYPE_MARKET;
    public static final OrderType LIMIT = OrderType.ORDER_TYPE_LIMIT;
    public static final OrderType STOP = OrderType.ORDER_TYPE_STOP;
    public static final OrderType STOP_LIMIT = OrderType.ORDER_TYPE_STOP_LIMIT;
    public static final OrderType TRAILING_STOP = OrderType.ORDER_TYPE_TRAILING_STOP;

    public static final TimeInForce DAY = TimeInForce.TIME_IN_FORCE_DAY;
    public static final TimeInForce GTC = TimeInForce.TIME_IN_FORCE_GTC;
    public static final TimeInForce OPG = TimeInForce.TIME_IN_FORCE_OPG;
    public static final TimeInForce CLS = TimeInForce.TIME_IN_FORCE_CLS;
    public static final TimeInForce IOC = TimeInForce.TIME_IN_FORCE_IOC;
    public static final TimeInForce FOK = TimeInForce.TIME_IN_FORCE_FOK;

    public static final OrderState ACCEPTED = OrderState.ORDER_STATE_ACCEPTED;
    public static final OrderState WORKING = OrderState.ORDER_STATE_WORKING;
    public static final OrderState PARTIALLY_FILLED = OrderState.ORDER_STATE_PARTIALLY_FILLED;
    public static final OrderState FILLED = OrderState.ORDER_STATE_FILLED;
    public static final OrderState CANCELED = OrderState.ORDER_STATE_CANCELED;
    public static final OrderState REJECTED = OrderState.ORDER_STATE_REJECTED;
    public static final OrderState EXPIRED = OrderState.ORDER_STATE_EXPIRED;
    public static final OrderState REPLACED = OrderState.ORDER_STATE_REPLACED;
    public static final OrderState INDETERMINATE = OrderState.ORDER_STATE_INDETERMINATE;

    public static final ActionOutcome DONE = ActionOutcome.ACTION_OUTCOME_DONE;
    public static final ActionOutcome PENDING = ActionOutcome.ACTION_OUTCOME_PENDING;
    public static final ActionOutcome REFUSED = ActionOutcome.ACTION_OUTCOME_REFUSED;
    public static final ActionOutcome UNKNOWN = ActionOutcome.ACTION_OUTCOME_UNKNOWN;

    private Terms() {}
}
