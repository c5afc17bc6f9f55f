package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.CellClaim;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.InstanceId;
import io.holdfast.model.NumaWish;
import io.holdfast.model.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processors of one's own: given once, whoever asks, told to the host, and given back. */
class StoredCellsTest {

    private static final String FOUR = "0:8192:2,3,4,5:0-1:";

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(NumaWish.CPU_POLICY, "dedicated"), Set.of());
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void eachHasItsOwnAndGivesItBackWhenItIsDeleted() {
        serving("h1", "0:8192:2,3:0-1:");
        Instance one = running("one");
        Instance two = running("two");
        assertThat(cells(one)).isEqualTo(CellClaim.parse("0:1:128:0:2:"));
        assertThat(cells(two)).isEqualTo(CellClaim.parse("0:1:128:0:3:"));
        assertThat(left("h1")).hasToString("0:7936::0-1:");

        Instance three = deployment.create("three", "h1");
        assertThat(three.home()).isNull();
        assertThat(three.fault()).contains("has 0 dedicated processors free in one cell, the instance wants 1");

        deployment.instances().delete(one.id(), Deployment.OWNER);
        await().untilAsserted(() -> assertThat(left("h1")).hasToString("0:8064:2:0-1:"));
        deployment.start(three.id());
        await().untilAsserted(() -> assertThat(cells(three)).isEqualTo(CellClaim.parse("0:1:128:0:2:")));
    }

    @Test
    void theHomeIsToldWhatTheGuestHas() {
        serving("h1", FOUR);
        Instance one = running("one");
        assertThat(deployment.agents.at("h1").orders.getLast().spec().cells())
                .isEqualTo(CellClaim.parse("0:1:128:0:2:"));
        deployment.introduce("h1", "h1-boot-2");
        deployment.admit("h1");
        assertThat(deployment
                        .agents
                        .at("h1")
                        .adoptions
                        .getLast()
                        .owned()
                        .getFirst()
                        .spec()
                        .cells())
                .isEqualTo(CellClaim.parse("0:1:128:0:2:"));
    }

    @Test
    void aHostThatSaysNothingTakesNobodyWhoWantsSomethingAndEverybodyElse() {
        deployment.serving("h1");
        assertThat(deployment.create("one", "h1").fault()).contains("has not said which processors and memory it has");
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(), Set.of(NumaWish.CPU_POLICY));
        Instance floats = running("two");
        assertThat(cells(floats)).isEqualTo(CellClaim.NONE);
        assertThat(deployment.hosts().surroundings()).isEmpty();
    }

    @Test
    void ofManyClaimsAtOnceNoProcessorIsGivenTwice() throws Exception {
        serving("h1", "0:8192:2,3,4,5,6,7:0-1:");
        List<Instance> all = IntStream.range(0, 6)
                .mapToObj(number -> running("vm-" + number))
                .toList();
        FenceProof proof = deployment.fence("h1");
        serving("h2", "0:8192:12,13:0-1:;1:8192:22,23:4:");
        List<CellClaim> given = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(6);
                Deployment beside = deployment.beside()) {
            List<Future<Claim>> claims = IntStream.range(0, 6)
                    .mapToObj(i ->
                            threads.submit(() -> (i % 2 == 0 ? deployment : beside).evacuate(all.get(i), "h2", proof)))
                    .toList();
            for (int i = 0; i < 6; i++) {
                switch (claims.get(i).get()) {
                    case Claim.Granted _ -> given.add(cells(all.get(i)));
                    case Claim.HostRefused refused ->
                        assertThat(refused.reason())
                                .isEqualTo("has 0 dedicated processors free in one cell, the instance wants 1");
                    case Claim.Conflict conflict -> throw new AssertionError(conflict);
                }
            }
        }
        assertThat(given.stream().flatMap(claim -> claim.parts().stream()).flatMap(part -> part.pins().stream()))
                .containsExactlyInAnyOrder(12, 13, 22, 23);
        assertThat(left("h2")).hasToString("0:7936::0-1:;1:7936::4:");
    }

    @Test
    void whoIsMovedGivesThemBackAndIsGivenOthersElsewhere() {
        serving("h1", FOUR);
        Instance one = running("one");
        serving("h2", "3:8192:30:0:");
        assertThat(move(one, "h2")).isInstanceOf(Withdrawals.Relocation.Relocated.class);
        assertThat(cells(one)).isEqualTo(CellClaim.parse("3:1:128:0:30:"));
        assertThat(left("h1")).hasToString(FOUR);

        Instance two = running("two");
        assertThat(move(two, "h2"))
                .isInstanceOfSatisfying(
                        Withdrawals.Relocation.Kept.class,
                        kept -> assertThat(kept.reason())
                                .contains("has 0 dedicated processors free in one cell, the instance wants 1"));
        assertThat(cells(two)).isEqualTo(CellClaim.parse("0:1:128:0:2:"));
    }

    /** Its owner stopped it, and its home is proven isolated: it starts elsewhere, with what is free there. */
    @Test
    void whoIsStartedAfterItsHomeWasLostIsGivenOthers() {
        serving("h1", FOUR);
        Instance one = running("one");
        deployment.instances().stop(one.id(), Deployment.OWNER);
        await().untilAsserted(
                        () -> assertThat(deployment.instance(one.id()).actual()).isEqualTo(ActualState.STOPPED));
        assertThat(cells(one)).isEqualTo(CellClaim.parse("0:1:128:0:2:"));
        deployment.fence("h1");
        serving("h2", "3:8192:30:0:");
        deployment.start(one.id());
        await().untilAsserted(() -> assertThat(cells(one)).isEqualTo(CellClaim.parse("3:1:128:0:30:")));
        assertThat(left("h1")).hasToString(FOUR);
    }

    @Test
    void whoIsWithdrawnGivesThemBackAndTheClaimGivesOthers() {
        serving("h1", FOUR);
        serving("h2", "3:8192:30:0:");
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        InstanceId one = deployment.create("one", "h1").id();
        await().until(() -> deployment.instance(one).actual() == ActualState.FAILED);
        assertThat(cells(one)).isEqualTo(CellClaim.parse("0:1:128:0:2:"));
        Withdrawals withdrawals = deployment.compute.withdrawals();
        assertThat(withdrawals.withdraw(
                        one,
                        deployment.instance(one).generation(),
                        HostId.of("h1"),
                        deployment.leader(),
                        Duration.ofSeconds(2)))
                .isInstanceOf(Withdrawals.Answer.Withdrawn.class);
        assertThat(cells(one)).isEqualTo(CellClaim.NONE);
        assertThat(left("h1")).hasToString(FOUR);
        assertThat(withdrawals.claim(
                        one, deployment.instance(one).generation(), HostId.of("h2"), deployment.leader(), List.of()))
                .isInstanceOf(Claim.Granted.class);
        assertThat(cells(one)).isEqualTo(CellClaim.parse("3:1:128:0:30:"));
    }

    /** Somebody else has moved its guest; it runs there whatever is left, and its home is told that it has nothing. */
    @Test
    void whoIsFollowedToWhereNothingIsLeftHasNothing() {
        serving("h1", FOUR);
        Instance one = running("one");
        serving("h2", "0:8192::0-3:");
        deployment.agents.at("h1").loses(one.id());
        deployment.agents.at("h2").isBrought(one.id());
        assertThat(deployment
                        .compute
                        .withdrawals()
                        .follow(
                                one.id(),
                                one.generation(),
                                HostId.of("h1"),
                                HostId.of("h2"),
                                deployment.leader(),
                                Duration.ofSeconds(2)))
                .isInstanceOf(Withdrawals.Relocation.Relocated.class);
        assertThat(cells(one)).isEqualTo(CellClaim.NONE);
        assertThat(left("h1")).hasToString(FOUR);
    }

    private Withdrawals.Relocation move(Instance instance, String to) {
        return deployment
                .compute
                .withdrawals()
                .relocate(
                        instance.id(),
                        deployment.instance(instance.id()).generation(),
                        HostId.of("h1"),
                        HostId.of(to),
                        deployment.leader(),
                        Duration.ofSeconds(2));
    }

    @Test
    void aDeviceIsGivenOnceToldToTheHostAndGivenBack() {
        deployment
                .catalog()
                .changeExtraSpecs(Deployment.SMALL, Map.of(NumaWish.DEVICES, "gpu:1"), Set.of(NumaWish.CPU_POLICY));
        serving("h1", "0:8192::0-3:/gpu=0000:3b:00.0|0000:3c:00.0");
        Instance one = running("one");
        Instance two = running("two");
        assertThat(cells(one)).isEqualTo(CellClaim.parse("/gpu=0000:3b:00.0"));
        assertThat(cells(two)).isEqualTo(CellClaim.parse("/gpu=0000:3c:00.0"));
        assertThat(deployment.agents.at("h1").orders.getLast().spec().cells()).isEqualTo(cells(two));
        assertThat(deployment.create("three", "h1").fault()).contains("has 0 free devices gpu, the instance wants 1");
        assertThat(left("h1")).hasToString("0:8192::0-3:");
        deployment.instances().delete(one.id(), Deployment.OWNER);
        await().untilAsserted(() -> assertThat(left("h1")).hasToString("0:8192::0-3:/gpu=0000:3b:00.0"));
    }

    @Test
    void whatAFlavorSaysLaterChangesNothingForWhoIsThere() {
        serving("h1", FOUR);
        Instance before = running("before");
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(NumaWish.PAGE_SIZE, "1GB"), Set.of());
        NumaWish wish = deployment
                .claims()
                .terms(List.of(before.id()))
                .get(before.id())
                .wish()
                .numa();
        assertThat(wish).isEqualTo(new NumaWish(true, 0, NumaWish.Pages.UNSAID, 0));
    }

    @Test
    void aFlavorIsNotCutIntoMoreCellsThanItHasProcessors() {
        assertThatThrownBy(() ->
                        deployment.catalog().changeExtraSpecs(Deployment.SMALL, Map.of(NumaWish.NODES, "2"), Set.of()))
                .isInstanceOf(ComputeException.class)
                .hasMessage("extra spec hw:numa_nodes 2 is more than 1 vCPU and 128 MiB can be cut into");
        assertThatThrownBy(() -> deployment
                        .catalog()
                        .addFlavor(new Flavor(
                                FlavorId.of("f"), "f", new Resources(1, 128, 1), true, Map.of(NumaWish.NODES, "2"))))
                .isInstanceOf(ComputeException.class);
        assertThatThrownBy(() -> deployment
                        .catalog()
                        .changeExtraSpecs(Deployment.SMALL, Map.of("hw:cpu_thread_policy", "require"), Set.of()))
                .isInstanceOf(ComputeException.class)
                .hasMessage("extra spec hw:cpu_thread_policy is not supported here");
    }

    private void serving(String host, String topology) {
        deployment
                .hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of(host),
                                Deployment.SEGMENT,
                                "nova",
                                host + "-boot-1",
                                "127.0.0.1",
                                4000,
                                new Resources(8, 1024, 100),
                                FailureDomains.NONE,
                                HostTopology.parse(topology)),
                        HostEpoch.ZERO,
                        deployment.leader());
        deployment.admit(host);
    }

    private Instance running(String name) {
        Instance made = deployment.create(name, "h1");
        await().untilAsserted(() ->
                assertThat(deployment.instance(made.id()).actual()).isEqualTo(ActualState.RUNNING));
        return deployment.instance(made.id());
    }

    private CellClaim cells(Instance instance) {
        return cells(instance.id());
    }

    private CellClaim cells(InstanceId instance) {
        return deployment.store.inTransaction(
                session -> session.find(InstanceRow.class, instance.value()).cells());
    }

    private HostTopology left(String host) {
        return deployment
                .hosts()
                .surroundings()
                .getOrDefault(HostId.of(host), HostSurroundings.NONE)
                .cells();
    }
}
