package io.holdfast.chaos.bench.notices;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.chaos.bench.Line;
import io.holdfast.server.demo.OutboxAlone;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How fast a full outbox is drained: each fact gets its place and its deliveries, and a listener of the feed sees it. */
final class Draining {

    private static final double TARGET_PER_SECOND = 20_000;
    private static final int INSTANCES = 1000;

    private final OutboxAlone rig;
    private final int events;
    private final Consumer<String> progress;

    Draining(OutboxAlone rig, int events, Consumer<String> progress) {
        this.rig = rig;
        this.events = events;
        this.progress = progress;
    }

    void run(Consumer<Line> lines) throws IOException, InterruptedException {
        progress.accept("drains " + events + " facts");
        Process drainer = rig.drainer();
        try {
            BufferedReader said = drainer.inputReader(StandardCharsets.UTF_8);
            require(said.readLine(), "ready");
            // Once unmeasured: a controller that has run for a minute is no longer compiling.
            drained(drainer, said, events / 2);
            String[] words = drained(drainer, said, events);
            double seconds = Long.parseLong(words[0]) / 1e9;
            int outOfOrder = Integer.parseInt(words[1]);
            double perSecond = events / seconds;
            lines.accept(new Line(
                    "drained",
                    events + " facts of the outbox, about " + INSTANCES
                            + " instances, all there at once: each with its place, and seen by a listener",
                    String.format(Locale.ROOT, "%.0f a second; none lost, %d out of order", perSecond, outOfOrder),
                    String.format(Locale.ROOT, "at least %.0f a second, in order", TARGET_PER_SECOND),
                    perSecond >= TARGET_PER_SECOND && outOfOrder == 0,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("facts", events)
                            .put("perSecond", perSecond)
                            .put("outOfOrder", outOfOrder)));
        } finally {
            drainer.outputWriter(StandardCharsets.UTF_8).close();
            if (!drainer.waitFor(30, TimeUnit.SECONDS)) {
                drainer.destroyForcibly();
            }
        }
    }

    private String[] drained(Process drainer, BufferedReader said, int facts) throws IOException {
        drainer.outputWriter(StandardCharsets.UTF_8).write(facts + "\n");
        drainer.outputWriter(StandardCharsets.UTF_8).flush();
        require(said.readLine(), "listening");
        rig.write(facts, INSTANCES);
        String line = said.readLine();
        if (line == null) {
            throw new IOException("the process that drains has ended");
        }
        return line.split(" ", -1);
    }

    private static void require(@Nullable String said, String wanted) throws IOException {
        if (!wanted.equals(said)) {
            throw new IOException("the process that drains said " + said);
        }
    }
}
