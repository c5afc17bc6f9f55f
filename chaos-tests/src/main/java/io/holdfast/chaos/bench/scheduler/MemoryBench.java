package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.model.InstanceId;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.ProtectedInstance;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;

/** What the heap holds of hosts that are ready to be looked through, and of instances that a survey knows, after everything else was collected. */
public final class MemoryBench {

    private static final long TARGET_BYTES = 2L << 30;

    private final Options options;

    public MemoryBench(Options options) {
        this.options = options;
    }

    /**
     * @param hosts 1 to 100000
     * @param instances 1 to 2000000
     */
    public record Options(int hosts, int instances) {
        public Options {
            Checked.within("--hosts", hosts, 1, 100_000);
            Checked.within("--instances", instances, 1, 2_000_000);
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) {
        long before = used();
        List<HostSnapshot> hosts = new LoadedFleet(options.hosts(), 85).hosts();
        Fleet fleet = new Fleet(hosts, SchedulerSettings.defaults());
        List<ProtectedInstance> instances = new ArrayList<>(options.instances());
        long ofHosts;
        long ofInstances;
        try {
            ofHosts = used() - before;
            for (int i = 0; i < options.instances(); i++) {
                instances.add(new ProtectedInstance(
                        InstanceId.of(new UUID(9, i)),
                        "instance-" + i,
                        hosts.get(i % hosts.size()).host(),
                        LoadedFleet.FLAVORS[i % LoadedFleet.FLAVORS.length],
                        null,
                        100));
            }
            ofInstances = used() - before - ofHosts;
        } finally {
            Reference.reachabilityFence(fleet);
            Reference.reachabilityFence(instances);
        }

        lines.accept(line("memory-hosts", options.hosts(), ofHosts, "hosts"));
        lines.accept(line("memory-instances", options.instances(), ofInstances, "instances"));
        long all = ofHosts + ofInstances;
        boolean kept = all <= TARGET_BYTES;
        lines.accept(new Line(
                "memory",
                options.hosts() + " hosts and " + options.instances() + " instances",
                mebibytes(all),
                "at most 2 GiB",
                kept,
                figures(all)));
        return kept;
    }

    private static Line line(String name, int count, long bytes, String what) {
        return new Line(
                name,
                count + " " + what,
                mebibytes(bytes) + ", " + bytes / count + " bytes each",
                "",
                true,
                figures(bytes).put("each", bytes / count));
    }

    private static ObjectNode figures(long bytes) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("unit", "bytes")
                .put("total", bytes)
                .put("machine", Samples.machine());
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    /** Asked until two answers are alike: one collection need not find everything. */
    private static long used() {
        long last = Long.MAX_VALUE;
        for (int tries = 0; tries < 10; tries++) {
            System.gc();
            long now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            if (Math.abs(now - last) < 1024 * 1024) {
                return now;
            }
            last = now;
        }
        return last;
    }
}
