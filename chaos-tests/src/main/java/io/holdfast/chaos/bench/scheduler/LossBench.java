package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Placer;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.server.demo.StoredCloud;
import io.holdfast.server.demo.StoredCloud.Homeless;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * How long it takes to find new homes when one host fails, or many at one moment: the plan alone, with the snapshot as it is then and a home
 * for each instance; for one host also where the plan was kept; and once more over a database, with the plan read from it and each claim
 * committed.
 */
public final class LossBench {

    private static final int PLANS = 5;

    /** As many claims as recovery has under way. */
    private static final int CLAIMS_AT_ONCE = 400;

    /** Hosts, how many of them fail, how many instances each has, and the time for plan and claims together. */
    private record Case(int hosts, int lost, int each, long targetNanos) {

        /** Every so manieth, so that each zone and each rack loses its part. */
        List<Integer> failed() {
            return IntStream.range(0, lost).map(i -> i * (hosts / lost)).boxed().toList();
        }

        String words(int used) {
            return lost + " of " + hosts + " hosts with " + each + " instances each, " + used + " % of memory in use; ";
        }

        String target() {
            return "at most " + targetNanos / 1_000_000_000 + " s";
        }
    }

    private static final List<Case> CASES = List.of(
            new Case(5_000, 1, 50, 2_000_000_000L),
            new Case(5_000, 80, 50, 2_000_000_000L),
            new Case(10_000, 1_000, 40, 10_000_000_000L));

    private final Options options;
    private final Consumer<String> progress;

    public LossBench(Options options, Consumer<String> progress) {
        this.options = options;
        this.progress = progress;
    }

    /**
     * @param used percent of memory, 0 to 100
     * @param lost which losses, by how many hosts fail
     */
    public record Options(int used, List<Integer> lost) {
        public Options {
            Checked.within("--used", used, 0, 100);
            lost = List.copyOf(lost);
            for (int each : lost) {
                if (CASES.stream().noneMatch(one -> one.lost == each)) {
                    throw new IllegalArgumentException("--lost must be of "
                            + CASES.stream().map(one -> one.lost).toList() + ", is " + each);
                }
            }
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) throws IOException {
        boolean kept = true;
        for (Case each : CASES) {
            if (options.lost().contains(each.lost)) {
                Line plan = plan(each);
                lines.accept(plan);
                if (each.lost() == 1) {
                    Line known = new KeptPlanBench(each.hosts(), each.each(), options.used()).run();
                    lines.accept(known);
                    kept &= known.kept();
                }
                Line claimed = claimed(each);
                lines.accept(claimed);
                kept &= plan.kept() && claimed.kept();
            }
        }
        return kept;
    }

    /** Once: a claimed cloud is not what it was. */
    private Line claimed(Case of) throws IOException {
        progress.accept("storing " + of.hosts() + " hosts and " + of.lost() * of.each() + " instances");
        LoadedFleet fleet = new LoadedFleet(of.hosts(), options.used());
        List<HostId> failed =
                of.failed().stream().map(h -> fleet.hosts().get(h).host()).toList();
        Samples plans = new Samples();
        Samples both = new Samples();
        int granted;
        List<Homeless> homeless;
        try (StoredCloud cloud = StoredCloud.open(fleet.hosts(), SchedulerSettings.defaults())) {
            homeless = cloud.isolated(failed, of.each(), List.of(LoadedFleet.FLAVORS));
            List<Placer.Search> searches = homeless.stream()
                    .map(one -> new Placer.Search(one.instance(), one.wants(), null, null, true))
                    .toList();
            // A controller that has run for a while has planned before; what it has read of the hosts since is part of
            // the time.
            var _ = cloud.placer().chooseAll(searches.subList(0, 1));
            progress.accept("planning and claiming");
            long begun = System.nanoTime();
            List<Placer.Choice> choices = cloud.placer().chooseAll(searches);
            plans.add(System.nanoTime() - begun);
            granted = claim(cloud, homeless, choices);
            both.add(System.nanoTime() - begun);
        }
        return new Line(
                "loss-" + of.lost() + "-claimed",
                of.words(options.used()) + "plan and claims committed in PostgreSQL; " + granted + " of "
                        + homeless.size() + " got a home",
                "once: " + Samples.millis(both.nanos(100)) + ", of that the plan " + Samples.millis(plans.nanos(100)),
                of.target(),
                both.nanos(100) <= of.targetNanos() && granted == homeless.size(),
                both.figures()
                        .put("perSecond", granted / (both.nanos(100) / 1e9))
                        .put("hosts", of.hosts())
                        .put("lost", of.lost())
                        .put("instances", homeless.size())
                        .put("granted", granted)
                        .put("planUs", plans.nanos(100) / 1000.0)
                        .put("memoryUsedPercent", options.used()));
    }

    /** As recovery does: a call for each, so many at once. */
    private static int claim(StoredCloud cloud, List<Homeless> homeless, List<Placer.Choice> choices) {
        AtomicInteger granted = new AtomicInteger();
        Semaphore places = new Semaphore(CLAIMS_AT_ONCE);
        try (ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < homeless.size(); i++) {
                if (choices.get(i) instanceof Placer.Choice.Home home) {
                    Homeless one = homeless.get(i);
                    places.acquireUninterruptibly();
                    calls.execute(() -> {
                        try {
                            Claim claim = cloud.claims()
                                    .evacuate(
                                            one.instance(),
                                            Generation.of(1),
                                            home.host(),
                                            one.proof(),
                                            false,
                                            cloud.leader(),
                                            List.of());
                            if (claim instanceof Claim.Granted) {
                                granted.incrementAndGet();
                            }
                        } finally {
                            places.release();
                        }
                    });
                }
            }
        }
        return granted.get();
    }

    private Line plan(Case of) {
        LoadedFleet cloud = new LoadedFleet(of.hosts(), options.used());
        List<HostSnapshot> hosts = new ArrayList<>(cloud.hosts());
        Map<HostId, String> excluded = new HashMap<>();
        for (int h : of.failed()) {
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
                of.words(options.used()) + "the plan alone; " + placed + " of " + requests.size() + " found a home",
                samples.words(),
                of.target() + " with its claims",
                samples.nanos(100) <= of.targetNanos(),
                figures);
    }
}
