package dev.brokerwire.driver;

import static dev.brokerwire.driver.Driver.flag;
import static dev.brokerwire.driver.Driver.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.brokerwire.BrokerwireClient;
import dev.brokerwire.BrokerwireException;
import dev.brokerwire.Event;
import dev.brokerwire.EventStreamOptions;
import dev.brokerwire.Item;
import dev.brokerwire.OrderStreamOptions;
import dev.brokerwire.PositionStreamOptions;
import dev.brokerwire.ResumableStream;
import dev.brokerwire.StreamOptions;
import dev.brokerwire.TokenStore;
import dev.brokerwire.v1.EventType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The streams that are open, and the token stores that outlive them. */
final class Streams {
    private final Map<String, ResumableStream<?>> streams = new HashMap<>();
    private final Map<String, Store> stores = new HashMap<>();

    private static final class Store implements TokenStore {
        private String token = "";

        @Override
        public String load() {
            return token;
        }

        @Override
        public void save(String token) {
            this.token = token;
        }
    }

    void open(BrokerwireClient client, JsonObject step) throws IOException {
        String name = text(step, "stream");
        Store store = stores.computeIfAbsent(step.has("store") ? text(step, "store") : name, none -> new Store());
        if (step.has("token")) {
            store.token = text(step, "token");
        }
        switch (text(step, "kind")) {
            case "orders":
                OrderStreamOptions orders = options(new OrderStreamOptions(), step, store);
                if (flag(step, "fills_only")) {
                    orders.fillsOnly();
                }
                streams.put(name, client.streamOrders(orders));
                break;
            case "positions":
                streams.put(name, client.streamPositions(options(new PositionStreamOptions(), step, store)));
                break;
            case "events":
                EventStreamOptions events = options(new EventStreamOptions(), step, store);
                streams.put(name, client.streamEvents(events.types(types(step))));
                break;
            default:
                throw new IOException("no such stream: " + step);
        }
    }

    private static <S extends StreamOptions<S>> S options(S options, JsonObject step, TokenStore store) {
        options.tokenStore(store);
        if (step.has("heartbeat")) {
            options.heartbeat(Duration.ofMillis(Math.round(step.get("heartbeat").getAsDouble() * 1000)));
        }
        if (text(step, "on_gap").equals("fail")) {
            options.failOnGap();
        }
        return options;
    }

    private static List<EventType> types(JsonObject step) {
        List<EventType> types = new ArrayList<>();
        if (step.has("types")) {
            for (JsonElement name : step.getAsJsonArray("types")) {
                types.add(Requests.value(EventType.class, "EVENT_TYPE_", name.getAsString()));
            }
        }
        return types;
    }

    Object read(JsonObject step, Duration patience) throws InterruptedException {
        ResumableStream<?> stream = streams.get(text(step, "stream"));
        JsonObject until = step.getAsJsonObject("until");
        String kind = text(until, "kind");
        int left = until.has("count") ? until.get("count").getAsInt() : 1;
        long sequence = until.has("sequence") ? until.get("sequence").getAsLong() : 0;
        long deadline = System.nanoTime() + patience.toNanos();
        List<Object> items = new ArrayList<>();
        while (left > 0) {
            Duration rest = Duration.ofNanos(deadline - System.nanoTime());
            Optional<? extends Item> item = flag(step, "events_only") ? event(stream, rest) : stream.poll(rest);
            if (item.isEmpty()) {
                return Map.of("items", items, "timed_out", true);
            }
            items.add(Reports.item(item.get()));
            long at = item.get() instanceof Event event ? event.sequence() : 0;
            if (items.get(items.size() - 1) instanceof Map<?, ?> seen
                    && kind.equals(seen.get("kind"))
                    && at >= sequence) {
                left--;
            }
        }
        return Map.of("items", items, "timed_out", false);
    }

    /** The next event, through the iterator of events alone. */
    private static Optional<? extends Item> event(ResumableStream<?> stream, Duration patience) {
        ScheduledExecutorService alarm = Executors.newSingleThreadScheduledExecutor();
        Thread reader = Thread.currentThread();
        alarm.schedule(reader::interrupt, patience.toNanos(), TimeUnit.NANOSECONDS);
        try {
            for (Event event : stream.events()) {
                return Optional.of(event);
            }
            return Optional.empty();
        } catch (BrokerwireException.Unavailable interrupted) {
            if (Thread.interrupted()) {
                return Optional.empty(); // the time is up
            }
            throw interrupted;
        } finally {
            alarm.shutdownNow();
        }
    }

    ResumableStream<?> get(String name) {
        return streams.get(name);
    }

    void close(String name) {
        streams.get(name).close();
    }
}
