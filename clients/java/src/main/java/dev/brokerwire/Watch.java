package dev.brokerwire;

import io.grpc.Status.Code;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/** Watches one order until it is over. */
final class Watch {
    private final BrokerwireClient client;
    private final Predicate<Order> until;
    private Order order;
    private boolean seen;

    Watch(BrokerwireClient client, Order order, Predicate<Order> until) {
        this.client = client;
        this.order = order;
        this.until = until;
    }

    Order await(Duration timeout) {
        if (over()) {
            return order;
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        try (ResumableStream<OrderEvent> stream = open()) {
            while (true) {
                Duration left = Duration.ofNanos(deadline - System.nanoTime());
                Optional<Item> item = stream.poll(left);
                if (item.isEmpty()) {
                    throw gaveUp(stream);
                }
                take(item.get());
                if (over()) {
                    return order;
                }
            }
        } catch (InterruptedException interrupt) {
            throw Failure.interrupted();
        }
    }

    private boolean over() {
        return order.terminal() || until.test(order);
    }

    /** A stream whose snapshot has the order, even if it has ended meanwhile. */
    private ResumableStream<OrderEvent> open() {
        OrderStreamOptions options =
                new OrderStreamOptions().terminalSince(order.createTime()).account(order.accountId());
        if (order.sequence() > 0) {
            options.minSequence(order.accountId(), order.sequence());
        }
        if (!order.clientOrderId().isEmpty()) {
            options.clientOrderIds(order.clientOrderId());
        }
        return client.streamOrders(options);
    }

    private void take(Item item) {
        if (item instanceof Item.Snapshot<?> snapshot && snapshot.value() instanceof Order found) {
            know(found);
        } else if (item instanceof OrderEvent event) {
            know(event.order());
        } else if (item instanceof Item.SnapshotEnd && !seen) { // it ended before the snapshot's time
            know(client.order(order.key()));
        }
    }

    private void know(Order found) {
        if (found.orderId().equals(order.orderId())) {
            seen = true;
            if (found.version() >= order.version()) {
                order = found;
            }
        }
    }

    private BrokerwireException gaveUp(ResumableStream<?> stream) {
        if (stream.isClosed()) {
            return new Failure(Code.UNAVAILABLE, "the client was closed").exception();
        }
        Failure failure = new Failure(
                Code.DEADLINE_EXCEEDED,
                String.format(
                        "order %s is %s (%s filled); it goes on",
                        order.clientOrderId(), order.stateName(), order.filledQuantity()));
        failure.clientOrderId = order.clientOrderId();
        return new BrokerwireException.DeadlineExceeded(failure, order);
    }
}
