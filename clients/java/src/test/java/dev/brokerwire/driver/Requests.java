package dev.brokerwire.driver;

import static dev.brokerwire.driver.Driver.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.brokerwire.OrderRequest;
import dev.brokerwire.ReplaceRequest;
import dev.brokerwire.StopLoss;
import dev.brokerwire.v1.OrderType;
import dev.brokerwire.v1.Side;
import dev.brokerwire.v1.TimeInForce;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Reads what a step asks for. */
final class Requests {
    private Requests() {}

    static OrderRequest order(JsonObject given) {
        Side side = value(Side.class, "SIDE_", text(given, "side"));
        OrderRequest request = OrderRequest.of(side, text(given, "symbol"));
        with(given, "client_order_id", request::clientOrderId);
        with(given, "quantity", request::quantity);
        with(given, "limit_price", request::limitPrice);
        with(given, "stop_price", request::stopPrice);
        with(given, "take_profit", request::takeProfit);
        with(given, "stop_loss", price -> request.stopLoss(StopLoss.at(price)));
        with(given, "type", name -> request.type(value(OrderType.class, "ORDER_TYPE_", name)));
        with(given, "time_in_force", name -> request.timeInForce(value(TimeInForce.class, "TIME_IN_FORCE_", name)));
        if (given.has("tags")) {
            for (Map.Entry<String, JsonElement> tag :
                    given.getAsJsonObject("tags").entrySet()) {
                request.tag(tag.getKey(), tag.getValue().getAsString());
            }
        }
        return request;
    }

    static ReplaceRequest replace(JsonObject given) {
        ReplaceRequest changes = new ReplaceRequest();
        with(given, "quantity", changes::quantity);
        with(given, "limit_price", changes::limitPrice);
        with(given, "expected_version", version -> changes.expectedVersion(Long.parseLong(version)));
        return changes;
    }

    private static void with(JsonObject given, String name, Consumer<String> setter) {
        JsonElement found = given.get(name);
        if (found != null && !found.isJsonNull()) {
            setter.accept(found.getAsString());
        }
    }

    static <E extends Enum<E>> E value(Class<E> type, String prefix, String name) {
        return Enum.valueOf(type, prefix + name.toUpperCase(Locale.ROOT));
    }
}
