package dev.brokerwire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.brokerwire.BrokerwireException.Violation;
import dev.brokerwire.v1.CommandError;
import dev.brokerwire.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What is known of a failure, and the exception that it becomes. */
final class Failure {
    private static final String DOMAIN = "brokerwire.dev";
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    /** Without the gateway's word: these are given before a call reaches the method, the others need not be. */
    private static final Set<Code> REFUSED_UNSEEN = EnumSet.of(
            Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.UNIMPLEMENTED, Code.UNAUTHENTICATED, Code.PERMISSION_DENIED);

    /** How gRPC's transport words a connection that was cut, where it gives no cause. */
    private static final List<String> LOST = List.of("channel closed", "network closed");

    Code code;
    String reason = "";
    String message;
    Map<String, String> metadata = Map.of();
    List<Violation> violations = List.of();
    Duration retryAfter = Duration.ZERO;
    Sent sent = Sent.NO;
    String clientOrderId = "";
    Throwable cause;

    Failure(Code code, String message) {
        this.code = code;
        this.message = message == null ? "" : message;
    }

    Failure(Code code, ErrorReason reason, String message) {
        this(code, message);
        this.reason = reasonName(reason);
    }

    static String reasonName(ErrorReason reason) {
        return reason == ErrorReason.ERROR_REASON_UNSPECIFIED
                ? ""
                : reason.name().substring("ERROR_REASON_".length());
    }

    /** What the gateway would have said of a field, found before anything is sent. */
    static BrokerwireException invalid(String field, String problem, ErrorReason reason) {
        Failure failure = new Failure(Code.INVALID_ARGUMENT, reason, field + " " + problem);
        failure.metadata = Map.of("field", field);
        failure.violations = List.of(new Violation(field, problem));
        return failure.exception();
    }

    /** An answer that the contract does not allow. */
    static BrokerwireException unreadable(String problem) {
        return new Failure(Code.INTERNAL, problem).exception();
    }

    static BrokerwireException sessionClosed(String message, Sent sent, String clientOrderId) {
        Failure failure = new Failure(Code.UNAVAILABLE, message);
        failure.sent = sent;
        failure.clientOrderId = clientOrderId;
        return new BrokerwireException.SessionClosed(failure);
    }

    /** The thread was interrupted; it still is. */
    static BrokerwireException interrupted() {
        Thread.currentThread().interrupt();
        return new Failure(Code.CANCELLED, "interrupted while waiting").exception();
    }

    /**
     * A call that failed.
     *
     * @param target the gateway's address, for the message
     */
    static BrokerwireException of(
            Status status, Metadata trailers, boolean mutation, String clientOrderId, String target) {
        Failure failure = new Failure(status.getCode(), status.getDescription());
        failure.clientOrderId = clientOrderId;
        failure.cause = status.getCause();
        boolean fromGateway = failure.readDetails(trailers);
        if (!fromGateway && failure.code == Code.UNKNOWN && lostTransport(status)) {
            failure.code = Code.UNAVAILABLE;
        }
        if (!fromGateway && failure.code == Code.UNAVAILABLE) {
            failure.message = "cannot reach the gateway at " + target + ": " + failure.message;
        }
        if (mutation) {
            failure.sent = failure.sent(fromGateway);
        }
        if (clientOrderId.isEmpty()) {
            failure.clientOrderId = failure.metadata.getOrDefault("client_order_id", "");
        }
        return failure.exception();
    }

    /** gRPC calls some cut connections UNKNOWN. A status that came over the wire has no cause. */
    private static boolean lostTransport(Status status) {
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidProtocolBufferException) { // an IOException, but of an answer that came
                return false;
            }
            if (cause instanceof IOException || tellsOfLoss(cause.getMessage())) {
                return true;
            }
        }
        return tellsOfLoss(status.getDescription());
    }

    private static boolean tellsOfLoss(String words) {
        String lower = words == null ? "" : words.toLowerCase(Locale.ROOT);
        return LOST.stream().anyMatch(lower::startsWith);
    }

    private Sent sent(boolean fromGateway) {
        if (fromGateway) {
            return metadata.getOrDefault("sent", "NO").equals("NO") ? Sent.NO : Sent.UNKNOWN;
        }
        return REFUSED_UNSEEN.contains(code) ? Sent.NO : Sent.UNKNOWN;
    }

    /** Takes over what the trailers carry, and tells whether it is a gateway's. Garbage is left out. */
    private boolean readDetails(Metadata trailers) {
        byte[] details = trailers == null ? null : trailers.get(DETAILS);
        if (details == null) {
            return false;
        }
        boolean fromGateway = false;
        try {
            for (Any detail : com.google.rpc.Status.parseFrom(details).getDetailsList()) {
                fromGateway |= readDetail(detail);
            }
        } catch (InvalidProtocolBufferException garbage) {
            return fromGateway;
        }
        return fromGateway;
    }

    private boolean readDetail(Any detail) throws InvalidProtocolBufferException {
        if (detail.is(ErrorInfo.class)) {
            ErrorInfo info = detail.unpack(ErrorInfo.class);
            reason = info.getReason();
            metadata = info.getMetadataMap();
            return info.getDomain().equals(DOMAIN);
        }
        if (detail.is(BadRequest.class)) {
            violations = detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                    .map(violation -> new Violation(violation.getField(), violation.getDescription()))
                    .toList();
        } else if (detail.is(RetryInfo.class)) {
            var delay = detail.unpack(RetryInfo.class).getRetryDelay();
            retryAfter = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }
        return false;
    }

    /** The failure of one command of a batch. */
    static BrokerwireException of(CommandError error, String clientOrderId) {
        Failure failure = new Failure(Status.fromCodeValue(error.getCode()).getCode(), error.getMessage());
        failure.reason = error.getReason() == ErrorReason.UNRECOGNIZED
                ? "REASON_" + error.getReasonValue()
                : reasonName(error.getReason());
        failure.metadata = error.getMetadataMap();
        failure.clientOrderId = clientOrderId;
        failure.sent = error.getSent() == dev.brokerwire.v1.Sent.SENT_NO ? Sent.NO : Sent.UNKNOWN;
        if (!error.getField().isEmpty()) {
            failure.violations = List.of(new Violation(error.getField(), error.getMessage()));
        }
        failure.retryAfter = seconds(failure.metadata.getOrDefault("retry_after", ""));
        return failure.exception();
    }

    private static Duration seconds(String text) {
        try {
            return Duration.ofNanos(new BigDecimal(text).movePointRight(9).longValue());
        } catch (NumberFormatException none) {
            return Duration.ZERO;
        }
    }

    /** The exception of its kind: by reason first, then by code. */
    BrokerwireException exception() {
        switch (reason) {
            case "RESUME_TOKEN_EXPIRED":
                return new BrokerwireException.StreamGap(this);
            case "SEQUENCE_NOT_YET_AVAILABLE":
                return new BrokerwireException.Unavailable(this);
            default:
                return byCode();
        }
    }

    private BrokerwireException byCode() {
        return switch (code) {
            case INVALID_ARGUMENT, OUT_OF_RANGE -> new BrokerwireException.InvalidRequest(this);
            case NOT_FOUND -> new BrokerwireException.NotFound(this);
            case ALREADY_EXISTS, ABORTED -> new BrokerwireException.Conflict(this);
            case FAILED_PRECONDITION -> new BrokerwireException.Precondition(this);
            case UNIMPLEMENTED -> new BrokerwireException.Unsupported(this);
            case UNAUTHENTICATED -> new BrokerwireException.Unauthenticated(this);
            case PERMISSION_DENIED -> new BrokerwireException.PermissionDenied(this);
            case RESOURCE_EXHAUSTED -> new BrokerwireException.Overloaded(this);
            case UNAVAILABLE, CANCELLED -> new BrokerwireException.Unavailable(this);
            case DEADLINE_EXCEEDED -> new BrokerwireException.DeadlineExceeded(this);
            default -> new BrokerwireException.Internal(this);
        };
    }
}
