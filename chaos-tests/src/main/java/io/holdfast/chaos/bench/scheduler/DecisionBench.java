package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** How long one instance's home takes to find, in memory, with every filter asked; each claim is in the snapshot before the next is asked for. */
public final class DecisionBench {

    /** Hosts, and how long the slowest of a hundred may take there. */
    private static final Map<Integer, Long> TARGET_NANOS = Map.of(10_000, 1_000_000L, 50_000, 5_000_000L);

    private static final int WARM_UP = 3_000;

    private final Options options;

    public DecisionBench(Options options) {
        this.options = options;
    }

    /**
     * @param hosts each 1 to 100000
     * @param used percent of memory, 0 to 100
     * @param decisions 1 to 1000000
     */
    public record Options(List<Integer> hosts, int used, int decisions) {
        public Options {
            hosts = List.copyOf(hosts);
            hosts.forEach(count -> Checked.within("--hosts", count, 1, 100_000));
            Checked.within("--used", used, 0, 100);
            Checked.within("--decisions", decisions, 1, 1_000_000);
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) {
        boolean kept = true;
        for (int hosts : options.hosts()) {
            Line line = measure(hosts);
            lines.accept(line);
            kept &= line.kept();
        }
        return kept;
    }

    private Line measure(int count) {
        LoadedFleet cloud = new LoadedFleet(count, options.used());
        Map<HostId, HostSnapshot> known = new HashMap<>();
        cloud.hosts().forEach(host -> known.put(host.host(), host));
        Fleet fleet = new Fleet(cloud.hosts(), SchedulerSettings.defaults());
        Samples samples = new Samples();
        int placed = 0;
        for (int i = -Math.min(WARM_UP, options.decisions()); i < options.decisions(); i++) {
            LoadedFleet.Wish wish = cloud.wish();
            long begun = System.nanoTime();
            Placement placement =
                    fleet.place(wish.groups(), List.of(wish.request())).getFirst();
            long took = System.nanoTime() - begun;
            if (i >= 0) {
                samples.add(took);
            }
            if (placement instanceof Placement.Placed home) {
                placed += i >= 0 ? 1 : 0;
                HostSnapshot before = Objects.requireNonNull(known.get(home.host()));
                HostSnapshot after =
                        before.withUsed(before.used().plus(wish.request().wants()), before.instances() + 1);
                known.put(home.host(), after);
                fleet.put(after);
            }
        }
        Long target = TARGET_NANOS.get(count);
        ObjectNode figures = samples.figures()
                .put("hosts", count)
                .put("memoryUsedPercent", options.used())
                .put("decisions", options.decisions())
                .put("placed", placed);
        return new Line(
                "decision-" + count,
                count + " hosts, " + options.used() + " % of memory in use; " + placed + " of " + options.decisions()
                        + " found a home",
                samples.words(),
                target == null ? "" : "p99 at most " + Samples.millis(target),
                target == null || samples.nanos(99) <= target,
                figures);
    }
}
