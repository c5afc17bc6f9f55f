package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** How long the plan takes when many hosts fail at one moment: the snapshot as it is then, and a home for each instance. Without the claims. */
public final class LossBench {

    private static final int PLANS = 5;

    /** Hosts, how many of them fail, how many instances each has, and the time for plan and claims together. */
    private record Case(int hosts, int lost, int each, long targetNanos) {}

    private static final List<Case> CASES =
            List.of(new Case(5_000, 80, 50, 2_000_000_000L), new Case(10_000, 1_000, 40, 10_000_000_000L));

    private final Options options;

    public LossBench(Options options) {
        this.options = options;
    }

    /** @param used percent of memory, 0 to 100 */
    public record Options(int used) {
        public Options {
            Checked.within("--used", used, 0, 100);
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) {
        boolean kept = true;
        for (Case each : CASES) {
            Line line = measure(each);
            lines.accept(line);
            kept &= line.kept();
        }
        return kept;
    }

    private Line measure(Case of) {
        LoadedFleet cloud = new LoadedFleet(of.hosts(), options.used());
        List<HostSnapshot> hosts = new ArrayList<>(cloud.hosts());
        Map<HostId, String> excluded = new HashMap<>();
        // Every so manieth, so that each zone and each rack loses its part.
        int step = of.hosts() / of.lost();
        for (int h = 0; h < of.hosts() && excluded.size() < of.lost(); h += step) {
            excluded.put(hosts.get(h).host(), "has failed");
            hosts.set(h, hosts.get(h).withAlive(false));
        }
        Map<HostId, String> failed = Map.copyOf(excluded);
        List<GroupSnapshot> groups = new ArrayList<>();
        List<PlacementRequest> requests = new ArrayList<>();
        for (int i = 0; i < of.lost() * of.each(); i++) {
            LoadedFleet.Wish wish = cloud.wish();
            groups.addAll(wish.groups());
            PlacementRequest request = wish.request();
            requests.add(
                    new PlacementRequest(request.instance(), request.wants(), request.zone(), request.only(), failed));
        }
        Samples samples = new Samples();
        int placed = 0;
        for (int plan = -1; plan < PLANS; plan++) {
            long begun = System.nanoTime();
            List<Placement> placements = new Fleet(hosts, SchedulerSettings.defaults()).place(groups, requests);
            long took = System.nanoTime() - begun;
            if (plan >= 0) {
                samples.add(took);
            }
            placed = (int) placements.stream()
                    .filter(Placement.Placed.class::isInstance)
                    .count();
        }
        ObjectNode figures = samples.figures()
                .put("hosts", of.hosts())
                .put("lost", of.lost())
                .put("instances", requests.size())
                .put("placed", placed)
                .put("memoryUsedPercent", options.used());
        return new Line(
                "loss-" + of.lost(),
                of.lost() + " of " + of.hosts() + " hosts with " + of.each() + " instances each, " + options.used()
                        + " % of memory in use; " + placed + " of " + requests.size() + " found a home",
                samples.words(),
                "at most " + of.targetNanos() / 1_000_000_000 + " s with its claims",
                samples.nanos(100) <= of.targetNanos(),
                figures);
    }
}
