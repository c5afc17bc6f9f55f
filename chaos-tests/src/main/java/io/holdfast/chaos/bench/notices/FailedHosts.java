package io.holdfast.chaos.bench.notices;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.chaos.bench.api.ControllerInAProcess;
import io.holdfast.chaos.bench.api.HttpLine;
import io.holdfast.chaos.bench.api.Times;
import io.holdfast.notifications.sim.WebhookReceiver;
import io.holdfast.notifications.sim.WebhookReceiver.Received;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
    private static final String FENCED = "instance.host-fenced";

    private final List<Integer> instances;
    private final int failures;
    private final Consumer<String> progress;

    FailedHosts(List<Integer> instances, int failures, Consumer<String> progress) {
        this.instances = instances;
        this.failures = failures;
        this.progress = progress;
    }

    void run(Consumer<Line> lines) throws IOException {
        progress.accept("starts a controller with 20 simulated hosts");
        try (WebhookReceiver receiver = WebhookReceiver.alone("127.0.0.1", SECRET, Clock.systemUTC());
                ControllerInAProcess controller = new ControllerInAProcess(List.of());
                HttpLine line = new HttpLine(controller.api())) {
            String image = controller.tinyImage();
            subscribe(controller, line, receiver);
            int host = 1;
            for (int count : instances) {
                progress.accept(failures + " hosts get " + count + " instances each");
                for (int i = 0; i < failures; i++) {
                    create(controller, line, image, "h" + (host + i), count);
                }
                controller.settle();
                Times first = new Times();
                Times verdict = new Times();
                for (int i = 0; i < failures; i++) {
                    fail(controller, line, receiver, "h" + (host + i), count, first, verdict);
                }
                report(count, first, verdict, lines);
                host += failures;
            }
        }
    }

    private static void subscribe(ControllerInAProcess controller, HttpLine line, WebhookReceiver receiver)
            throws IOException {
        line.send(
                        "POST",
                        "/ha/v1/webhooks",
                        controller.token(),
                        "{\"url\": \"" + receiver.url() + "\", \"secret\": \"" + SECRET + "\", \"types\": [\"" + FIRST
                                + "\", \"" + VERDICT + "\", \"" + FENCED + "\"]}")
                .accepted();
    }

    private static void create(ControllerInAProcess controller, HttpLine line, String image, String host, int count)
            throws IOException {
        for (int made = 0; made < count; made += 50) {
            int some = Math.min(50, count - made);
            line.send(
                            "POST",
                            "/v2.1/servers",
                            controller.token(),
                            "{\"server\": {\"name\": \"on-" + host + "\", \"flavorRef\": \"tiny\", \"imageRef\": \""
                                    + image
                                    + "\", \"networks\": \"none\", \"availability_zone\": \"nova:" + host
                                    + "\", \"tags\": [\"notify\"], \"min_count\": " + some + ", \"max_count\": " + some
                                    + "}}")
                    .accepted();
        }
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
        // The fence, too: a host that gets its power back before it is powered off by its fence, and stays so.
        Map<String, Set<String>> told = new HashMap<>();
        List.of(FIRST, VERDICT, FENCED).forEach(type -> told.put(type, new HashSet<>()));
        ControllerInAProcess.until("owners of " + host + " were not told", () -> {
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
                case FENCED -> {}
                default -> throw new IOException("was not asked for: " + one.type());
            }
        }
        controller.powerOn(host);
        ControllerInAProcess.until(
                host + " does not come back",
                () -> new ObjectMapper()
                        .readTree(line.send("GET", "/v2.1/os-services?host=" + host, controller.token(), "")
                                .accepted()
                                .text())
                        .at("/services/0/state")
                        .asText()
                        .equals("up"));
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
                figures(first)));
        lines.accept(new Line(
                "verdict-" + count,
                "the same from the verdict, which is in the database before it is told",
                described(verdict),
                "",
                true,
                figures(verdict)));
    }

    private static ObjectNode figures(Times times) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("p50Millis", times.percentile(50))
                .put("p99Millis", times.percentile(99))
                .put("maxMillis", times.percentile(100))
                .put("notices", times.count());
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
