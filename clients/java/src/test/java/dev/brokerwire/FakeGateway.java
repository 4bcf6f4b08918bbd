package dev.brokerwire;

import dev.brokerwire.v1.AccountServiceGrpc;
import dev.brokerwire.v1.Decimal;
import dev.brokerwire.v1.GetOrderRequest;
import dev.brokerwire.v1.GetOrderResponse;
import dev.brokerwire.v1.ListAccountsRequest;
import dev.brokerwire.v1.ListAccountsResponse;
import dev.brokerwire.v1.OrderEvent;
import dev.brokerwire.v1.OrderServiceGrpc;
import dev.brokerwire.v1.OrderSessionRequest;
import dev.brokerwire.v1.OrderSessionResponse;
import dev.brokerwire.v1.StreamControl;
import dev.brokerwire.v1.StreamMode;
import dev.brokerwire.v1.StreamOpened;
import dev.brokerwire.v1.StreamOrdersItem;
import dev.brokerwire.v1.StreamOrdersRequest;
import dev.brokerwire.v1.StreamOrdersResponse;
import dev.brokerwire.v1.SubmitOrderRequest;
import dev.brokerwire.v1.SubmitOrderResponse;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** A server on this machine that does as it is told. */
final class FakeGateway implements AutoCloseable {
    /** Serves the nth connection of a stream, from 1. */
    interface Script {
        void serve(int n, StreamOrdersRequest request, StreamObserver<StreamOrdersResponse> call);
    }

    /** The resume tokens that connections began with, the peers that they came from, and the headers of all calls. */
    final List<String> tokens = new CopyOnWriteArrayList<>();

    final List<Object> peers = new CopyOnWriteArrayList<>();
    final List<Metadata> headers = new CopyOnWriteArrayList<>();

    Script stream = (n, request, call) -> {};
    BiConsumer<SubmitOrderRequest, StreamObserver<SubmitOrderResponse>> submit = (request, call) -> {};
    BiConsumer<GetOrderRequest, StreamObserver<GetOrderResponse>> get = (request, call) -> {};
    Function<StreamObserver<OrderSessionResponse>, StreamObserver<OrderSessionRequest>> session = call -> null;
    ListAccountsResponse accounts = ListAccountsResponse.getDefaultInstance();

    private final Server server;

    FakeGateway() throws IOException {
        this(0);
    }

    FakeGateway(int port) throws IOException {
        server = Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
                .addService(new Orders())
                .addService(new Accounts())
                .intercept(new Recorder())
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    ClientBuilder client() {
        return BrokerwireClient.builder().address("127.0.0.1:" + port());
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private final class Orders extends OrderServiceGrpc.OrderServiceImplBase {
        @Override
        public void submitOrder(SubmitOrderRequest request, StreamObserver<SubmitOrderResponse> call) {
            submit.accept(request, call);
        }

        @Override
        public void getOrder(GetOrderRequest request, StreamObserver<GetOrderResponse> call) {
            get.accept(request, call);
        }

        @Override
        public void streamOrders(StreamOrdersRequest request, StreamObserver<StreamOrdersResponse> call) {
            tokens.add(request.getOptions().getResumeToken());
            stream.serve(tokens.size(), request, call);
        }

        @Override
        public StreamObserver<OrderSessionRequest> orderSession(StreamObserver<OrderSessionResponse> call) {
            return session.apply(call);
        }
    }

    private final class Accounts extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void listAccounts(ListAccountsRequest request, StreamObserver<ListAccountsResponse> call) {
            call.onNext(accounts);
            call.onCompleted();
        }
    }

    private final class Recorder implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata sent, ServerCallHandler<Q, A> next) {
            headers.add(sent);
            peers.add(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            return Contexts.interceptCall(Context.current(), call, sent, next);
        }
    }

    static StreamOrdersResponse opened(Duration heartbeat) {
        StreamOpened hello = StreamOpened.newBuilder()
                .setMode(StreamMode.STREAM_MODE_RESUMED)
                .setHeartbeatInterval(Times.write(heartbeat))
                .build();
        return StreamOrdersResponse.newBuilder()
                .addItems(StreamOrdersItem.newBuilder()
                        .setControl(StreamControl.newBuilder().setOpened(hello)))
                .build();
    }

    static StreamOrdersResponse events(String token, long... sequences) {
        StreamOrdersResponse.Builder batch = StreamOrdersResponse.newBuilder().setResumeToken(token);
        for (long sequence : sequences) {
            OrderEvent event = OrderEvent.newBuilder()
                    .setAccountId("a")
                    .setSequence(sequence)
                    .setOrder(order("o"))
                    .build();
            batch.addItems(StreamOrdersItem.newBuilder().setEvent(event));
        }
        return batch.build();
    }

    static dev.brokerwire.v1.Order order(String id) {
        return dev.brokerwire.v1.Order.newBuilder()
                .setOrderId(id)
                .setClientOrderId(id)
                .setFilledQuantity(Decimal.newBuilder().setValue("0"))
                .build();
    }
}
