package dev.brokerwire.driver;

import com.google.protobuf.Message;
import dev.brokerwire.BrokerwireException;
import dev.brokerwire.Fill;
import dev.brokerwire.Item;
import dev.brokerwire.JournalEvent;
import dev.brokerwire.Names;
import dev.brokerwire.Order;
import dev.brokerwire.OrderEvent;
import dev.brokerwire.Position;
import dev.brokerwire.PositionEvent;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Describes what the client gave. */
final class Reports {
    private Reports() {}

    static Map<String, Object> failure(BrokerwireException failure) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("kind", failure.getClass().getSimpleName());
        seen.put("code", failure.code().name());
        seen.put("reason", failure.reason());
        seen.put("sent", failure.sent().name().toLowerCase(Locale.ROOT));
        seen.put("client_order_id", failure.clientOrderId());
        seen.put("metadata", failure.metadata());
        seen.put("message", failure.getMessage());
        return seen;
    }

    static Map<String, Object> outcome(Message answer, Order order) {
        return Map.of("outcome", Names.of(answer, "outcome"), "order", order(order));
    }

    static Map<String, Object> order(Order order) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("order_id", order.orderId());
        seen.put("client_order_id", order.clientOrderId());
        seen.put("account_id", order.accountId());
        seen.put("version", order.version());
        seen.put("sequence", order.sequence());
        seen.put("state", order.stateName());
        seen.put("terminal", order.terminal());
        seen.put("symbol", order.symbol());
        seen.put("side", Names.of(order.raw(), "side"));
        seen.put("type", Names.of(order.raw(), "type"));
        seen.put("quantity", number(order.quantity()));
        seen.put("filled_quantity", order.filledQuantity().toPlainString());
        seen.put("remaining_quantity", number(order.remainingQuantity()));
        seen.put("average_fill_price", number(order.averageFillPrice()));
        seen.put("limit_price", number(order.limitPrice()));
        seen.put("stop_price", number(order.stopPrice()));
        seen.put("state_reason", Names.of(order.raw(), "state_reason"));
        seen.put("parent_order_id", order.parentOrderId());
        seen.put("replaces_order_id", order.replacesOrderId());
        seen.put("replaced_by_order_id", order.replacedByOrderId());
        seen.put("deduplicated", order.deduplicated());
        seen.put("children", order.children().stream().map(Reports::order).toList());
        return seen;
    }

    static Map<String, Object> position(Position position) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("account_id", position.accountId());
        seen.put("symbol", position.symbol());
        seen.put("side", Names.of(position.raw(), "side"));
        seen.put("quantity", position.quantity().toPlainString());
        seen.put("average_cost", number(position.averageCost()));
        seen.put("closed", position.closed());
        return seen;
    }

    private static String number(Optional<BigDecimal> number) {
        return number.map(BigDecimal::toPlainString).orElse(null);
    }

    private static Map<String, Object> fill(Fill fill) {
        return Map.of(
                "fill_id", fill.fillId(),
                "order_id", fill.orderId(),
                "quantity", fill.quantity().toPlainString(),
                "price", fill.price().toPlainString(),
                "kind", Names.of(fill.raw(), "kind"));
    }

    static Map<String, Object> item(Item item) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("kind", kind(item));
        if (item instanceof OrderEvent event) {
            seen.put("account_id", event.accountId());
            seen.put("sequence", event.sequence());
            seen.put("type", Names.of(event.raw(), "type"));
            seen.put("order", order(event.order()));
            event.fill().ifPresent(fill -> seen.put("fill", fill(fill)));
        } else if (item instanceof PositionEvent event) {
            seen.put("account_id", event.accountId());
            seen.put("sequence", event.sequence());
            seen.put("position", position(event.position()));
            seen.put("conflated", event.conflated());
        } else if (item instanceof JournalEvent event) {
            seen.put("account_id", event.accountId());
            seen.put("sequence", event.sequence());
            seen.put("type", Names.of(event.raw(), "type"));
        } else {
            control(item, seen);
        }
        return seen;
    }

    private static void control(Item item, Map<String, Object> seen) {
        if (item instanceof Item.Snapshot<?> snapshot && snapshot.value() instanceof Order order) {
            seen.put("order", order(order));
        } else if (item instanceof Item.Snapshot<?> snapshot && snapshot.value() instanceof Position position) {
            seen.put("position", position(position));
        } else if (item instanceof Item.SnapshotEnd end) {
            seen.put("item_count", end.itemCount());
        } else if (item instanceof Item.Opened opened) {
            seen.put("mode", Names.of(opened.raw(), "mode"));
        } else if (item instanceof Item.Reset reset) {
            seen.put("cause", Names.of(reset.raw(), "cause"));
        } else if (item instanceof Item.SourceGap gap) {
            seen.put("phase", Names.of(gap.raw(), "phase"));
        } else if (item instanceof Item.Goodbye goodbye) {
            seen.put("reason", goodbye.reason());
        } else if (item instanceof Item.Disconnected gone) {
            seen.put("error", failure(gone.error()));
        }
    }

    /** CaughtUp is caught_up; events of all streams are just that. */
    private static String kind(Item item) {
        if (item instanceof dev.brokerwire.Event) {
            return "event";
        }
        String name = item.getClass().getSimpleName();
        return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
