package io.holdfast.chaos.bench.notices;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.chaos.bench.Line;
import io.holdfast.notifications.sim.WebhookReceiver;
import io.holdfast.notifications.sim.WebhookReceiver.Received;
import io.holdfast.server.demo.OutboxAlone;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Deliveries to one webhook, whose deliverer is killed when half of them are made; another goes on. */
final class Killing {

    private static final int INSTANCES_SHARE = 10;
    private static final String SECRET = "of the measurement, 32 characters";
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(20);

    private final OutboxAlone rig;
    private final int deliveries;
    private final Consumer<String> progress;

    Killing(OutboxAlone rig, int deliveries, Consumer<String> progress) {
        this.rig = rig;
        this.deliveries = deliveries;
        this.progress = progress;
    }

    void run(Consumer<Line> lines) throws IOException, InterruptedException {
        progress.accept(
                "delivers " + deliveries + " facts, and kills the process that does when half of them are told");
        try (WebhookReceiver receiver = WebhookReceiver.alone("127.0.0.1", SECRET, Clock.systemUTC())) {
            rig.subscribe(receiver.url(), SECRET);
            rig.write(deliveries, Math.max(1, deliveries / INSTANCES_SHARE));
            deliver(receiver, deliveries / 2);
            int beforeTheKill = receiver.received().size();
            deliver(receiver, deliveries);
            lines.accept(line(receiver.received(), beforeTheKill));
        }
    }

    /** Delivers until so many different facts were received, and is killed then. */
    private void deliver(WebhookReceiver receiver, int wanted) throws IOException, InterruptedException {
        Process drainer = rig.drainer();
        try {
            long began = System.nanoTime();
            while (ids(receiver.received()).size() < wanted) {
                if (System.nanoTime() - began > LIMIT.toNanos()) {
                    throw new IOException(ids(receiver.received()).size() + " of " + wanted + " facts were told after "
                            + LIMIT.toMinutes() + " min");
                }
                if (!drainer.isAlive()) {
                    throw new IOException("the process that delivers has ended by itself: "
                            + drainer.inputReader(StandardCharsets.UTF_8).readLine());
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        } finally {
            drainer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static Set<UUID> ids(List<Received> all) {
        Set<UUID> ids = new HashSet<>();
        all.forEach(one -> ids.add(one.id()));
        return ids;
    }

    private Line line(List<Received> all, int beforeTheKill) {
        Map<UUID, Integer> attempts = new HashMap<>();
        int repeats = 0;
        int unmarked = 0;
        for (Received one : all) {
            Integer before = attempts.put(one.id(), one.attempt());
            if (before != null) {
                repeats++;
                unmarked += one.attempt() > before ? 0 : 1;
            }
        }
        int lost = deliveries - attempts.size();
        double seconds = Duration.between(
                                all.getFirst().receivedAt(),
                                all.get(beforeTheKill - 1).receivedAt())
                        .toNanos()
                / 1e9;
        double perSecond = beforeTheKill / Math.max(seconds, 1e-3);
        return new Line(
                "killed",
                deliveries + " facts to one webhook; the process that delivers is killed (SIGKILL) after "
                        + beforeTheKill,
                String.format(
                        Locale.ROOT,
                        "%d lost; %d told twice, %d of them unmarked; %.0f a second before the kill",
                        lost,
                        repeats,
                        unmarked,
                        perSecond),
                "none lost, repeats marked",
                lost == 0 && unmarked == 0,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("facts", deliveries)
                        .put("lost", lost)
                        .put("repeats", repeats)
                        .put("unmarked", unmarked)
                        .put("perSecond", perSecond));
    }
}
