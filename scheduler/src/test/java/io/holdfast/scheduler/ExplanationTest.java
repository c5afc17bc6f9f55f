package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is explained is what is done: the words against the placement, in any data centre. */
class ExplanationTest {

    private static final InstanceId ONE = InstanceId.of(new UUID(1, 1));

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    @Test
    void everyHostHasEachFiltersWordAndEachWeighersPoints() {
        Explanation explained = scheduler.explain(
                List.of(host("h2", 4096, 3072, true), host("h1", 4096, 0, true), host("h3", 8192, 0, false)),
                List.of(new GroupSnapshot(
                        ServerGroupId.of(new UUID(2, 2)), "g", GroupPolicy.SOFT_AFFINITY, 1, Set.of(ONE), Map.of())),
                request(2048, null));
        assertThat(explained.placement())
                .isInstanceOfSatisfying(
                        Placed.class, placed -> assertThat(placed.host()).isEqualTo(HostId.of("h1")));
        assertThat(explained.hosts()).extracting(each -> each.host().value()).containsExactly("h1", "h2", "h3");
        Explanation.OfHost chosen = explained.hosts().getFirst();
        assertThat(chosen.isEligible()).isTrue();
        assertThat(chosen.filters())
                .extracting(Explanation.Word::filter)
                .containsExactly(
                        "alive",
                        "enabled",
                        "capacity",
                        "stock",
                        "numa-topology",
                        "pci-passthrough",
                        "zone",
                        "excluded",
                        "only",
                        "group",
                        "domain-spread",
                        "same-host",
                        "different-host",
                        "aggregate-specs",
                        "traits",
                        "image-properties",
                        "dedicated",
                        "advisory",
                        "max-instances");
        assertThat(chosen.points()).containsOnlyKeys("free-memory", "spread", "group");
        assertThat(chosen.total()).isEqualTo(0.5 + 0.5 + 10, within(1e-9));
        Explanation.OfHost full = explained.hosts().get(1);
        assertThat(full.isEligible()).isFalse();
        assertThat(full.filters()).contains(new Explanation.Word("capacity", "needs 2048 MiB, 1024 MiB free"));
        assertThat(explained.hosts().get(2).filters())
                .contains(new Explanation.Word("enabled", "is disabled or forced down"))
                .contains(new Explanation.Word("capacity", null));
    }

    @Property(tries = 1000)
    void theChosenHostIsTheEligibleOneWithTheMostPoints(@ForAll long seed) {
        Random random = new Random(seed);
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int h = 0; h < random.nextInt(8); h++) {
            int capacity = 1024 * random.nextInt(9);
            hosts.add(host("h" + h, capacity, capacity == 0 ? 0 : random.nextInt(capacity), random.nextInt(4) > 0));
        }
        PlacementRequest request =
                request(1024 * random.nextInt(5), random.nextInt(4) == 0 ? HostId.of("h" + random.nextInt(9)) : null);
        Explanation explained = scheduler.explain(hosts, List.of(), request);
        assertThat(explained.placement())
                .isEqualTo(scheduler.place(hosts, List.of(request)).getFirst());
        Explanation.OfHost best = explained.hosts().stream()
                .filter(Explanation.OfHost::isEligible)
                .max(Comparator.comparingDouble(Explanation.OfHost::total)
                        .thenComparing(Explanation.OfHost::host, Comparator.reverseOrder()))
                .orElse(null);
        switch (explained.placement()) {
            case Placed placed -> {
                assertThat(best).isNotNull();
                assertThat(placed.host()).isEqualTo(best.host());
                assertThat(placed.points()).isEqualTo(best.points());
            }
            case NoValidHost none -> assertThat(best).isNull();
        }
    }

    private static PlacementRequest request(int memoryMib, @Nullable HostId only) {
        return new PlacementRequest(ONE, new Resources(1, memoryMib, 1), null, only, Map.of());
    }

    private static HostSnapshot host(String name, int memoryMib, int used, boolean enabled) {
        return new HostSnapshot(
                HostId.of(name),
                SegmentId.of("s"),
                "nova",
                true,
                enabled,
                new Resources(8, memoryMib, 0),
                new Resources(0, used, 0),
                0);
    }
}
