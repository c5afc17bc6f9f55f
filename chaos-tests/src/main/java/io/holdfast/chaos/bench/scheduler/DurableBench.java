package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.server.demo.StoredCloud;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** How many instances that wait in the database get a home in a second, each decided on the whole cloud and committed with its claim. */
public final class DurableBench {

    private static final double TARGET = 4_000;

    /** The first ones are for the compiler, and for the database's memory. */
    private static final int UNCOUNTED = 2;

    private final Options options;
    private final Consumer<String> progress;

    /**
     * @param hosts 1 to 100,000
     * @param used percent of memory before anything is placed, 0 to 100
     * @param instances in each round, a multiple of 4 of 4 to 100,000; a quarter of each of four sizes
     * @param rounds that are counted, 1 to 100
     */
    public record Options(int hosts, int used, int instances, int rounds) {
        public Options {
            Checked.within("--hosts", hosts, 1, 100_000);
            Checked.within("--used", used, 0, 100);
            Checked.within("--instances", instances, 4, 100_000);
            if (instances % 4 != 0) {
                throw new IllegalArgumentException("--instances must be a multiple of 4, is " + instances);
            }
            Checked.within("--rounds", rounds, 1, 100);
        }
    }

    public DurableBench(Options options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
    }

    /** @return whether the target was met */
    public boolean run(Consumer<Line> lines) throws IOException {
        progress.accept("storing " + options.hosts() + " hosts");
        Samples rounds = new Samples();
        long placed = 0;
        long left = 0;
        try (StoredCloud cloud = StoredCloud.open(
                new LoadedFleet(options.hosts(), options.used()).hosts(), SchedulerSettings.defaults())) {
            for (int round = -UNCOUNTED; round < options.rounds(); round++) {
                cloud.waiting(options.instances() / 4, List.of(LoadedFleet.FLAVORS));
                progress.accept("placing " + options.instances() + " instances");
                long begun = System.nanoTime();
                cloud.place();
                long took = System.nanoTime() - begun;
                if (round >= 0) {
                    rounds.add(took);
                    int homeless = cloud.homeless();
                    placed += options.instances() - homeless;
                    left += homeless;
                }
                cloud.empty();
            }
        }
        double perSecond = placed / (rounds.sum() / 1e9);
        ObjectNode figures = rounds.figures()
                .put("perSecond", perSecond)
                .put("hosts", options.hosts())
                .put("instancesPerRound", options.instances())
                .put("memoryUsedPercent", options.used())
                .put("homeless", left);
        Line line = new Line(
                "durable",
                options.instances() + " instances on " + options.hosts() + " hosts, " + options.used()
                        + " % of memory in use, decided and committed; each time is a round of all of them",
                String.format(Locale.ROOT, "%.0f a second; ", perSecond) + rounds.words(),
                String.format(Locale.ROOT, "%.0f a second", TARGET),
                perSecond >= TARGET && left == 0,
                figures);
        lines.accept(line);
        return line.kept();
    }
}
