package io.holdfast.server.demo;

import io.holdfast.notifications.Feed;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.store.PostgresLedger;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.logging.Logging;
import io.holdfast.store.Database;
import io.holdfast.store.Store;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The part of a controller that drains the outbox and delivers, in a process of its own that can be killed.
 *
 * <p>Says {@code ready}; then for each line {@code N} of its input says {@code listening}, waits until a listener of the feed has seen N facts
 * more, and says {@code NANOS OUT-OF-ORDER}: from the first of them to the last. Ends with its input.
 */
final class Drainer {

    private static final long LIMIT_MINUTES = 10;

    private Drainer() {}

    /** Sees every fact, as the stream of events does. One thread calls it. */
    private static final class Counter {
        private final CountDownLatch left;
        private long newest;
        private volatile long firstNanos;
        private volatile long lastNanos;
        private final AtomicInteger outOfOrder = new AtomicInteger();

        Counter(int facts) {
            left = new CountDownLatch(facts);
        }

        void see(Feed.Numbered one) {
            if (newest == 0) {
                firstNanos = System.nanoTime();
            }
            if (one.number() <= newest) {
                outOfOrder.incrementAndGet();
            }
            newest = one.number();
            lastNanos = System.nanoTime();
            left.countDown();
        }
    }

    /** @param arguments the database's address, its state directory, the file of the webhooks' key */
    public static void main(String[] arguments) throws Exception {
        Logging.silence();
        SecretReader secrets = SecretReader.ofCommand(Map.of());
        Vertx vertx = Vertx.vertx();
        try (Database database = Database.open(
                        OutboxAlone.settings(arguments[0], arguments[1]), Path.of(arguments[1]), secrets);
                Store store = Store.open(database.dataSource(), List.of());
                NotificationService service = NotificationService.over(
                        vertx,
                        PostgresLedger.open(store, Path.of(arguments[2]), secrets),
                        OutboxAlone.notifications(),
                        Set::of)) {
            service.start();
            PrintWriter out = Terminal.ofThisProcess().out();
            say(out, "ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Counter counter = new Counter(Integer.parseInt(line));
                try (AutoCloseable listening = service.listen(null, counter::see)) {
                    say(out, "listening");
                    if (!counter.left.await(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                        throw new IllegalStateException(counter.left.getCount() + " facts were not seen: " + listening);
                    }
                }
                say(out, (counter.lastNanos - counter.firstNanos) + " " + counter.outOfOrder.get());
            }
        } finally {
            vertx.close().await();
        }
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
