package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import io.holdfast.scheduler.Placement.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SchedulerTest {

    private static final Resources SMALL = new Resources(1, 1024, 10);

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    static Stream<Arguments> refusedHosts() {
        HostSnapshot good = host("h1");
        return Stream.of(
                Arguments.of(
                        "alive",
                        "is not serving, is suspected, or its agent takes no orders",
                        new HostSnapshot(
                                good.host(),
                                good.segment(),
                                "nova",
                                false,
                                true,
                                good.capacity(),
                                Resources.NOTHING,
                                0),
                        want(SMALL)),
                Arguments.of(
                        "enabled",
                        "is disabled or forced down",
                        new HostSnapshot(
                                good.host(),
                                good.segment(),
                                "nova",
                                true,
                                false,
                                good.capacity(),
                                Resources.NOTHING,
                                0),
                        want(SMALL)),
                Arguments.of("capacity", "needs 9000 MiB, 8192 MiB free", good, want(new Resources(1, 9000, 10))),
                Arguments.of(
                        "capacity",
                        "needs 17 vCPU, 16 vCPU free; needs 8193 MiB, 8192 MiB free",
                        good,
                        want(new Resources(17, 8193, 10))),
                Arguments.of(
                        "zone",
                        "is in zone nova, the instance must stay in edge",
                        good,
                        new PlacementRequest(instance(1), SMALL, "edge", null, Map.of())),
                Arguments.of(
                        "excluded",
                        "is the host that failed",
                        good,
                        new PlacementRequest(
                                instance(1), SMALL, null, null, Map.of(good.host(), "is the host that failed"))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("refusedHosts")
    void refusesAHostWithTheFiltersReason(
            String filter, String reason, HostSnapshot refused, PlacementRequest request) {
        Placement placement =
                scheduler.place(List.of(refused), List.of(request)).getFirst();

        assertThat(placement)
                .isEqualTo(new NoValidHost(
                        request.instance(), Map.of(refused.host(), List.of(new Refusal(filter, reason)))));
    }

    @Test
    void reportsEveryFilterThatRefusesNotOnlyTheFirst() {
        HostSnapshot bad = new HostSnapshot(
                HostId.of("h1"), SegmentId.of("s1"), "nova", false, false, Resources.NOTHING, Resources.NOTHING, 0);

        Placement placement = scheduler
                .place(
                        List.of(bad),
                        List.of(new PlacementRequest(
                                instance(1), SMALL, "edge", HostId.of("h2"), Map.of(HostId.of("h1"), "failed"))))
                .getFirst();

        assertThat(refusals(placement).get(HostId.of("h1")))
                .extracting(Refusal::filter)
                .containsExactly("alive", "enabled", "capacity", "zone", "excluded", "only");
    }

    @Test
    void takesTheChosenHostAloneEvenWhenAnotherIsEmptier() {
        Placement placement = scheduler
                .place(
                        List.of(host("h1"), host("h2", new Resources(1, 4096, 0), 3)),
                        List.of(new PlacementRequest(instance(1), SMALL, null, HostId.of("h2"), Map.of())))
                .getFirst();

        assertThat(homeOf(placement)).isEqualTo("h2");
    }

    @Test
    void saysThatTheChosenHostIsNotKnown() {
        Placement placement = scheduler
                .place(
                        List.of(host("h1")),
                        List.of(new PlacementRequest(instance(1), SMALL, null, HostId.of("h9"), Map.of())))
                .getFirst();

        assertThat(placement).isInstanceOf(NoValidHost.class);
        assertThat(refusals(placement).get(HostId.of("h9")))
                .containsExactly(new Refusal("only", "no such host is known"));
    }

    @Test
    void eachPlacedInstanceUsesUpRoomForTheNext() {
        List<Placement> plan = scheduler.place(
                List.of(host("h1", new Resources(0, 6144, 0), 0), host("h2", new Resources(0, 6144, 0), 0)),
                List.of(
                        want(1, new Resources(1, 2048, 0)),
                        want(2, new Resources(1, 2048, 0)),
                        want(3, new Resources(1, 2048, 0))));

        assertThat(plan).extracting(SchedulerTest::homeOf).containsExactly("h1", "h2", null);
    }

    @Test
    void spreadsEqualInstancesOverEqualHosts() {
        List<Placement> plan = scheduler.place(
                List.of(host("h3"), host("h1"), host("h2")),
                List.of(want(1, SMALL), want(2, SMALL), want(3, SMALL), want(4, SMALL)));

        assertThat(plan).extracting(SchedulerTest::homeOf).containsExactly("h1", "h2", "h3", "h1");
    }

    @Test
    void prefersTheHostWithFewerInstancesWhenMemoryIsEqual() {
        Placement placement = scheduler
                .place(List.of(host("h1", SMALL, 5), host("h2", SMALL, 1)), List.of(want(SMALL)))
                .getFirst();

        assertThat(homeOf(placement)).isEqualTo("h2");
        assertThat(((Placed) placement).points()).containsOnlyKeys("free-memory", "spread");
    }

    @Test
    void fillsOneHostFirstWhenTheMultipliersAreNegative() {
        Scheduler packing = new Scheduler(new SchedulerSettings(4, 1, 0, -1, 0, 10));

        Placement placement = packing.place(List.of(host("h1"), host("h2", SMALL, 1)), List.of(want(SMALL)))
                .getFirst();

        assertThat(homeOf(placement)).isEqualTo("h2");
    }

    @Test
    void letsDiskLimitOnlyWhereItIsSet() {
        PlacementRequest big = want(new Resources(1, 1024, 5000));

        assertThat(scheduler.place(List.of(host("h1")), List.of(big)).getFirst())
                .isInstanceOf(Placed.class);
        Placement refused = new Scheduler(new SchedulerSettings(4, 1, 1, 1, 1, 10))
                .place(List.of(host("h1")), List.of(big))
                .getFirst();
        assertThat(refusals(refused).get(HostId.of("h1")))
                .containsExactly(new Refusal("capacity", "needs 5000 GiB of disk, 100 GiB of disk free"));
    }

    @Test
    void survivesAmountsThatOverflowAnInt() {
        PlacementRequest huge = want(new Resources(1, 1, Integer.MAX_VALUE));

        List<Placement> plan = scheduler.place(List.of(host("h1")), List.of(huge, want(2, huge.wants())));

        assertThat(plan).allSatisfy(placement -> assertThat(placement).isInstanceOf(Placed.class));
    }

    @Test
    void saysNoWithoutAReasonWhenThereIsNoHostAtAll() {
        assertThat(scheduler.place(List.of(), List.of(want(SMALL))))
                .containsExactly(new NoValidHost(instance(1), Map.of()));
        assertThat(scheduler.place(List.of(host("h1")), List.of())).isEmpty();
    }

    @Test
    void refusesASnapshotThatNamesAHostTwice() {
        assertThatThrownBy(() -> scheduler.place(List.of(host("h1"), host("h1")), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host h1 appears twice in the snapshot");
    }

    @Test
    void aGroupThatWantsToBeTogetherGoesWhereAllOfItHasRoom() {
        HostSnapshot emptiestButSmall = new HostSnapshot(
                HostId.of("h1"),
                SegmentId.of("s1"),
                "nova",
                true,
                true,
                new Resources(4, 1500, 100),
                Resources.NOTHING,
                0);
        HostSnapshot fullerAndLarge = host("h2", new Resources(1, 4096, 0), 4);
        List<HostSnapshot> hosts = List.of(emptiestButSmall, fullerAndLarge);
        List<PlacementRequest> both = List.of(want(1, SMALL), want(2, SMALL));
        for (GroupPolicy policy : List.of(GroupPolicy.AFFINITY, GroupPolicy.SOFT_AFFINITY)) {
            List<Placement> plan = scheduler.place(hosts, List.of(group(policy, 1, Map.of(), 1, 2)), both);
            assertThat(plan).extracting(SchedulerTest::homeOf).containsExactly("h2", "h2");
        }
    }

    @Test
    void aStrictRuleSaysWhyItRefusesEachHostEvenWhenAllElseIsWell() {
        List<HostSnapshot> hosts = List.of(host("h1"), host("h2"));
        GroupSnapshot apart = group(
                GroupPolicy.ANTI_AFFINITY,
                1,
                Map.of(instance(2), HostId.of("h1"), instance(3), HostId.of("h2")),
                1,
                2,
                3);
        Placement placement =
                scheduler.place(hosts, List.of(apart), List.of(want(SMALL))).getFirst();
        assertThat(placement).isInstanceOf(NoValidHost.class);
        assertThat(refusals(placement).get(HostId.of("h1")))
                .containsExactly(new Placement.Refusal("group", "group web (anti-affinity) has 1 of at most 1 there"));

        GroupSnapshot together = group(GroupPolicy.AFFINITY, 1, Map.of(instance(2), HostId.of("h1")), 1, 2);
        Placement beside =
                scheduler.place(hosts, List.of(together), List.of(want(SMALL))).getFirst();
        assertThat(homeOf(beside)).isEqualTo("h1");
        assertThat(scheduler
                        .explain(hosts, List.of(together), want(SMALL))
                        .hosts()
                        .getLast()
                        .filters())
                .contains(new Explanation.Word("group", "group web (affinity) lives on h1"));
    }

    @Test
    void aGroupIsNotHeldByTheHostThatItIsLeaving() {
        GroupSnapshot together = group(
                GroupPolicy.AFFINITY, 1, Map.of(instance(1), HostId.of("h1"), instance(2), HostId.of("h1")), 1, 2);
        HostId failed = HostId.of("h1");
        List<PlacementRequest> both = List.of(
                new PlacementRequest(instance(1), SMALL, null, null, Map.of(failed, "is the host that failed")),
                new PlacementRequest(instance(2), SMALL, null, null, Map.of(failed, "is the host that failed")));
        List<Placement> plan = scheduler.place(List.of(host("h1"), host("h2"), host("h3")), List.of(together), both);
        assertThat(plan).extracting(SchedulerTest::homeOf).containsExactly("h2", "h2");
    }

    @Test
    void refusesAnInstanceThatIsInTwoGroups() {
        GroupSnapshot one = group(GroupPolicy.AFFINITY, 1, Map.of(), 1);
        assertThatThrownBy(() -> scheduler.place(List.of(host("h1")), List.of(one, one), List.of(want(SMALL))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is in two server groups");
        assertThatThrownBy(() -> group(GroupPolicy.ANTI_AFFINITY, 0, Map.of(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxPerHost must be at least 1, is 0");
    }

    @Test
    void aGroupOfAbsurdlyLargeMembersIsRefusedLikeAnyOther() {
        Resources huge = new Resources(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);
        GroupSnapshot together = group(GroupPolicy.AFFINITY, 1, Map.of(), 1, 2);
        assertThat(scheduler.place(List.of(host("h1")), List.of(together), List.of(want(1, huge), want(2, huge))))
                .hasOnlyElementsOfType(NoValidHost.class);
    }

    private static GroupSnapshot group(GroupPolicy policy, int max, Map<InstanceId, HostId> homes, int... members) {
        Set<InstanceId> ids = new HashSet<>();
        for (int member : members) {
            ids.add(instance(member));
        }
        return new GroupSnapshot(ServerGroupId.of(new UUID(3, 3)), "web", policy, max, ids, homes);
    }

    private static @Nullable String homeOf(Placement placement) {
        return switch (placement) {
            case Placed placed -> placed.host().value();
            case NoValidHost _ -> null;
        };
    }

    private static HostSnapshot host(String name) {
        return host(name, Resources.NOTHING, 0);
    }

    /** 4 processors, 8 GiB of memory, 100 GiB of disk. */
    private static HostSnapshot host(String name, Resources used, int instances) {
        return new HostSnapshot(
                HostId.of(name), SegmentId.of("s1"), "nova", true, true, new Resources(4, 8192, 100), used, instances);
    }

    private static PlacementRequest want(Resources wants) {
        return want(1, wants);
    }

    private static PlacementRequest want(int number, Resources wants) {
        return new PlacementRequest(instance(number), wants, null, null, Map.of());
    }

    private static InstanceId instance(int number) {
        return InstanceId.of(new UUID(0, number));
    }

    private static Map<HostId, List<Refusal>> refusals(Placement placement) {
        return ((NoValidHost) placement).refusals();
    }
}
