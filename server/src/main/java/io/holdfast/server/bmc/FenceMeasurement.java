package io.holdfast.server.bmc;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.BmcFaults;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What is measured of fencing over IPMI: whole fences, from the request to the proof, through the product's own {@link Fencer}
 * with default settings, against simulated BMCs in this process.
 */
enum FenceMeasurement {
    /** How far from its deadline a call to a dead BMC returns. */
    DEAD {
        @Override
        Figures take(int runs) throws IOException {
            Duration deadline = Duration.ofSeconds(1);
            List<Duration> off = new ArrayList<>();
            try (Rack rack = Rack.of(1, Suite.SUITE_17, BmcFaults.NONE.withSilence())) {
                FenceDevice device = rack.device(0, PASSWORD);
                for (int i = 0; i < Math.min(runs, DEAD_RUNS_MAX); i++) {
                    long startNanos = System.nanoTime();
                    device.powerOff(deadline);
                    off.add(since(startNanos).minus(deadline));
                }
            }
            Duration earliest = off.stream().min(Duration::compareTo).orElseThrow();
            return new Figures(
                    off.size() + " orders to a dead BMC, deadline 1 s: how long after the deadline it is back",
                    "earliest " + millis(earliest) + ", " + spread(off),
                    "at its deadline",
                    !earliest.isNegative() && percentile(off, 100).compareTo(Duration.ofMillis(50)) <= 0);
        }
    },
    /** How soon a wrong password is called so. */
    WRONG_PASSWORD {
        @Override
        Figures take(int runs) throws IOException {
            List<Duration> took = new ArrayList<>();
            boolean named = true;
            for (Suite suite : Suite.values()) {
                try (Rack rack = Rack.of(1, suite, BmcFaults.NONE.withDelay(BMC_TAKES, Duration.ZERO))) {
                    FenceDevice device = rack.device(0, Secret.ofPassword("wrong"));
                    for (int i = 0; i < runs; i++) {
                        PowerReading reading = device.readPower(Duration.ofSeconds(3));
                        named &= reading.detail().startsWith(Trouble.WRONG_PASSWORD.words());
                        took.add(reading.took());
                    }
                }
            }
            return new Figures(
                    took.size()
                            + " readings with a wrong password, suites 3 and 17, a BMC that takes 20 ms for each answer",
                    (named ? "always named; " : "NOT always named; ") + spread(took),
                    "named in < 1 s",
                    named && percentile(took, 100).compareTo(Duration.ofSeconds(1)) < 0);
        }
    },
    LOSS_10 {
        @Override
        Figures take(int runs) throws IOException {
            return loss(runs, 0.1);
        }
    },
    LOSS_30 {
        @Override
        Figures take(int runs) throws IOException {
            return loss(runs, 0.3);
        }
    },
    /** How much longer a hundred fences at a time take than one. */
    PARALLEL {
        @Override
        Figures take(int runs) throws Exception {
            List<Duration> alone = new ArrayList<>();
            List<Duration> together = new ArrayList<>();
            String unproven;
            try (Rack rack =
                    Rack.of(PARALLEL_HOSTS, Suite.SUITE_17, BmcFaults.NONE.withDelay(BMC_TAKES, Duration.ZERO))) {
                rack.fenceAll();
                for (int i = 0; i < PARALLEL_ROUNDS; i++) {
                    rack.switchOn();
                    alone.add(rack.fence(0));
                    rack.switchOn();
                    together.add(rack.fenceAll());
                }
                unproven = rack.unproven();
            }
            Duration one = percentile(alone, 50);
            Duration all = percentile(together, 50);
            return new Figures(
                    PARALLEL_HOSTS
                            + " hosts fenced at a time, and one alone, suite 17, BMCs that take 20 ms for each answer; "
                            + PARALLEL_ROUNDS + " rounds",
                    "one " + millis(one) + ", all " + millis(all) + " (medians), "
                            + String.format(Locale.ROOT, "%.2f", (double) all.toNanos() / one.toNanos()) + " times"
                            + unproven,
                    "at most twice the time of one",
                    unproven.isEmpty() && all.compareTo(one.multipliedBy(2)) <= 0);
        }
    },
    /** What a fence takes when the BMC takes nothing. */
    OVERHEAD {
        @Override
        Figures take(int runs) throws IOException {
            List<Duration> took = new ArrayList<>();
            String unproven = "";
            for (Suite suite : Suite.values()) {
                try (Rack rack = Rack.of(1, suite, BmcFaults.NONE)) {
                    // The first of a process loads classes; a controller reads all devices once when it starts.
                    rack.fence(0);
                    for (int i = 0; i < runs * 3; i++) {
                        rack.switchOn();
                        took.add(rack.fence(0));
                    }
                    unproven += rack.unproven();
                }
            }
            return new Figures(
                    took.size()
                            + " fences one after the other, suites 3 and 17, a BMC that answers at once: read, order, read back",
                    spread(took) + unproven,
                    "p99 <= 50 ms",
                    unproven.isEmpty() && percentile(took, 99).compareTo(Duration.ofMillis(50)) <= 0);
        }
    };

    /**
     * @param what was done
     * @param kept whether the target was met
     */
    record Figures(String what, String measured, String target, boolean kept) {}

    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final int DEAD_RUNS_MAX = 30;
    private static final int PARALLEL_HOSTS = 100;
    private static final int PARALLEL_ROUNDS = 10;

    /** Between what Debian's ipmi_sim (5 ms) and real controllers (tens of milliseconds) take. */
    private static final Duration BMC_TAKES = Duration.ofMillis(20);

    private static final Duration FENCE_DEADLINE = Duration.ofSeconds(15);

    /** Measures; throws what the world does to it. */
    abstract Figures take(int runs) throws Exception;

    private static Figures loss(int runs, double share) throws IOException {
        List<Duration> took = new ArrayList<>();
        int proven = 0;
        try (Rack rack = Rack.of(1, Suite.SUITE_17, BmcFaults.NONE)) {
            rack.fence(0);
            rack.bmcs.getFirst().faults(BmcFaults.NONE.withLoss(share));
            for (int i = 0; i < runs; i++) {
                rack.switchOn();
                long startNanos = System.nanoTime();
                boolean done = rack.request(0) instanceof FenceResult.Proven;
                took.add(since(startNanos));
                proven += done && !rack.bmcs.getFirst().chassis().hasPower() ? 1 : 0;
            }
        }
        return new Figures(
                runs + " fences with " + Math.round(share * 100)
                        + " % of the datagrams lost in each direction, deadline 15 s",
                proven + " of " + runs + " proven; " + spread(took),
                "all proven",
                proven == runs);
    }

    /** BMCs, and a fencer that knows them. */
    private static final class Rack implements AutoCloseable {
        private final List<SimulatedBmc> bmcs = new ArrayList<>();
        private final BmcClient client = new BmcClient();
        private final Suite suite;
        private final Fencer fencer;
        private final AtomicInteger unproven = new AtomicInteger();
        private int life;

        private Rack(int hosts, Suite suite, BmcFaults faults) throws IOException {
            this.suite = suite;
            Map<HostId, FenceDevice> devices = new LinkedHashMap<>();
            for (int i = 0; i < hosts; i++) {
                SimulatedBmc bmc = SimulatedBmc.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR)),
                        i);
                bmc.faults(faults);
                bmcs.add(bmc);
                devices.put(host(i), device(i, PASSWORD));
            }
            this.fencer = new Fencer(
                    FenceDevices.one(devices),
                    new InMemoryFenceJournal(),
                    (_, _) -> true,
                    FencingSettings.defaults(),
                    InstantSource.system());
        }

        static Rack of(int hosts, Suite suite, BmcFaults faults) throws IOException {
            return new Rack(hosts, suite, faults);
        }

        private static HostId host(int index) {
            return HostId.of("h" + index);
        }

        FenceDevice device(int index, Secret password) {
            return new IpmiDevice(
                    client,
                    "127.0.0.1",
                    bmcs.get(index).port(),
                    new Login("fencer", password, null, suite, Privilege.OPERATOR));
        }

        /** What a fence on a good network must never be. */
        String unproven() {
            return unproven.get() == 0 ? "" : "; NOT proven: " + unproven.get();
        }

        /** Every host has power again, and a new life to be fenced. */
        void switchOn() {
            life++;
            bmcs.forEach(bmc -> bmc.chassis().power(true));
        }

        FenceResult request(int index) {
            return fencer.fence(new FenceRequest(
                    CaseId.of(new UUID(life, index)),
                    SegmentId.of("measured"),
                    host(index),
                    HostEpoch.of(life),
                    1,
                    new LeaderEpoch(1),
                    FENCE_DEADLINE));
        }

        Duration fence(int index) {
            long startNanos = System.nanoTime();
            if (!(request(index) instanceof FenceResult.Proven)) {
                unproven.incrementAndGet();
            }
            return since(startNanos);
        }

        /** From the first request to the last proof. */
        Duration fenceAll() throws InterruptedException, ExecutionException {
            long startNanos = System.nanoTime();
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Duration>> fences = new ArrayList<>();
                for (int i = 0; i < bmcs.size(); i++) {
                    int index = i;
                    fences.add(callers.submit(() -> fence(index)));
                }
                for (Future<Duration> fence : fences) {
                    fence.get();
                }
            }
            return since(startNanos);
        }

        @Override
        public void close() {
            bmcs.forEach(SimulatedBmc::close);
        }
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private static Duration percentile(List<Duration> took, int percent) {
        List<Duration> sorted = took.stream().sorted().toList();
        return sorted.get(Math.clamp((sorted.size() * percent + 99) / 100 - 1, 0, sorted.size() - 1));
    }

    private static String spread(List<Duration> took) {
        return "median " + millis(percentile(took, 50)) + ", p99 " + millis(percentile(took, 99)) + ", max "
                + millis(percentile(took, 100));
    }

    private static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
    }
}
