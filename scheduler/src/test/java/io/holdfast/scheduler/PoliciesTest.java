package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Several ways of weighing side by side: by zone, by aggregate, by flavor. */
class PoliciesTest {

    private static final PolicySettings PACKING =
            new PolicySettings(-1.0, 0.0, null, null, null, null, null, null, null, null);
    private static final PolicySettings EVEN =
            new PolicySettings(null, 50.0, null, null, null, null, null, null, null, null);

    @Test
    void aZoneIsPackedWhileTheOthersAreSpread() {
        SchedulerSettings settings = settings(Map.of("packing", PACKING), Map.of("edge", "packing"));
        List<HostSnapshot> edge = List.of(host("h1", "edge", 8, Map.of()), host("h2", "edge", 2, Map.of()));
        List<HostSnapshot> core = List.of(host("h1", "core", 8, Map.of()), host("h2", "core", 2, Map.of()));
        assertThat(home(settings, edge, null)).isEqualTo("h2");
        assertThat(home(settings, core, null)).isEqualTo("h1");
    }

    @Test
    void anAggregatesPolicyGoesBeforeItsZonesAndAFlavorsBeforeBoth() {
        SchedulerSettings settings = settings(
                Map.of(
                        "packing",
                        PACKING,
                        "even",
                        new PolicySettings(1.0, 0.5, null, null, null, null, null, null, null, null)),
                Map.of("edge", "packing"));
        Map<String, Set<String>> even = Map.of("scheduler_policy", Set.of("even"));
        List<HostSnapshot> hosts = List.of(host("h1", "edge", 8, even), host("h2", "edge", 2, even));
        assertThat(home(settings, hosts, null)).isEqualTo("h1");
        assertThat(home(settings, hosts, "packing")).isEqualTo("h2");
        assertThat(home(settings, hosts, "unknown")).as("as if none were named").isEqualTo("h1");
    }

    @Test
    void ofSeveralAggregatesTheFirstPolicyByNameHasTheLastWordAndTheSmallestMultiplierCounts() {
        SchedulerSettings settings = settings(Map.of("even", EVEN, "packing", PACKING), Map.of());
        assertThat(settings.multipliers(null, "z", Map.of("scheduler_policy", Set.of("packing", "even")))
                        .spread())
                .isEqualTo(50.0);
        assertThat(settings.multipliers(null, "z", Map.of("scheduler_policy", Set.of("packing", "even")))
                        .freeMemory())
                .as("which it leaves to the other")
                .isEqualTo(-1.0);
        assertThat(settings.multipliers(null, "z", Map.of("ram_weight_multiplier", Set.of("2.5", "2", "much")))
                        .freeMemory())
                .isEqualTo(2.0);
        Multipliers odd = settings.multipliers(
                null,
                "z",
                Map.of(
                        "group_weight_multiplier",
                        Set.of("-4"),
                        "cpu_weight_multiplier",
                        Set.of("1e9"),
                        "ram_weight_multiplier",
                        Set.of("NaN")));
        assertThat(odd).as("none of them is one").isEqualTo(settings.multipliers(null, "z", Map.of()));
    }

    @Test
    void anAggregatesOwnMultipliersAreThoseOfItsHosts() {
        SchedulerSettings settings = SchedulerSettings.defaults();
        Map<String, Set<String>> packed = Map.of("ram_weight_multiplier", Set.of("-3.0"));
        List<HostSnapshot> hosts = List.of(host("h1", "z", 8, packed), host("h2", "z", 2, packed));
        assertThat(home(settings, hosts, null)).isEqualTo("h2");
        Explanation explained = new Scheduler(settings).explain(hosts, List.of(), request(1, null));
        assertThat(explained.hosts().getFirst().points()).containsEntry("free-memory", -3.0 * 7 / 8);
    }

    @Test
    void whatIsNoPolicyIsSaidByItsKey() {
        assertThatThrownBy(() -> settings(Map.of(), Map.of("edge", "packing")))
                .hasMessage("scheduler.zones.edge names the policy packing, which scheduler.policies does not have");
        assertThatThrownBy(() -> settings(Map.of("Packing", PACKING), Map.of()))
                .hasMessageContaining("scheduler.policies.Packing");
        assertThatThrownBy(() -> settings(
                        Map.of("p", new PolicySettings(null, null, -1.0, null, null, null, null, null, null, null)),
                        Map.of()))
                .hasMessage("scheduler.policies.p.group-multiplier must be between 0.0 and 1000.0, is -1.0");
    }

    @Test
    void whereMeasuredProcessorsCountTheIdlestIsLikedBestAndWhoIsNotMeasuredIsInTheMiddle() {
        SchedulerSettings settings = settings(
                Map.of("idle", new PolicySettings(null, null, null, null, null, null, null, null, null, 10.0)),
                Map.of());
        HostSnapshot busy = host("h1", "nova", 8, Map.of()).withBusyPercent(90);
        HostSnapshot unmeasured = host("h2", "nova", 8, Map.of());
        HostSnapshot idle = host("h3", "nova", 8, Map.of()).withBusyPercent(20);
        assertThat(home(settings, List.of(busy, unmeasured, idle), "idle")).isEqualTo("h3");
        assertThat(home(settings, List.of(busy, unmeasured), "idle")).isEqualTo("h2");
        assertThat(home(settings, List.of(busy, unmeasured, idle), null))
                .as("off by default")
                .isEqualTo("h1");
        assertThat(settings.weighsMeasuredCpu()).isTrue();
        assertThat(SchedulerSettings.defaults().weighsMeasuredCpu()).isFalse();
        // An aggregate may turn it on for its hosts alone.
        assertThat(home(
                        settings,
                        List.of(
                                busy,
                                host("h2", "nova", 8, Map.of("measured_cpu_weight_multiplier", Set.of("-5")))
                                        .withBusyPercent(0)),
                        null))
                .isEqualTo("h1");
        assertThat(new Scheduler(settings)
                        .explain(List.of(idle), List.of(), request(1, "idle"))
                        .hosts()
                        .getFirst()
                        .points())
                .containsEntry("measured-cpu", 8.0);
    }

    /** What the columns choose is what the weighers, asked one by one, like best, whatever the policies. */
    @Property(tries = 500)
    void whoIsChosenIsTheMostWelcomeByTheMultipliersOfItsHost(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, PolicySettings> policies = new HashMap<>();
        for (String name : List.of("a", "b")) {
            policies.put(
                    name,
                    new PolicySettings(
                            maybe(random),
                            maybe(random),
                            null,
                            maybe(random),
                            null,
                            maybe(random),
                            maybe(random),
                            cost(random),
                            cost(random),
                            maybe(random)));
        }
        SchedulerSettings settings = settings(policies, random.nextBoolean() ? Map.of("edge", "b") : Map.of());
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int h = 0; h < 1 + random.nextInt(6); h++) {
            Map<String, Set<String>> metadata = new HashMap<>();
            if (random.nextInt(3) == 0) {
                metadata.put("scheduler_policy", Set.of("a"));
            }
            if (random.nextInt(3) == 0) {
                metadata.put("ram_weight_multiplier", Set.of("" + (random.nextInt(7) - 3)));
            }
            hosts.add(host("h" + h, random.nextBoolean() ? "edge" : "core", random.nextInt(9), metadata)
                    .withOutside(new Outside(Map.of(), random.nextInt(3)))
                    .withBuildFailures(random.nextInt(3))
                    .withBusyPercent(random.nextBoolean() ? null : random.nextInt(101)));
        }
        List<PlacementRequest> requests = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            requests.add(request(i, random.nextInt(3) == 0 ? "a" : random.nextBoolean() ? "b" : null));
        }
        Fleet fleet = new Fleet(hosts, settings);
        for (PlacementRequest request : requests) {
            @Nullable
            HostId best = new Scheduler(settings)
                    .explain(hosts, List.of(), request).hosts().stream()
                            .filter(Explanation.OfHost::isEligible)
                            .max(java.util.Comparator.comparingDouble(Explanation.OfHost::total)
                                    .thenComparing(Explanation.OfHost::host, java.util.Comparator.reverseOrder()))
                            .map(Explanation.OfHost::host)
                            .orElse(null);
            assertThat(homeOf(fleet.place(List.of(), List.of(request)).getFirst()))
                    .as("seed %s", seed)
                    .isEqualTo(best == null ? null : best.value());
        }
    }

    private static @Nullable Double maybe(Random random) {
        return random.nextBoolean() ? null : (double) (random.nextInt(7) - 3);
    }

    private static @Nullable Double cost(Random random) {
        return random.nextBoolean() ? null : random.nextInt(3) * 0.5;
    }

    private static SchedulerSettings settings(Map<String, PolicySettings> policies, Map<String, String> zones) {
        return new SchedulerSettings(
                4.0,
                1.0,
                0,
                1.0,
                0.5,
                10.0,
                0,
                0,
                0,
                1.0,
                0.05,
                1.0,
                0,
                0,
                AdvisorySettings.defaults(),
                policies,
                zones);
    }

    private static @Nullable String home(
            SchedulerSettings settings, List<HostSnapshot> hosts, @Nullable String policy) {
        return homeOf(new Scheduler(settings)
                .place(hosts, List.of(request(1, policy)))
                .getFirst());
    }

    private static @Nullable String homeOf(Placement placement) {
        return placement instanceof Placement.Placed placed ? placed.host().value() : null;
    }

    private static HostSnapshot host(String name, String zone, int gib, Map<String, Set<String>> metadata) {
        return new HostSnapshot(
                HostId.of(name),
                SegmentId.of("s"),
                zone,
                true,
                true,
                new Resources(16, gib * 1024, 0),
                Resources.NOTHING,
                0,
                FailureDomains.NONE,
                metadata,
                Set.of(),
                Map.of(),
                0,
                Outside.NONE);
    }

    private static PlacementRequest request(int number, @Nullable String policy) {
        return new PlacementRequest(InstanceId.of(new UUID(1, number)), new Resources(1, 1024, 0), null, null, Map.of())
                .with(new PlacementRules(Set.of(), Set.of(), Map.of(), HostWish.NONE, policy, ProjectId.of("p")));
    }
}
