package dev.brokerwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private static ErrorInfo info(String domain, Map<String, String> metadata) {
        return ErrorInfo.newBuilder()
                .setReason("PRICE_NOT_ON_TICK")
                .setDomain(domain)
                .putAllMetadata(metadata)
                .build();
    }

    private static Metadata trailers(com.google.protobuf.Message... details) {
        var status = com.google.rpc.Status.newBuilder();
        for (var detail : details) {
            status.addDetails(Any.pack(detail));
        }
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, status.build().toByteArray());
        return trailers;
    }

    private static BrokerwireException mutation(Code code, Metadata trailers) {
        return Failure.of(code.toStatus().withDescription("why"), trailers, true, "id", "there");
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_ARGUMENT, InvalidRequest",
        "OUT_OF_RANGE, InvalidRequest",
        "NOT_FOUND, NotFound",
        "ALREADY_EXISTS, Conflict",
        "ABORTED, Conflict",
        "FAILED_PRECONDITION, Precondition",
        "UNIMPLEMENTED, Unsupported",
        "UNAUTHENTICATED, Unauthenticated",
        "PERMISSION_DENIED, PermissionDenied",
        "RESOURCE_EXHAUSTED, Overloaded",
        "UNAVAILABLE, Unavailable",
        "CANCELLED, Unavailable",
        "DEADLINE_EXCEEDED, DeadlineExceeded",
        "INTERNAL, Internal",
        "UNKNOWN, Internal",
        "DATA_LOSS, Internal"
    })
    void everyCodeHasItsKind(Code code, String kind) {
        assertEquals(kind, new Failure(code, "").exception().getClass().getSimpleName());
    }

    @Test
    void twoReasonsDecideBeforeTheirCode() {
        var gap = new Failure(Code.OUT_OF_RANGE, ErrorReason.ERROR_REASON_RESUME_TOKEN_EXPIRED, "");
        assertInstanceOf(BrokerwireException.StreamGap.class, gap.exception());
        var early = new Failure(Code.OUT_OF_RANGE, ErrorReason.ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE, "");
        assertInstanceOf(BrokerwireException.Unavailable.class, early.exception());
    }

    @Test
    void aGatewaysWordIsTakenOver() {
        var violation = BadRequest.FieldViolation.newBuilder().setField("order.limit_price");
        var delay = com.google.protobuf.Duration.newBuilder().setNanos(500_000_000);
        var failure = mutation(
                Code.INVALID_ARGUMENT,
                trailers(
                        info("brokerwire.dev", Map.of("tick", "0.01")),
                        BadRequest.newBuilder()
                                .addFieldViolations(violation.setDescription("off the tick"))
                                .build(),
                        RetryInfo.newBuilder().setRetryDelay(delay).build()));
        assertEquals("PRICE_NOT_ON_TICK", failure.reason());
        assertTrue(failure.hasReason(ErrorReason.ERROR_REASON_PRICE_NOT_ON_TICK));
        assertEquals(Map.of("tick", "0.01"), failure.metadata());
        assertEquals(List.of(new Violation("order.limit_price", "off the tick")), failure.violations());
        assertEquals(Duration.ofMillis(500), failure.retryAfter());
        assertEquals(Sent.NO, failure.sent());
        assertEquals("id", failure.clientOrderId());
        assertTrue(failure.getMessage().contains("[PRICE_NOT_ON_TICK]"), failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"NO, NO", "UNKNOWN, UNKNOWN", "LATER_WORD, UNKNOWN"})
    void aGatewaySaysWhetherItWasSent(String word, Sent sent) {
        var failure = mutation(Code.UNAVAILABLE, trailers(info("brokerwire.dev", Map.of("sent", word))));
        assertEquals(sent, failure.sent());
    }

    @ParameterizedTest
    @EnumSource(
            value = Code.class,
            names = {"INVALID_ARGUMENT", "NOT_FOUND", "UNIMPLEMENTED", "UNAUTHENTICATED", "PERMISSION_DENIED"})
    void withoutAGatewaysWordTheseCodesWereGivenBeforeTheMethod(Code code) {
        assertEquals(Sent.NO, mutation(code, new Metadata()).sent());
        assertEquals(
                Sent.NO, mutation(code, trailers(info("elsewhere", Map.of()))).sent());
    }

    @ParameterizedTest
    @EnumSource(
            value = Code.class,
            names = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED"})
    void withoutAGatewaysWordOthersMayHaveBeenSent(Code code) {
        var failure = mutation(code, null);
        assertEquals(Sent.UNKNOWN, failure.sent());
        assertTrue(failure.getMessage().contains("client_order_id id"), failure.getMessage());
        assertEquals(
                Sent.NO, Failure.of(code.toStatus(), null, false, "", "there").sent());
    }

    @Test
    void garbageInTheDetailsIsIgnoredAndTheCodeCounts() {
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, new byte[] {(byte) 0xff, 1, 2});
        var failure = mutation(Code.NOT_FOUND, trailers);
        assertInstanceOf(BrokerwireException.NotFound.class, failure);
        assertEquals("", failure.reason());
    }

    private static Stream<Status> cuts() {
        return Stream.of(
                Status.UNKNOWN.withCause(new ClosedChannelException()),
                Status.UNKNOWN.withDescription("why").withCause(new IOException("Connection reset by peer")),
                Status.UNKNOWN.withCause(new IllegalStateException(new ClosedChannelException())),
                Status.UNKNOWN.withDescription("channel closed"),
                Status.UNKNOWN.withDescription("Network closed for unknown reason"));
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void aCutConnectionIsUnavailableWhateverItIsCalled(Status cut) {
        var failure = Failure.of(cut, new Metadata(), true, "id", "there");
        assertInstanceOf(BrokerwireException.Unavailable.class, failure);
        assertEquals(Code.UNAVAILABLE, failure.code());
        assertEquals(Sent.UNKNOWN, failure.sent());
        assertTrue(failure.getMessage().contains("there"), failure.getMessage());
        assertEquals(Sent.NO, Failure.of(cut, null, false, "", "there").sent());
    }

    @Test
    void anotherUnknownErrorIsInternal() {
        assertInternal(Status.UNKNOWN.withDescription("channel closed"), trailers(info("brokerwire.dev", Map.of())));
        assertInternal(Status.UNKNOWN.withDescription("why"), null);
        assertInternal(Status.UNKNOWN.withCause(new InvalidProtocolBufferException("garbage")), null);
    }

    private static void assertInternal(Status status, Metadata trailers) {
        var failure = Failure.of(status, trailers, true, "id", "there");
        assertInstanceOf(BrokerwireException.Internal.class, failure);
        assertEquals(Code.UNKNOWN, failure.code());
    }

    @Test
    void anUnreachableGatewayIsNamed() {
        assertTrue(mutation(Code.UNAVAILABLE, null).getMessage().contains("there"));
    }

    @Test
    void theOrderIsFoundInTheMetadataAsWell() {
        var trailers = trailers(info("brokerwire.dev", Map.of("client_order_id", "theirs")));
        var failure = Failure.of(Status.NOT_FOUND, trailers, false, "", "there");
        assertEquals("theirs", failure.clientOrderId());
        assertSame(failure, failure.about("another"));
        assertEquals("theirs", failure.clientOrderId());
    }

    @Test
    void aCommandsErrorKeepsAReasonThatIsNewerThanTheClient() {
        var failure = Failure.of(
                CommandError.newBuilder()
                        .setCode(Code.ABORTED.value())
                        .setReasonValue(987)
                        .setMessage("changed meanwhile")
                        .setField("expected_version")
                        .putMetadata("retry_after", "1.5")
                        .setSent(dev.brokerwire.v1.Sent.SENT_NO)
                        .build(),
                "id");
        assertInstanceOf(BrokerwireException.Conflict.class, failure);
        assertEquals("REASON_987", failure.reason());
        assertEquals(Duration.ofMillis(1500), failure.retryAfter());
        assertEquals(List.of(new Violation("expected_version", "changed meanwhile")), failure.violations());
        assertEquals(Sent.NO, failure.sent());
    }

    @Test
    void aCommandsErrorThatDoesNotSayWasPerhapsSent() {
        var error = CommandError.newBuilder().setCode(Code.UNAVAILABLE.value()).build();
        assertEquals(Sent.UNKNOWN, Failure.of(error, "id").sent());
    }
}
