package dev.brokerwire.driver;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.brokerwire.BrokerwireClient;
import dev.brokerwire.BrokerwireException;
import dev.brokerwire.Cancellation;
import dev.brokerwire.ClientBuilder;
import dev.brokerwire.Order;
import dev.brokerwire.OrderFilter;
import dev.brokerwire.OrderKey;
import dev.brokerwire.OrderRequest;
import dev.brokerwire.OrderSession;
import dev.brokerwire.Position;
import dev.brokerwire.PositionFilter;
import dev.brokerwire.Replacement;
import dev.brokerwire.Signer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out for each.
 * tests/clients/README.md says what the steps are.
 */
public final class Driver {
    private static final Gson JSON = new GsonBuilder().serializeNulls().create();

    private final Streams streams = new Streams();
    private BrokerwireClient client;
    private OrderSession session;

    private Driver() {}

    public static void main(String[] arguments) throws Exception {
        Driver driver = new Driver();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonObject step = JsonParser.parseString(line).getAsJsonObject();
            out.println(JSON.toJson(driver.answer(step)));
        }
    }

    /** What a step came to: its result, or the client's error. Anything else is the driver's own fault, and its end. */
    private Map<String, Object> answer(JsonObject step) throws Exception {
        try {
            return Map.of("ok", carryOut(step));
        } catch (BrokerwireException failure) {
            return Map.of("error", Reports.failure(failure));
        }
    }

    private Object carryOut(JsonObject step) throws Exception {
        Map<String, Object> nothing = Map.of();
        switch (text(step, "do")) {
            case "connect":
                connect(step);
                return nothing;
            case "submit":
                return Reports.order(client.submit(Requests.order(step)));
            case "wait":
                return Reports.order(client.await(client.order(key(step)), seconds(step, 20)));
            case "get_order":
                return Reports.order(client.order(key(step)));
            case "replace":
                Replacement replaced = client.replace(key(step), Requests.replace(step));
                return Reports.outcome(replaced.raw(), replaced.order());
            case "cancel":
                Cancellation canceled = client.cancel(key(step));
                return Reports.outcome(canceled.raw(), canceled.order());
            case "list_orders":
                return listOrders(step);
            case "list_positions":
                return listPositions();
            case "open_stream":
                streams.open(client, step);
                return nothing;
            case "read_stream":
                return streams.read(step, seconds(step, 30));
            case "close_stream":
                streams.close(text(step, "stream"));
                return nothing;
            case "open_session":
                session = client.session();
                return nothing;
            case "session_submit":
                return sessionSubmit(step);
            case "close_session":
                session.close();
                return nothing;
            case "time_submits":
                return submitTimes(step);
            case "time_events":
                return Timing.events(streams.get(text(step, "stream")), count(step));
            default:
                throw new IOException("no such step: " + step);
        }
    }

    private void connect(JsonObject step) {
        ClientBuilder builder = BrokerwireClient.builder()
                .address(text(step, "address"))
                .account(text(step, "account"))
                .timeout(seconds(step, 10));
        if (step.has("bearer")) {
            builder.token(text(step, "bearer"));
        }
        if (step.has("ca")) {
            builder.caFile(Path.of(text(step, "ca")));
        }
        if (step.has("certificate")) {
            builder.clientCertificate(Path.of(text(step, "certificate")), Path.of(text(step, "certificate_key")));
        }
        if (step.has("signing_key")) {
            builder.signer(Signer.fromFile(Path.of(text(step, "signing_key")), text(step, "key_id")));
        }
        client = builder.build();
    }

    private Object listOrders(JsonObject step) {
        OrderFilter filter = new OrderFilter();
        if (step.has("page_size")) {
            filter.pageSize(step.get("page_size").getAsInt());
        }
        if (flag(step, "open_only")) {
            filter.openOnly();
        }
        if (flag(step, "oldest_first")) {
            filter.oldestFirst();
        }
        List<Object> orders = new ArrayList<>();
        for (Order order : client.orders(filter)) {
            orders.add(Reports.order(order));
        }
        return Map.of("orders", orders);
    }

    private Object listPositions() {
        List<Object> positions = new ArrayList<>();
        for (Position position : client.positions(new PositionFilter())) {
            positions.add(Reports.position(position));
        }
        return Map.of("positions", positions);
    }

    private Object sessionSubmit(JsonObject step) throws Exception {
        List<CompletableFuture<Order>> waiting = new ArrayList<>();
        for (JsonElement order : step.getAsJsonArray("orders")) {
            waiting.add(session.submit(Requests.order(order.getAsJsonObject())));
        }
        List<Object> results = new ArrayList<>();
        for (CompletableFuture<Order> result : waiting) {
            try {
                results.add(Map.of("ok", Reports.order(result.get(30, TimeUnit.SECONDS))));
            } catch (ExecutionException failure) {
                if (!(failure.getCause() instanceof BrokerwireException known)) {
                    throw failure;
                }
                results.add(Map.of("error", Reports.failure(known)));
            }
        }
        return Map.of("results", results);
    }

    private Object submitTimes(JsonObject step) {
        List<OrderRequest> requests = new ArrayList<>(); // each with an id of its own
        for (int i = 0; i < count(step); i++) {
            requests.add(Requests.order(step));
        }
        return Timing.submits(client, requests);
    }

    private static int count(JsonObject step) {
        return step.get("count").getAsInt();
    }

    private static OrderKey key(JsonObject step) {
        return new OrderKey(text(step, "order_id"), text(step, "client_order_id"), "");
    }

    private static Duration seconds(JsonObject step, double otherwise) {
        double seconds = step.has("timeout") ? step.get("timeout").getAsDouble() : otherwise;
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    static String text(JsonObject step, String name) {
        JsonElement found = step.get(name);
        return found == null || found.isJsonNull() ? "" : found.getAsString();
    }

    static boolean flag(JsonObject step, String name) {
        return step.has(name) && step.get(name).getAsBoolean();
    }
}
