package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A project that lives on many hosts. */
class NeighboursTest {

    private static final HostId ELSEWHERE = HostId.of("elsewhere");

    @Test
    void whereManyLiveSomeAreNamedAndTheOthersCounted() {
        Map<InstanceId, HostId> homes = IntStream.range(0, 20)
                .boxed()
                .collect(Collectors.toMap(NeighboursTest::instance, i -> HostId.of("h" + (10 + i))));
        PlacementRules rules = rules(homes);
        Neighbours neighbours = new Neighbours(List.of());
        assertThat(neighbours.sameHost(rules, ELSEWHERE))
                .isEqualTo("it must be with who lives on h10, h11, h12, h13, h14, h15, h16, h17 and 12 more"
                        + " (same_host, same_project)");
        assertThat(neighbours.allowsSameHost(rules, ELSEWHERE)).isFalse();
        assertThat(neighbours.allowsSameHost(rules, HostId.of("h29"))).isTrue();
    }

    @Test
    void whoArrivesIsWhereThePlanHasPutIt() {
        InstanceId mate = instance(1);
        PlacementRules rules = rules(Map.of(mate, HostId.of("h1")));
        Neighbours neighbours =
                new Neighbours(List.of(new PlacementRequest(mate, new Resources(1, 1, 0), null, null, Map.of())));
        assertThat(neighbours.allowsSameHost(rules, HostId.of("h1")))
                .as("it leaves h1")
                .isFalse();
        assertThat(neighbours.sameHost(rules, HostId.of("h2")))
                .isEqualTo("it must be with " + mate + ", of no home yet (same_host, same_project)");
        neighbours.arrived(mate, HostId.of("h2"));
        assertThat(neighbours.allowsSameHost(rules, HostId.of("h2"))).isTrue();
        assertThat(neighbours.sameHost(rules, HostId.of("h2"))).isNull();
        assertThat(neighbours.allowsSameHost(rules, HostId.of("h1"))).isFalse();
    }

    private static InstanceId instance(int number) {
        return InstanceId.of(new UUID(1, number));
    }

    private static PlacementRules rules(Map<InstanceId, HostId> homes) {
        return new PlacementRules(homes.keySet(), Set.of(), new HashMap<>(homes), HostWish.NONE, null, null);
    }
}
