package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.PlacementRequest.Loss;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** That the starts of one recovery go on side by side on several hosts, also where one host is much emptier than the others. */
class StartCostTest {

    private static final Resources SMALL = new Resources(1, 1024, 0);
    private static final Loss LOSS = new Loss(HostId.of("h0"), 0);

    /** Joined yesterday, and empty. */
    private static final HostId NEW = HostId.of("new");

    @Test
    void anEmptyHostDoesNotStartAllOfARecoveryOneAfterTheOther() {
        Map<HostId, Long> homes = homes(place(LOSS, SchedulerSettings.defaults()));
        assertThat(homes).hasSize(4);
        assertThat(homes.get(NEW)).as("it still has the most room").isBetween(6L, 20L);
    }

    @Test
    void ofThoseWhomNobodyWaitsForItStillTakesAll() {
        assertThat(homes(place(null, SchedulerSettings.defaults()))).containsOnlyKeys(NEW);
    }

    @Test
    void withoutThatCostItTakesAll() {
        SchedulerSettings settings = new SchedulerSettings(
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
                0,
                1.0,
                0,
                0,
                AdvisorySettings.defaults(),
                Map.of(),
                Map.of());
        assertThat(homes(place(LOSS, settings))).containsOnlyKeys(NEW);
    }

    @Test
    void theCostIsNamedAmongThePoints() {
        List<Placement> plan = place(LOSS, SchedulerSettings.defaults());
        assertThat(((Placed) plan.getFirst()).points()).doesNotContainKey("start-cost");
        assertThat(plan.stream()
                        .map(Placed.class::cast)
                        .filter(placed -> placed.host().equals(NEW))
                        .skip(1))
                .first()
                .satisfies(second -> assertThat(second.points()).containsEntry("start-cost", -0.05));
    }

    private static List<Placement> place(@Nullable Loss loss, SchedulerSettings settings) {
        List<PlacementRequest> requests = IntStream.range(0, 24)
                .mapToObj(
                        number -> new PlacementRequest(InstanceId.of(new UUID(1, number)), SMALL, null, null, Map.of())
                                .after(loss))
                .toList();
        return new Scheduler(settings)
                .place(List.of(host(NEW, 0), host("h1", 40), host("h2", 40), host("h3", 40)), requests);
    }

    private static Map<HostId, Long> homes(List<Placement> plan) {
        return plan.stream()
                .map(Placed.class::cast)
                .collect(Collectors.groupingBy(Placed::host, Collectors.counting()));
    }

    private static HostSnapshot host(String name, int instances) {
        return host(HostId.of(name), instances);
    }

    private static HostSnapshot host(HostId host, int instances) {
        return new HostSnapshot(
                host,
                SegmentId.of("s"),
                "nova",
                true,
                true,
                new Resources(64, 131_072, 0),
                new Resources(instances, instances * 1024, 0),
                instances);
    }
}
