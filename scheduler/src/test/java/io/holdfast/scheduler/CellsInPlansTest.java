package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a plan gives of hosts' cells is not there for those who come later in it, and is there again for the next plan. */
class CellsInPlansTest {

    private static final HostTopology CELLS = HostTopology.parse("0:4096:2,3,4,5:0-1:;1:4096:6,7:8:");

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    @Test
    void whatIsPromisedIsGone() {
        List<HostSnapshot> hosts = List.of(host("h1").withCells(CELLS), host("h2"));
        List<PlacementRequest> requests = IntStream.range(0, 4)
                .mapToObj(number -> request(number, 2, Map.of("hw:cpu_policy", "dedicated")))
                .toList();
        List<Placement> plan = scheduler.place(hosts, requests);
        assertThat(plan.subList(0, 3))
                .allSatisfy(placement -> assertThat(placement)
                        .isInstanceOfSatisfying(
                                Placed.class,
                                placed -> assertThat(placed.host()).isEqualTo(HostId.of("h1"))));
        assertThat(plan.getLast())
                .isInstanceOfSatisfying(
                        NoValidHost.class,
                        none -> assertThat(none.refusals())
                                .containsEntry(
                                        HostId.of("h1"),
                                        List.of(new Placement.Refusal(
                                                "numa-topology",
                                                "has 0 dedicated processors free in one cell, the instance wants 2")))
                                .containsEntry(
                                        HostId.of("h2"),
                                        List.of(new Placement.Refusal(
                                                "numa-topology", "has not said which processors and memory it has"))));
        assertThat(scheduler.place(hosts, requests)).isEqualTo(plan);
    }

    /** So many that are alike are placed from a ranking, which has to know as well. */
    @Test
    void ofManyThatAreAlikeAsManyArePlacedAsFit() {
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int h = 0; h < 5; h++) {
            hosts.add(host("h" + h).withCells(CELLS));
        }
        List<Placement> plan = scheduler.place(
                hosts,
                IntStream.range(0, 40)
                        .mapToObj(number -> request(number, 2, Map.of("hw:cpu_policy", "dedicated")))
                        .toList());
        assertThat(plan.stream().filter(Placed.class::isInstance)).hasSize(15);
    }

    @Test
    void aFleetForgetsWhatAPlanHasPromised() {
        Fleet fleet = new Fleet(List.of(host("h1").withCells(CELLS)), SchedulerSettings.defaults());
        List<PlacementRequest> one = List.of(request(1, 4, Map.of("hw:cpu_policy", "dedicated")));
        assertThat(fleet.place(List.of(), one).getFirst()).isInstanceOf(Placed.class);
        assertThat(fleet.place(List.of(), one).getFirst()).isInstanceOf(Placed.class);
        fleet.put(host("h1").withCells(HostTopology.parse("0:4096:2,3:0-1:")));
        assertThat(fleet.place(List.of(), one).getFirst()).isInstanceOf(NoValidHost.class);
    }

    @Test
    void theExplanationNamesWhatIsMissing() {
        Explanation explained = scheduler.explain(
                List.of(host("h1").withCells(CELLS)),
                List.of(),
                request(1, 5, Map.of("hw:cpu_policy", "dedicated", "hw:numa_nodes", "1")));
        assertThat(explained.hosts().getFirst().filters())
                .contains(new Explanation.Word(
                        "numa-topology", "has 4 dedicated processors free in one cell, the instance wants 5"));
    }

    private static HostSnapshot host(String name) {
        return new HostSnapshot(
                HostId.of(name),
                SegmentId.of("s"),
                "nova",
                true,
                true,
                new Resources(100, 100_000, 100),
                Resources.NOTHING,
                0);
    }

    private static PlacementRequest request(int number, int vcpus, Map<String, String> specs) {
        return new PlacementRequest(
                        InstanceId.of(new UUID(1, number)), new Resources(vcpus, 512, 1), null, null, Map.of())
                .with(new PlacementRules(Set.of(), Set.of(), Map.of(), HostWish.of(specs, Map.of()), null, null));
    }
}
