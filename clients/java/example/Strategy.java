import static dev.brokerwire.Terms.BUY;

import dev.brokerwire.BrokerwireClient;
import dev.brokerwire.BrokerwireException;
import dev.brokerwire.Decimals;
import dev.brokerwire.FileTokenStore;
import dev.brokerwire.Fill;
import dev.brokerwire.Item;
import dev.brokerwire.Names;
import dev.brokerwire.Order;
import dev.brokerwire.OrderEvent;
import dev.brokerwire.OrderRequest;
import dev.brokerwire.OrderStreamOptions;
import dev.brokerwire.v1.GetQuotesRequest;
import dev.brokerwire.v1.MarketDataServiceGrpc;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * Buys a little below the market, lets go of what does not fill, and keeps a tape that survives a restart.
 *
 * <p>Start a gateway on paper (brokerwire serve), build the client (mvn package), then in the root of the repository:
 * {@code java -cp 'build/clients/java/lib/*' clients/java/example/Strategy.java}. Run it again: the tape goes on where it
 * ended.
 */
final class Strategy {
    private static final String SYMBOL = "AAPL";

    private final CountDownLatch live = new CountDownLatch(1);

    public static void main(String[] arguments) throws Exception {
        new Strategy().run();
    }

    private void run() throws Exception {
        OrderStreamOptions options = new OrderStreamOptions().tokenStore(new FileTokenStore(Path.of("strategy.token")));
        CompletableFuture<Void> tape;
        try (BrokerwireClient client = BrokerwireClient.connect();
                var stream = client.streamOrders(options)) {
            tape = stream.listen(this::print);
            tape.whenComplete((nothing, failure) -> live.countDown());
            live.await(); // from here on, what happens is on the tape
            trade(client);
            Thread.sleep(1000); // for the last fills to be printed
        }
        tape.join();
    }

    /** Prints every fill once, whatever happens to the connection. */
    private void print(Item item) {
        if (item instanceof Item.Opened) {
            live.countDown();
        } else if (item instanceof OrderEvent event && event.fill().isPresent()) {
            Fill fill = event.fill().get();
            System.out.printf(
                    "  tape: %s %s %s at %s%n", Names.of(fill.side()), fill.quantity(), fill.symbol(), fill.price());
        } else if (item instanceof Item.Reset) {
            System.out.println("  tape: something was missed; read fills() to close the gap");
        } else if (item instanceof Item.Disconnected gone) {
            System.out.println("  tape: " + gone.error().getMessage());
        }
    }

    /** One round: a patient buy, then flat again. */
    private static void trade(BrokerwireClient client) {
        BigDecimal limit = askPrice(client).subtract(new BigDecimal("0.01"));
        Order order = client.submit(OrderRequest.of(BUY, SYMBOL).quantity(10).limitPrice(limit));
        try {
            order = client.await(order, Duration.ofSeconds(5));
        } catch (BrokerwireException.DeadlineExceeded patienceIsUp) {
            order = client.cancel(order.key()).order();
        }
        System.out.printf(
                "bought %s at %s (%s)%n",
                order.filledQuantity(), order.averageFillPrice().orElse(null), order.stateName());
        if (order.filledQuantity().signum() > 0) {
            Order sold = client.await(client.submit(OrderRequest.sell(SYMBOL, order.filledQuantity())));
            System.out.printf(
                    "sold %s at %s%n",
                    sold.filledQuantity(), sold.averageFillPrice().orElse(null));
        }
    }

    /** Shows how to call what the client has no method for: any method of the stubs. */
    private static BigDecimal askPrice(BrokerwireClient client) {
        var request = GetQuotesRequest.newBuilder().addSymbols(SYMBOL).build();
        var answer = client.call(MarketDataServiceGrpc.getGetQuotesMethod(), request);
        if (answer.getQuotesCount() == 0 || !answer.getQuotes(0).hasAskPrice()) {
            throw new IllegalStateException("no price yet");
        }
        return Decimals.parse(answer.getQuotes(0).getAskPrice().getValue());
    }
}
