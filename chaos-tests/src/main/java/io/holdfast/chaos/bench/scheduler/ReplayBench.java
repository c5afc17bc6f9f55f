package io.holdfast.chaos.bench.scheduler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.chaos.bench.Line;
import io.holdfast.chaos.bench.scheduler.Arrivals.Arrival;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Fleet;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.SchedulerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Machines come and go until the first one is refused: how much of all memory was in use by then, with our weights and with best fit, which puts each
 * where it leaves least.
 */
public final class ReplayBench {

    /** By how much, in percent of all memory, packing may be worse than best fit. */
    private static final double BEHIND_MAX = 2.0;

    private static final int MADE = 400_000;

    private final Options options;
    private final Arrivals arrivals;

    /** @throws IllegalArgumentException when the trace cannot be read; says which file and line */
    public ReplayBench(Options options) {
        this.options = options;
        Path trace = options.trace();
        this.arrivals = trace == null ? MadeArrivals.of(MADE) : AzureTrace.read(trace);
    }

    /**
     * @param trace folder of the Azure trace, or null for made arrivals
     * @param hosts 1 to 20000
     * @param memoryGib of each host, 1 to 4096
     * @param copies how often each arrival comes, 1 to 100; so that more hosts are filled by the same trace
     */
    public record Options(@Nullable Path trace, int hosts, int memoryGib, int copies) {
        public Options {
            Checked.within("--hosts", hosts, 1, 20_000);
            Checked.within("--host-memory", memoryGib, 1, 4096);
            Checked.within("--copies", copies, 1, 100);
        }
    }

    /** @return whether every target was met */
    public boolean run(Consumer<Line> lines) {
        Samples oracle = new Samples();
        Played best = play(new BestFit(), oracle);
        lines.accept(line("best-fit", "best fit, the oracle", best, null, oracle));
        boolean kept = true;
        for (boolean packs : new boolean[] {true, false}) {
            Samples samples = new Samples();
            Played ours = play(new Ours(packs ? packing() : SchedulerSettings.defaults()), samples);
            Line line = line(
                    packs ? "packing" : "spreading",
                    packs ? "free-memory-multiplier -1, spread-multiplier 0" : "the default weights, which spread",
                    ours,
                    packs ? best : null,
                    samples);
            lines.accept(line);
            kept &= line.kept();
        }
        return kept;
    }

    /** Fill one host before the next. */
    private static SchedulerSettings packing() {
        return new SchedulerSettings(4.0, 1.0, 0, -1.0, 0, 10.0);
    }

    /** @param refused whether anybody was, before the trace ended */
    private record Played(double memoryShare, double cpuShare, int placed, boolean refused) {}

    private Line line(String name, String what, Played played, @Nullable Played oracle, Samples samples) {
        double behind = oracle == null ? 0 : 100 * (oracle.memoryShare() - played.memoryShare());
        ObjectNode figures = samples.figures()
                .put("hosts", options.hosts())
                .put("memoryGib", options.memoryGib())
                .put("copies", options.copies())
                .put("placed", played.placed())
                .put("refused", played.refused())
                .put("memoryShareAtFirstRefusal", played.memoryShare())
                .put("cpuShareAtFirstRefusal", played.cpuShare());
        return new Line(
                name,
                what + "; " + arrivals.source() + " on " + options.hosts() + " hosts of " + options.memoryGib()
                        + " GiB, each " + options.copies() + " times",
                String.format(
                                Locale.ROOT,
                                "%.1f %% of memory and %.1f %% of vCPUs in use ",
                                100 * played.memoryShare(),
                                100 * played.cpuShare())
                        + (played.refused() ? "at the first refusal" : "at most, and nobody was refused") + ", "
                        + played.placed() + " placed"
                        + "; a decision: " + samples.words(),
                oracle == null ? "" : "at most 2 % of memory less than best fit",
                behind <= BEHIND_MAX,
                figures);
    }

    private record Leaving(long second, int host, Resources wants) {}

    /** Where each goes: the number of a host, or -1. */
    private interface Choice {
        int choose(int number, Resources wants);

        void changed(int host, Resources used, int instances);
    }

    private Played play(Choice choice, Samples samples) {
        Resources[] used = new Resources[options.hosts()];
        int[] instances = new int[options.hosts()];
        java.util.Arrays.fill(used, Resources.NOTHING);
        PriorityQueue<Leaving> leaving = new PriorityQueue<>(Comparator.comparingLong(Leaving::second));
        long memory = 0;
        long cpus = 0;
        long memoryMost = 0;
        long cpusMost = 0;
        int placed = 0;
        boolean refused = false;
        play:
        for (Arrival arrival : arrivals.all()) {
            for (Leaving next = leaving.peek();
                    next != null && next.second() <= arrival.second();
                    next = leaving.peek()) {
                leaving.remove();
                used[next.host()] = used[next.host()].minus(next.wants());
                choice.changed(next.host(), used[next.host()], --instances[next.host()]);
                memory -= next.wants().memoryMib();
                cpus -= next.wants().vcpus();
            }
            for (int copy = 0; copy < options.copies(); copy++) {
                long begun = System.nanoTime();
                int host = choice.choose(placed, arrival.wants());
                samples.add(System.nanoTime() - begun);
                if (host < 0) {
                    refused = true;
                    memoryMost = memory;
                    cpusMost = cpus;
                    break play;
                }
                placed++;
                used[host] = used[host].plus(arrival.wants());
                choice.changed(host, used[host], ++instances[host]);
                memory += arrival.wants().memoryMib();
                cpus += arrival.wants().vcpus();
                memoryMost = Math.max(memoryMost, memory);
                cpusMost = Math.max(cpusMost, cpus);
                if (arrival.gone() != Long.MAX_VALUE) {
                    leaving.add(new Leaving(arrival.gone(), host, arrival.wants()));
                }
            }
        }
        double allMemory = (double) options.hosts() * options.memoryGib() * 1024;
        double allCpus = options.hosts()
                * (double) vcpus()
                * SchedulerSettings.defaults().vcpuOvercommit();
        return new Played(memoryMost / allMemory, cpusMost / allCpus, placed, refused);
    }

    /** A host has a processor for each four GiB. */
    private int vcpus() {
        return Math.max(1, options.memoryGib() / 4);
    }

    private final class Ours implements Choice {
        private final Fleet fleet;
        private final ToIntFunction<HostId> number;

        Ours(SchedulerSettings settings) {
            List<HostSnapshot> hosts = new ArrayList<>();
            for (int h = 0; h < options.hosts(); h++) {
                hosts.add(snapshot(h, Resources.NOTHING, 0));
            }
            fleet = new Fleet(hosts, settings);
            number = id -> Integer.parseInt(id.value().substring(1));
        }

        private HostSnapshot snapshot(int host, Resources used, int instances) {
            return new HostSnapshot(
                    LoadedFleet.host(host),
                    SegmentId.of("bench"),
                    "nova",
                    true,
                    true,
                    new Resources(vcpus(), options.memoryGib() * 1024, 0),
                    used,
                    instances);
        }

        @Override
        public int choose(int which, Resources wants) {
            PlacementRequest request =
                    new PlacementRequest(InstanceId.of(new UUID(6, which)), wants, null, null, Map.of());
            return fleet.place(List.of(), List.of(request)).getFirst() instanceof Placement.Placed placed
                    ? number.applyAsInt(placed.host())
                    : -1;
        }

        @Override
        public void changed(int host, Resources used, int instances) {
            fleet.put(snapshot(host, used, instances));
        }
    }

    /** Looks at every host and knows nothing of filters or weights. */
    private final class BestFit implements Choice {
        private final long[] memory = new long[options.hosts()];
        private final long[] cpus = new long[options.hosts()];

        BestFit() {
            for (int h = 0; h < memory.length; h++) {
                changed(h, Resources.NOTHING, 0);
            }
        }

        @Override
        public int choose(int which, Resources wants) {
            int best = -1;
            for (int h = 0; h < memory.length; h++) {
                if (wants.memoryMib() <= memory[h]
                        && wants.vcpus() <= cpus[h]
                        && (best < 0 || memory[h] < memory[best])) {
                    best = h;
                }
            }
            return best;
        }

        @Override
        public void changed(int host, Resources used, int instances) {
            memory[host] = options.memoryGib() * 1024L - used.memoryMib();
            cpus[host] = (long) (vcpus() * SchedulerSettings.defaults().vcpuOvercommit()) - used.vcpus();
        }
    }
}
