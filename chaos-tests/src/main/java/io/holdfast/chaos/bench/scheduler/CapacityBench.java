package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.CapacitySurvey;
import io.holdfast.scheduler.capacity.LoadedSegment;
import io.holdfast.scheduler.capacity.Outlook;
import io.holdfast.scheduler.capacity.ProtectedInstance;
import io.holdfast.scheduler.capacity.SegmentSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** How long the answer takes after one instance was moved: the snapshot in columns, and every failure judged. */
public final class CapacityBench {

    private static final long TARGET_NANOS = 50_000_000;
    private static final int WARM_UP = 60;

    private final Options options;

    public CapacityBench(Options options) {
        this.options = options;
    }

    /**
     * @param hosts 2 to 1000
     * @param instances 1 to 100000
     * @param used percents, each 1 to 100
     * @param changes 1 to 100000
     */
    public record Options(int hosts, int instances, List<Integer> used, int changes) {
        public Options {
            used = List.copyOf(used);
            Checked.within("--hosts", hosts, 2, 1000);
            Checked.within("--instances", instances, 1, 100_000);
            used.forEach(percent -> Checked.within("--used", percent, 1, 100));
            Checked.within("--changes", changes, 1, 100_000);
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) {
        boolean kept = true;
        for (int percent : options.used()) {
            Line line = measure(percent);
            lines.accept(line);
            kept &= line.kept();
        }
        return kept;
    }

    private Line measure(int percent) {
        SegmentSnapshot segment = LoadedSegment.of(options.hosts(), options.instances(), percent);
        Samples samples = new Samples();
        Outlook outlook = answer(segment);
        for (int change = -WARM_UP; change < options.changes(); change++) {
            segment = moved(segment, change + WARM_UP);
            long begun = System.nanoTime();
            outlook = answer(segment);
            long took = System.nanoTime() - begun;
            if (change >= 0) {
                samples.add(took);
            }
        }
        Outlook.Pairs pairs = outlook.pairs();
        ObjectNode figures = samples.figures()
                .put("hosts", options.hosts())
                .put("instances", options.instances())
                .put("memoryUsedPercent", percent)
                .put("pairsSurvivable", pairs.survivable())
                .put("pairsNotSurvivable", pairs.notSurvivable())
                .put("pairsNotProven", pairs.notProven());
        return new Line(
                "capacity-" + percent,
                options.hosts() + " hosts, " + options.instances() + " instances, " + percent
                        + " % of memory in use; of " + pairs.count() + " pairs " + pairs.survivable() + " survivable",
                samples.words(),
                "p99 at most 50 ms",
                samples.nanos(99) <= TARGET_NANOS,
                figures);
    }

    private static Outlook answer(SegmentSnapshot segment) {
        Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());
        return new CapacitySurvey(
                        segment,
                        SchedulerSettings.defaults(),
                        (hosts, groups, requests, failed) -> scheduler.place(hosts, groups, requests))
                .outlook();
    }

    /** One instance went from its home to the next host; what it used went with it. */
    private static SegmentSnapshot moved(SegmentSnapshot from, int change) {
        int which = (int) ((long) change * 7919 % from.instances().size());
        ProtectedInstance instance = from.instances().get(which);
        List<HostId> names = from.hosts().stream().map(HostSnapshot::host).toList();
        HostId to = names.get((names.indexOf(instance.home()) + 1) % names.size());
        List<ProtectedInstance> instances = new ArrayList<>(from.instances());
        instances.set(
                which,
                new ProtectedInstance(
                        instance.id(), instance.name(), to, instance.wants(), instance.zone(), instance.priority()));
        List<HostSnapshot> hosts = from.hosts().stream()
                .map(host -> host.host().equals(to)
                        ? used(host, host.used().plus(instance.wants()), 1)
                        : host.host().equals(instance.home())
                                ? used(host, host.used().minus(instance.wants()), -1)
                                : host)
                .toList();
        return new SegmentSnapshot(
                from.segment(), hosts, from.lost(), from.domains(), from.groups(), instances, from.reaches());
    }

    private static HostSnapshot used(HostSnapshot host, Resources used, int more) {
        return new HostSnapshot(
                host.host(),
                host.segment(),
                host.zone(),
                host.alive(),
                host.enabled(),
                host.capacity(),
                used,
                host.instances() + more);
    }
}
