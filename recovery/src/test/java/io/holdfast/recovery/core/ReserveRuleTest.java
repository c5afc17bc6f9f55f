package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoveryMethod;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each of the four methods, with the real scheduler: h1 has failed, h2 is ordinary, r1 and r2 are reserved, two instances fit on a host. */
final class ReserveRuleTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final HostId R1 = HostId.of("r1");
    private static final HostId R2 = HostId.of("r2");

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    private static HostSnapshot host(HostId id, boolean alive, boolean enabled) {
        return new HostSnapshot(
                id, SegmentId.of("default"), "nova", alive, enabled, new Resources(2, 2048, 100), Resources.NOTHING, 0);
    }

    private static List<PlacementRequest> instances(int count, HostId failed) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> new PlacementRequest(
                        InstanceId.of(new UUID(failed.value().hashCode(), number)),
                        new Resources(1, 1024, 1),
                        null,
                        null,
                        Map.of(failed, "is the host that failed")))
                .toList();
    }

    private ReserveRule.Outcome outcome(
            RecoveryMethod method, int opened, List<HostSnapshot> hosts, List<PlacementRequest> requests) {
        return ReserveRule.place(
                hosts,
                requests,
                Map.of(H1, new ReserveRule.Reserve(method, "racks", List.of(R1, R2), opened)),
                scheduler::place);
    }

    private ReserveRule.Outcome outcome(RecoveryMethod method, int count) {
        return outcome(
                method,
                0,
                List.of(host(H1, false, true), host(H2, true, true), host(R1, true, false), host(R2, true, false)),
                instances(count, H1));
    }

    private static Map<String, Long> homes(ReserveRule.Outcome outcome) {
        Map<String, Long> homes = new LinkedHashMap<>();
        outcome.placements()
                .forEach(placement -> homes.merge(
                        placement instanceof Placement.Placed placed
                                ? placed.host().value()
                                : "none",
                        1L,
                        Long::sum));
        return homes;
    }

    @Test
    void withReservedHostOnlyReservedHostsAreUsedAndNoMoreThanAreNeeded() {
        assertThat(homes(outcome(RecoveryMethod.RESERVED_HOST, 2))).containsExactlyEntriesOf(Map.of("r1", 2L));
        assertThat(outcome(RecoveryMethod.RESERVED_HOST, 2).taken()).isEqualTo(Map.of(R1, Set.of(H1)));
        assertThat(homes(outcome(RecoveryMethod.RESERVED_HOST, 3))).isEqualTo(Map.of("r1", 2L, "r2", 1L));
    }

    @Test
    void withReservedHostWhoeverFindsNoRoomThereIsToldWhy() {
        ReserveRule.Outcome outcome = outcome(RecoveryMethod.RESERVED_HOST, 5);
        assertThat(homes(outcome)).isEqualTo(Map.of("r1", 2L, "r2", 2L, "none", 1L));
        assertThat(outcome.placements().stream()
                        .filter(Placement.NoValidHost.class::isInstance)
                        .map(Placement.NoValidHost.class::cast)
                        .findFirst()
                        .orElseThrow()
                        .refusals()
                        .get(H2)
                        .toString())
                .contains("is not reserved in segment racks, whose recovery method is reserved_host");
    }

    @Test
    void withRhPriorityOthersAreUsedWhenTheReserveIsFull() {
        assertThat(homes(outcome(RecoveryMethod.RH_PRIORITY, 2))).isEqualTo(Map.of("r1", 2L));
        assertThat(homes(outcome(RecoveryMethod.RH_PRIORITY, 5))).isEqualTo(Map.of("r1", 2L, "r2", 2L, "h2", 1L));
    }

    @Test
    void withAutoPriorityTheReserveIsUsedWhenTheOthersAreFull() {
        ReserveRule.Outcome two = outcome(RecoveryMethod.AUTO_PRIORITY, 2);
        assertThat(homes(two)).isEqualTo(Map.of("h2", 2L));
        assertThat(two.taken()).isEmpty();
        assertThat(homes(outcome(RecoveryMethod.AUTO_PRIORITY, 3))).isEqualTo(Map.of("h2", 2L, "r1", 1L));
    }

    @Test
    void withAutoPriorityOnlyWhoFoundNoRoomElsewhereGoesToTheReserve() {
        HostSnapshot large = new HostSnapshot(
                R1, SegmentId.of("default"), "nova", true, false, new Resources(64, 65536, 1000), Resources.NOTHING, 0);
        List<HostSnapshot> hosts = List.of(host(H1, false, true), host(H2, true, true), large, host(R2, true, false));
        assertThat(homes(outcome(RecoveryMethod.AUTO_PRIORITY, 0, hosts, instances(3, H1))))
                .isEqualTo(Map.of("h2", 2L, "r1", 1L));
        assertThat(homes(outcome(RecoveryMethod.AUTO_PRIORITY, 7)))
                .isEqualTo(Map.of("h2", 2L, "r1", 2L, "r2", 2L, "none", 1L));
    }

    @Test
    void whatWasOpenedForThisFailureIsUsedAgainAndNotTakenAnew() {
        ReserveRule.Outcome outcome = outcome(
                RecoveryMethod.RESERVED_HOST,
                1,
                List.of(host(H1, false, true), host(H2, true, true), host(R1, true, true), host(R2, true, false)),
                instances(1, H1));
        assertThat(homes(outcome)).isEqualTo(Map.of("r1", 1L));
        assertThat(outcome.taken()).isEmpty();
    }

    @Test
    void whoseSegmentHasNoReserveDoesNotGetTheReserveOfOthers() {
        HostId h3 = HostId.of("h3");
        List<HostSnapshot> hosts =
                List.of(host(H1, false, true), host(h3, false, true), host(R1, true, false), host(R2, false, false));
        List<PlacementRequest> requests =
                List.of(instances(1, H1).getFirst(), instances(1, h3).getFirst());
        ReserveRule.Outcome outcome = outcome(RecoveryMethod.RESERVED_HOST, 0, hosts, requests);
        assertThat(homes(outcome)).isEqualTo(Map.of("r1", 1L, "none", 1L));
        assertThat(((Placement.NoValidHost) outcome.placements().get(1))
                        .refusals()
                        .get(R1)
                        .toString())
                .contains("is reserved for others");
    }

    @Test
    void anEmptyReserveEndsToo() {
        List<HostSnapshot> hosts = List.of(host(H1, false, true), host(H2, true, true));
        ReserveRule.Outcome only = ReserveRule.place(
                hosts,
                instances(1, H1),
                Map.of(H1, new ReserveRule.Reserve(RecoveryMethod.RESERVED_HOST, "racks", List.of(), 0)),
                scheduler::place);
        assertThat(homes(only)).isEqualTo(Map.of("none", 1L));
        ReserveRule.Outcome first = ReserveRule.place(
                hosts,
                instances(1, H1),
                Map.of(H1, new ReserveRule.Reserve(RecoveryMethod.RH_PRIORITY, "racks", List.of(), 0)),
                scheduler::place);
        assertThat(homes(first)).isEqualTo(Map.of("h2", 1L));
        ReserveRule.Outcome last = ReserveRule.place(
                hosts,
                instances(3, H1),
                Map.of(H1, new ReserveRule.Reserve(RecoveryMethod.AUTO_PRIORITY, "racks", List.of(), 0)),
                scheduler::place);
        assertThat(homes(last)).isEqualTo(Map.of("h2", 2L, "none", 1L));
    }
}
