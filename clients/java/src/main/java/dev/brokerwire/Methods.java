package dev.brokerwire;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.brokerwire.v1.AccessServiceGrpc;
import dev.brokerwire.v1.AccountServiceGrpc;
import dev.brokerwire.v1.BrokerServiceGrpc;
import dev.brokerwire.v1.EventServiceGrpc;
import dev.brokerwire.v1.MarketDataServiceGrpc;
import dev.brokerwire.v1.OrderServiceGrpc;
import dev.brokerwire.v1.PositionServiceGrpc;
import dev.brokerwire.v1.RiskServiceGrpc;
import dev.brokerwire.v1.SimulatorServiceGrpc;
import dev.brokerwire.v1.SubmitOrderRequest;
import dev.brokerwire.v1.SystemServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.List;
import java.util.Map;

/** What the contract says of its methods. */
final class Methods {
    static final List<ServiceDescriptor> SERVICES = List.of(
            AccessServiceGrpc.getServiceDescriptor(),
            AccountServiceGrpc.getServiceDescriptor(),
            BrokerServiceGrpc.getServiceDescriptor(),
            EventServiceGrpc.getServiceDescriptor(),
            MarketDataServiceGrpc.getServiceDescriptor(),
            OrderServiceGrpc.getServiceDescriptor(),
            PositionServiceGrpc.getServiceDescriptor(),
            RiskServiceGrpc.getServiceDescriptor(),
            SimulatorServiceGrpc.getServiceDescriptor(),
            SystemServiceGrpc.getServiceDescriptor());

    private Methods() {}

    /** Whether it is a unary method that changes nothing. */
    static boolean reads(MethodDescriptor<?, ?> method) {
        return method.getType() == MethodType.UNARY
                && method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier
                && supplier.getMethodDescriptor().getOptions().getIdempotencyLevel()
                        == IdempotencyLevel.NO_SIDE_EFFECTS;
    }

    /**
     * Says that unary reads are tried again when the gateway is away, and nothing else is. It holds no timeouts, which
     * the client sets itself; streams are left out, because they resume by token.
     */
    static Map<String, Object> serviceConfig() {
        List<Map<String, Object>> names = SERVICES.stream()
                .flatMap(service -> service.getMethods().stream())
                .filter(Methods::reads)
                .map(method -> Map.<String, Object>of(
                        "service", method.getServiceName(),
                        "method", method.getBareMethodName()))
                .toList();
        Map<String, Object> retry = Map.of(
                "maxAttempts",
                4.0,
                "initialBackoff",
                "0.1s",
                "maxBackoff",
                "2s",
                "backoffMultiplier",
                2.0,
                "retryableStatusCodes",
                List.of("UNAVAILABLE"));
        return Map.of("methodConfig", List.of(Map.of("name", names, "retryPolicy", retry)));
    }

    /** The idempotency key of a request; empty where it has none. */
    static String orderKey(Object request) {
        if (request instanceof SubmitOrderRequest submit) {
            return submit.getOrder().getClientOrderId();
        }
        if (request instanceof Message message) {
            for (String key : List.of("new_client_order_id", "client_order_id", "request_id")) {
                FieldDescriptor field = message.getDescriptorForType().findFieldByName(key);
                if (field != null) {
                    return (String) message.getField(field);
                }
            }
        }
        return "";
    }
}
