package io.holdfast.chaos.bench.notices;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.chaos.bench.Line;
import io.holdfast.chaos.bench.api.ControllerInAProcess;
import io.holdfast.chaos.bench.api.HttpLine;
import io.holdfast.chaos.bench.api.Times;
import io.holdfast.notifications.sim.WebhookReceiver;
import io.holdfast.notifications.sim.WebhookReceiver.Received;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * From the moment at which a whole controller knows of a host's failure until its owners' receiver has each instance's notice.
 *
 * <p>One receiver stands for all owners, which is the worst case: the notices of a host share its connections. The moment is the one that the
 * notice itself carries; controller and receiver share a clock.
 */
final class FailedHosts {

    /** What is promised for a host with at most that many instances; beyond, the second holds. */
    private static final int FEW = 50;

    private static final double FEW_P99_MILLIS = 100;
    private static final double MANY_P99_MILLIS = 200;
    private static final String SECRET = "of the measurement, 32 characters";
    private static final String FIRST = "instance.suspected";
    private static final String VERDICT = "instance.host-failed";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(50);

    private final List<Integer> instances;
    private final int failures;
    private final Consumer<String> progress;

    FailedHosts(List<Integer> instances, int failures, Consumer<String> progress) {
        this.instances = instances;
        this.failures = failures;
        this.progress = progress;
    }

    void run(Consumer<Line> lines) throws IOException {
        Vertx vertx = Vertx.vertx();
        progress.accept("starts a controller with 20 simulated hosts");
        try (WebhookReceiver receiver = WebhookReceiver.start(vertx, "127.0.0.1", 0, SECRET, Clock.systemUTC());
                ControllerInAProcess controller = new ControllerInAProcess(List.of());
                HttpLine line = new HttpLine(controller.api())) {
            String image = prepare(controller, line, receiver);
            int host = 1;
            for (int count : instances) {
                progress.accept(failures + " hosts get " + count + " instances each");
                for (int i = 0; i < failures; i++) {
                    create(controller, line, image, "h" + (host + i), count);
                }
                settle(controller, line);
                Times first = new Times();
                Times verdict = new Times();
                for (int i = 0; i < failures; i++) {
                    fail(controller, line, receiver, "h" + (host + i), count, first, verdict);
                }
                report(count, first, verdict, lines);
                host += failures;
            }
        } finally {
            vertx.close().await();
        }
    }

    private static String prepare(ControllerInAProcess controller, HttpLine line, WebhookReceiver receiver)
            throws IOException {
        require(line.send(
                "POST",
                "/v2.1/flavors",
                controller.token(),
                "{\"flavor\": {\"name\": \"tiny\", \"id\": \"tiny\", \"vcpus\": 1, \"ram\": 8, \"disk\": 0}}"));
        HttpLine.Answer image = require(line.send(
                "POST",
                "/ha/v1/images",
                controller.token(),
                "{\"name\": \"tiny\", \"file\": \"" + controller.image() + "\", \"format\": \"raw\"}"));
        require(line.send(
                "POST",
                "/ha/v1/webhooks",
                controller.token(),
                "{\"url\": \"" + receiver.url() + "\", \"secret\": \"" + SECRET + "\", \"types\": [\"" + FIRST
                        + "\", \"" + VERDICT + "\"]}"));
        return new ObjectMapper().readTree(image.text()).at("/image/id").asText();
    }

    private static HttpLine.Answer require(HttpLine.Answer answer) throws IOException {
        if (answer.status() >= 300) {
            throw new IOException("the controller refuses: " + answer.status() + " " + answer.text());
        }
        return answer;
    }

    private static void create(ControllerInAProcess controller, HttpLine line, String image, String host, int count)
            throws IOException {
        for (int made = 0; made < count; made += 50) {
            int some = Math.min(50, count - made);
            require(line.send(
                    "POST",
                    "/v2.1/servers",
                    controller.token(),
                    "{\"server\": {\"name\": \"on-" + host + "\", \"flavorRef\": \"tiny\", \"imageRef\": \"" + image
                            + "\", \"networks\": \"none\", \"availability_zone\": \"nova:" + host
                            + "\", \"tags\": [\"notify\"], \"min_count\": " + some + ", \"max_count\": " + some
                            + "}}"));
        }
    }

    /** Until nothing is being built any more. */
    private static void settle(ControllerInAProcess controller, HttpLine line) throws IOException {
        until(
                "servers are still being built",
                () -> new ObjectMapper()
                        .readTree(
                                require(line.send("GET", "/v2.1/servers?status=BUILD&limit=1", controller.token(), ""))
                                        .text())
                        .path("servers")
                        .isEmpty());
    }

    private static void fail(
            ControllerInAProcess controller,
            HttpLine line,
            WebhookReceiver receiver,
            String host,
            int count,
            Times first,
            Times verdict)
            throws IOException {
        int before = receiver.received().size();
        controller.powerOff(host);
        Map<String, Set<String>> told = new HashMap<>(Map.of(FIRST, new HashSet<>(), VERDICT, new HashSet<>()));
        until("owners of " + host + " were not told", () -> {
            List<Received> all = receiver.received();
            told.values().forEach(Set::clear);
            all.subList(before, all.size())
                    .forEach(one ->
                            told.getOrDefault(one.type(), new HashSet<>()).add(one.subject()));
            return told.values().stream().allMatch(one -> one.size() == count);
        });
        List<Received> all = receiver.received();
        for (Received one : all.subList(before, all.size())) {
            long took = Duration.between(one.at(), one.receivedAt()).toNanos();
            switch (one.type()) {
                case FIRST -> first.add(took);
                case VERDICT -> verdict.add(took);
                default -> throw new IOException("was not asked for: " + one.type());
            }
        }
        controller.powerOn(host);
        until(
                host + " does not come back",
                () -> new ObjectMapper()
                        .readTree(require(line.send("GET", "/v2.1/os-services?host=" + host, controller.token(), ""))
                                .text())
                        .at("/services/0/state")
                        .asText()
                        .equals("up"));
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void until(String otherwise, Condition condition) throws IOException {
        long began = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - began > LIMIT.toNanos()) {
                throw new IOException(otherwise + " after " + LIMIT.toMinutes() + " min");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private void report(int count, Times first, Times verdict, Consumer<Line> lines) {
        double target = count <= FEW ? FEW_P99_MILLIS : MANY_P99_MILLIS;
        lines.accept(new Line(
                "told-" + count,
                "a failed host with " + count + " instances: from its suspicion until its owner has each notice, "
                        + failures + " hosts",
                described(first),
                String.format(Locale.ROOT, "p99 at most %.0f ms", target),
                first.percentile(99) <= target,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("p50Millis", first.percentile(50))
                        .put("p99Millis", first.percentile(99))
                        .put("maxMillis", first.percentile(100))
                        .put("notices", first.count())));
        lines.accept(new Line(
                "verdict-" + count,
                "the same from the verdict, which is in the database before it is told",
                described(verdict),
                "",
                true,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("p50Millis", verdict.percentile(50))
                        .put("p99Millis", verdict.percentile(99))
                        .put("maxMillis", verdict.percentile(100))
                        .put("notices", verdict.count())));
    }

    private static String described(Times times) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p99 %.1f ms, max %.1f ms; %d notices",
                times.percentile(50),
                times.percentile(99),
                times.percentile(100),
                times.count());
    }
}
