package dev.brokerwire;

import dev.brokerwire.v1.ErrorReason;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call that failed. The subclasses are split by what a caller can do about them.
 *
 * <p>Decide by class or {@link #reason()}, never by the message.
 */
@SuppressWarnings("serial") // sent to another process as a status, never as an object
public abstract sealed class BrokerwireException extends RuntimeException {

    /**
     * What is wrong with one field of a request.
     *
     * @param field the path within the request: {@code order.limit_price}
     */
    public record Violation(String field, String description) {}

    private final transient Failure failure;

    BrokerwireException(Failure failure) {
        super(failure.message, failure.cause);
        this.failure = failure;
    }

    /** The status code of gRPC. */
    public Status.Code code() {
        return failure.code;
    }

    /** The name of an ErrorReason without its prefix; empty without a gateway's word. New ones may appear. */
    public String reason() {
        return failure.reason;
    }

    public boolean hasReason(ErrorReason reason) {
        return failure.reason.equals(Failure.reasonName(reason));
    }

    /** What the reason tells more, as brokerwire/v1/errors.proto documents its keys. */
    public Map<String, String> metadata() {
        return failure.metadata;
    }

    public List<Violation> violations() {
        return failure.violations;
    }

    /** How long to wait before trying again, where the gateway says so; else zero. */
    public Duration retryAfter() {
        return failure.retryAfter;
    }

    public Sent sent() {
        return failure.sent;
    }

    /** The idempotency key of the order concerned; empty where there is none. */
    public String clientOrderId() {
        return failure.clientOrderId;
    }

    @Override
    public String getMessage() {
        StringBuilder text = new StringBuilder(failure.message);
        text.append(" [")
                .append(failure.reason.isEmpty() ? failure.code.name() : failure.reason)
                .append(']');
        for (Violation violation : failure.violations) {
            if (!failure.message.contains(violation.description)) {
                text.append("; ").append(violation.field).append(": ").append(violation.description);
            }
        }
        if (failure.sent == Sent.UNKNOWN && !failure.clientOrderId.isEmpty()) {
            text.append("; it may have been sent: look up client_order_id ").append(failure.clientOrderId);
        }
        return text.toString();
    }

    /** The message alone, for another error that tells it. */
    String plainMessage() {
        return failure.message;
    }

    /** Names the order concerned, unless it is named. */
    BrokerwireException about(String clientOrderId) {
        if (failure.clientOrderId.isEmpty()) {
            failure.clientOrderId = clientOrderId;
        }
        return this;
    }

    /** The answer to a mutation could not be read: it may have been carried out. */
    BrokerwireException maybeSent() {
        failure.sent = Sent.UNKNOWN;
        return this;
    }

    /** Mend the request; {@link #violations()} names the fields. */
    public static final class InvalidRequest extends BrokerwireException {
        InvalidRequest(Failure failure) {
            super(failure);
        }
    }

    /** There is no such account, order, position or instrument. */
    public static final class NotFound extends BrokerwireException {
        NotFound(Failure failure) {
            super(failure);
        }
    }

    /** Something else came first. Nothing was changed: read, then decide. */
    public static final class Conflict extends BrokerwireException {
        Conflict(Failure failure) {
            super(failure);
        }
    }

    /** Right request, wrong moment. */
    public static final class Precondition extends BrokerwireException {
        Precondition(Failure failure) {
            super(failure);
        }
    }

    /** This broker, or this gateway, cannot do it at all. */
    public static final class Unsupported extends BrokerwireException {
        Unsupported(Failure failure) {
            super(failure);
        }
    }

    /** The token is missing, wrong or expired. */
    public static sealed class Unauthenticated extends BrokerwireException {
        Unauthenticated(Failure failure) {
            super(failure);
        }
    }

    /** The token is good and does not allow this. */
    public static final class PermissionDenied extends Unauthenticated {
        PermissionDenied(Failure failure) {
            super(failure);
        }
    }

    /** Slow down, then try again after {@link #retryAfter()}. */
    public static final class Overloaded extends BrokerwireException {
        Overloaded(Failure failure) {
            super(failure);
        }
    }

    /** The gateway, or the broker behind it, is away. */
    public static sealed class Unavailable extends BrokerwireException {
        Unavailable(Failure failure) {
            super(failure);
        }
    }

    /** The order session ended before the command had a result. */
    public static final class SessionClosed extends Unavailable {
        SessionClosed(Failure failure) {
            super(failure);
        }
    }

    /** No answer in time. A mutation goes on nevertheless: see {@link #sent()}. */
    public static final class DeadlineExceeded extends BrokerwireException {
        private final transient Order order;

        DeadlineExceeded(Failure failure) {
            this(failure, null);
        }

        DeadlineExceeded(Failure failure, Order order) {
            super(failure);
            this.order = order;
        }

        /** The last known state of the order that was waited for. */
        public Optional<Order> order() {
            return Optional.ofNullable(order);
        }
    }

    /** Events were lost to this reader. Read a snapshot, then go on. */
    public static final class StreamGap extends BrokerwireException {
        StreamGap(Failure failure) {
            super(failure);
        }
    }

    /** A fault of the gateway, to be reported with {@code metadata().get("error_id")}. */
    public static final class Internal extends BrokerwireException {
        Internal(Failure failure) {
            super(failure);
        }
    }
}
