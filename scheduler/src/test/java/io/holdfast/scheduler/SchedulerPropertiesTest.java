package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Any data centre, any wishes: checked against an oracle that only looks at the outcome and knows no filters. */
class SchedulerPropertiesTest {

    private static final SchedulerSettings SETTINGS = new SchedulerSettings(1.5, 1.0, 2.0, 1.0, 0.5, 10.0);

    private final Scheduler scheduler = new Scheduler(SETTINGS);

    @Property(tries = 500)
    void safetyNeverPromisesMoreThanAHostOffersNorAHostThatIsRuledOut(
            @ForAll("hosts") List<HostSnapshot> hosts, @ForAll("requests") List<PlacementRequest> requests) {
        List<Placement> plan = scheduler.place(hosts, requests);

        Map<HostId, HostSnapshot> after = replay(hosts, requests, plan, requests.size());
        for (HostSnapshot host : hosts) {
            HostSnapshot loaded = after.get(host.host());
            if (loaded.instances() > host.instances()) {
                assertThat(within(loaded.used(), loaded.capacity())).isTrue();
            }
        }
        for (int i = 0; i < requests.size(); i++) {
            if (plan.get(i) instanceof Placed placed) {
                assertThat(suits(after.get(placed.host()), requests.get(i), Resources.NOTHING))
                        .isTrue();
            }
        }
    }

    @Property(tries = 500)
    void livenessPlacesEachInstanceWheneverSomeHostHasRoomAtItsTurn(
            @ForAll("hosts") List<HostSnapshot> hosts, @ForAll("requests") List<PlacementRequest> requests) {
        List<Placement> plan = scheduler.place(hosts, requests);

        for (int turn = 0; turn < requests.size(); turn++) {
            PlacementRequest request = requests.get(turn);
            boolean possible = replay(hosts, requests, plan, turn).values().stream()
                    .anyMatch(host -> suits(host, request, request.wants()));
            assertThat(plan.get(turn) instanceof Placed).isEqualTo(possible);
        }
    }

    @Property(tries = 300)
    void theOrderOfHostsInTheSnapshotDoesNotMatter(
            @ForAll("hosts") List<HostSnapshot> hosts,
            @ForAll("requests") List<PlacementRequest> requests,
            @ForAll Random random) {
        List<HostSnapshot> shuffled = new ArrayList<>(hosts);
        Collections.shuffle(shuffled, random);

        assertThat(scheduler.place(shuffled, requests)).isEqualTo(scheduler.place(hosts, requests));
    }

    @Property(tries = 300)
    void everyHostIsEitherChosenEligibleOrRefusedWithAReason(
            @ForAll("hosts") List<HostSnapshot> hosts, @ForAll("requests") List<PlacementRequest> requests) {
        List<Placement> plan = scheduler.place(hosts, requests);

        for (int turn = 0; turn < requests.size(); turn++) {
            PlacementRequest request = requests.get(turn);
            Placement placement = plan.get(turn);
            Map<HostId, HostSnapshot> now = replay(hosts, requests, plan, turn);
            for (Explanation.OfHost host : scheduler
                    .explain(List.copyOf(now.values()), List.of(), request)
                    .hosts()) {
                assertThat(host.isEligible()).isEqualTo(suits(now.get(host.host()), request, request.wants()));
            }
            if (placement instanceof NoValidHost none) {
                assertThat(none.refusals().keySet())
                        .containsAll(hosts.stream().map(HostSnapshot::host).toList());
            }
        }
    }

    /** The hosts as they are once the first {@code turns} placements are carried out. */
    private static Map<HostId, HostSnapshot> replay(
            List<HostSnapshot> hosts, List<PlacementRequest> requests, List<Placement> plan, int turns) {
        Map<HostId, HostSnapshot> now = new HashMap<>();
        hosts.forEach(host -> now.put(host.host(), host));
        for (int i = 0; i < turns; i++) {
            if (plan.get(i) instanceof Placed placed) {
                Resources wants = requests.get(i).wants();
                now.computeIfPresent(
                        placed.host(),
                        (_, host) -> new HostSnapshot(
                                host.host(),
                                host.segment(),
                                host.zone(),
                                host.alive(),
                                host.enabled(),
                                host.capacity(),
                                host.used().plus(wants),
                                host.instances() + 1));
            }
        }
        return now;
    }

    private static boolean suits(HostSnapshot host, PlacementRequest request, Resources more) {
        return host.alive()
                && host.enabled()
                && (request.zone() == null || request.zone().equals(host.zone()))
                && (request.only() == null || request.only().equals(host.host()))
                && !request.excluded().containsKey(host.host())
                && within(host.used().plus(more), host.capacity());
    }

    private static boolean within(Resources used, Resources capacity) {
        return used.vcpus() <= Math.floor(capacity.vcpus() * SETTINGS.vcpuOvercommit())
                && used.memoryMib() <= Math.floor(capacity.memoryMib() * SETTINGS.memoryOvercommit())
                && used.diskGib() <= Math.floor(capacity.diskGib() * SETTINGS.diskOvercommit());
    }

    @Provide
    Arbitrary<List<HostSnapshot>> hosts() {
        Arbitrary<HostSnapshot> host = Combinators.combine(
                        hostIds(),
                        Arbitraries.of("nova", "edge"),
                        mostly(),
                        mostly(),
                        resources(8),
                        resources(5),
                        Arbitraries.integers().between(0, 5))
                .as((id, zone, alive, enabled, capacity, used, instances) ->
                        new HostSnapshot(id, SegmentId.of("s1"), zone, alive, enabled, capacity, used, instances));
        return host.list().ofMaxSize(8).uniqueElements(HostSnapshot::host);
    }

    @Provide
    Arbitrary<List<PlacementRequest>> requests() {
        return Combinators.combine(
                        Arbitraries.longs(),
                        resources(4),
                        Arbitraries.of("nova", "edge").injectNull(0.7),
                        hostIds().injectNull(0.8),
                        Arbitraries.maps(hostIds(), Arbitraries.of("is the host that failed", "was tried before"))
                                .ofMaxSize(2))
                .as((id, wants, zone, only, excluded) ->
                        new PlacementRequest(InstanceId.of(new UUID(0, id)), wants, zone, only, excluded))
                .list()
                .ofMaxSize(12);
    }

    private static Arbitrary<HostId> hostIds() {
        return Arbitraries.integers().between(1, 9).map(number -> HostId.of("h" + number));
    }

    private static Arbitrary<Boolean> mostly() {
        return Arbitraries.of(true, true, true, true, false);
    }

    private static Arbitrary<Resources> resources(int max) {
        Arbitrary<Integer> amount = Arbitraries.integers().between(0, max);
        return Combinators.combine(amount, amount, amount).as(Resources::new);
    }
}
