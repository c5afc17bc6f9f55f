package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.Placer;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Amounts;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was asked about where an instance runs: kept with it, read for every plan, and kept to under the locks of a claim. */
class StoredTermsTest {

    private Deployment deployment;

    @BeforeEach
    void deploy(@TempDir Path shared) {
        deployment = Deployment.withCatalog(shared);
    }

    @AfterEach
    void close() {
        deployment.close();
    }

    @Test
    void whoIsNamedIsReadWithItsHomeAndWhoWasAskedToBeApartFromIsBoundToo() {
        deployment.serving("h1", "h2");
        Instance one = create("one", "h1", null, PlacementHints.NONE);
        Instance two = create("two", "h2", null, new PlacementHints(Set.of(), Set.of(one.id()), Set.of()));
        Instance three = create("three", "h1", null, new PlacementHints(Set.of(one.id()), Set.of(two.id()), Set.of()));

        Map<InstanceId, PlacementTerms> terms = terms(one, two, three);
        assertThat(terms.get(one.id()))
                .isEqualTo(new PlacementTerms(
                        Set.of(),
                        Set.of(two.id()),
                        Map.of(two.id(), HostId.of("h2")),
                        HostWish.NONE,
                        null,
                        Deployment.PROJECT));
        assertThat(terms.get(two.id()).differentHost()).containsExactlyInAnyOrder(one.id(), three.id());
        assertThat(terms.get(three.id()).sameHost()).containsExactly(one.id());
        assertThat(terms.get(three.id()).homes())
                .isEqualTo(Map.of(one.id(), HostId.of("h1"), two.id(), HostId.of("h2")));

        // A home that is proven isolated runs nothing, and who is deleted holds nobody.
        deployment.fence("h1");
        assertThat(terms(three).get(three.id()).homes()).isEqualTo(Map.of(two.id(), HostId.of("h2")));
        deployment.instances().delete(one.id(), Deployment.OWNER);
        assertThat(terms(three).get(three.id()).homes()).isEqualTo(Map.of(two.id(), HostId.of("h2")));
        assertThat(deployment.claims().terms(List.of(InstanceId.of(new UUID(9, 9)))))
                .isEmpty();
        assertThat(deployment.claims().terms(List.of())).isEmpty();
    }

    @Test
    void whoFollowsItsProjectIsBoundToOneOlderOfEachHostAndToTheFirstOfThoseThatWait() {
        deployment.serving("h1", "h2");
        PlacementHints follows = new PlacementHints(Set.of(), Set.of(), Set.of(), true);
        Instance first = create("first", "h1", null, follows);
        Instance second = create("second", "h1", null, PlacementHints.NONE);
        Instance third = create("third", "h2", null, PlacementHints.NONE);
        Instance last = create("last", "h1", null, follows);
        create("younger", "h2", null, PlacementHints.NONE);

        Map<InstanceId, PlacementTerms> terms = terms(first, second, last);
        assertThat(terms.get(first.id()).sameHost()).as("the oldest is free").isEmpty();
        assertThat(terms.get(second.id()).sameHost()).as("it asked for nothing").isEmpty();
        assertThat(terms.get(last.id()).sameHost()).containsExactlyInAnyOrder(first.id(), third.id());
        assertThat(terms.get(last.id()).homes())
                .isEqualTo(Map.of(first.id(), HostId.of("h1"), third.id(), HostId.of("h2")));
        assertThat(deployment.claims().livesOf(Deployment.PROJECT))
                .isEqualTo(Map.of(HostId.of("h1"), first.id(), HostId.of("h2"), third.id()));
        assertThat(deployment.claims().livesOf(ProjectId.of("nobodys"))).isEmpty();

        // Who is deleted holds nobody, and a home that is proven isolated runs nothing.
        deployment.instances().delete(first.id(), Deployment.OWNER);
        assertThat(terms(last).get(last.id()).sameHost()).containsExactlyInAnyOrder(second.id(), third.id());
        deployment.fence("h1");
        assertThat(terms(last).get(last.id()).homes()).isEqualTo(Map.of(third.id(), HostId.of("h2")));
        assertThat(deployment.claims().livesOf(Deployment.PROJECT)).isEqualTo(Map.of(HostId.of("h2"), third.id()));
    }

    @Test
    void aFlavorThatChangesLaterChangesNothingForWhoIsThere() {
        deployment.serving("h1");
        specs(Map.of(
                HostWish.AGGREGATE + "disk",
                "ssd",
                "trait:CUSTOM_A",
                "required",
                "hw:boot_menu",
                "true",
                PlacementTerms.POLICY,
                "packing"));
        Instance before = create("before", "h1", null, PlacementHints.NONE);
        specs(Map.of(HostWish.AGGREGATE + "disk", "hdd", "trait:CUSTOM_A", "forbidden", PlacementTerms.POLICY, "even"));
        Instance after = create("after", "h1", null, PlacementHints.NONE);

        assertThat(terms(before, after).get(before.id()).wish())
                .isEqualTo(new HostWish(
                        Map.of("disk", "ssd"), Set.of("CUSTOM_A"), Set.of(), Set.of(), Amounts.NONE, Map.of()));
        assertThat(terms(before, after).get(after.id()).wish())
                .isEqualTo(new HostWish(
                        Map.of("disk", "hdd"), Set.of(), Set.of("CUSTOM_A"), Set.of(), Amounts.NONE, Map.of()));
        assertThat(terms(before, after).get(before.id()).policy()).isEqualTo("packing");
        assertThat(terms(before, after).get(after.id()).policy()).isEqualTo("even");
    }

    @Test
    void hostsHaveWhatAllTheirAggregatesHave() {
        deployment.serving("h1", "h2", "h3");
        int fast = deployment.compute.aggregates().create("fast", null).id();
        int slow = deployment.compute.aggregates().create("slow", null).id();
        deployment.compute.aggregates().changeMetadata(fast, Map.of("disk", "ssd"));
        deployment.compute.aggregates().changeMetadata(slow, Map.of("disk", "hdd", "cpu", "old"));
        deployment.compute.aggregates().add(fast, HostId.of("h1"));
        deployment.compute.aggregates().add(slow, HostId.of("h1"));
        deployment.compute.aggregates().add(slow, HostId.of("h2"));

        assertThat(deployment.hosts().surroundings())
                .isEqualTo(Map.of(
                        HostId.of("h1"),
                        HostSurroundings.of(Map.of("disk", Set.of("ssd", "hdd"), "cpu", Set.of("old"))),
                        HostId.of("h2"),
                        HostSurroundings.of(Map.of("disk", Set.of("hdd"), "cpu", Set.of("old")))));
    }

    @Test
    void aHomeTooNearToAnotherMemberIsRefusedUnderTheLockWhateverThePlacerSays() {
        racked("h1", "r1");
        racked("h2", "r1");
        racked("h3", "r2");
        deployment.serving("h4");
        ServerGroup group = group();
        create("one", "h1", group.id(), PlacementHints.NONE);
        assertThat(create("two", "h2", group.id(), rack()).fault())
                .contains("group web has a member in rack r1 already");
        // What one member asked for binds all, while that member is there.
        assertThat(deployment.claims().groups().getFirst().spread()).containsExactly("rack");
        assertThat(create("three", "h2", group.id(), PlacementHints.NONE).fault())
                .contains("rack r1 already");
        assertThat(create("four", "h4", group.id(), PlacementHints.NONE).fault())
                .contains("group web is spread over each rack, and nobody knows in which h4 is");
        assertThat(create("five", "h3", group.id(), rack()).home()).isEqualTo(HostId.of("h3"));
    }

    @Test
    void anEvacuationIsRefusedTheRackOfAMateAndAnIsolatedMateHoldsNobody() {
        racked("h1", "r1");
        racked("h2", "r2");
        racked("h3", "r2");
        racked("h4", "r3");
        ServerGroup group = group();
        Instance one = create("one", "h1", group.id(), rack());
        Instance two = create("two", "h2", group.id(), rack());
        FenceProof proof = deployment.fence("h1");

        assertThat(deployment.evacuate(one, "h3", proof))
                .isEqualTo(new Claim.Conflict("group web has a member in rack r2 already"));
        FenceProof other = deployment.fence("h2");
        assertThat(deployment.evacuate(one, "h3", proof)).isInstanceOf(Claim.Granted.class);
        assertThat(deployment.evacuate(two, "h3", other)).isInstanceOf(Claim.Conflict.class);
        assertThat(deployment.evacuate(two, "h4", other)).isInstanceOf(Claim.Granted.class);
    }

    @Test
    void whoWouldComeHomeTooNearToAnotherDoesNotGetThatHomeBack() {
        racked("h1", "r1");
        racked("h2", "r1");
        racked("h3", "r2");
        ServerGroup group = group();
        Instance one = create("one", "h1", group.id(), rack());
        Instance lone = create("lone", "h1", null, PlacementHints.NONE);
        Instance two = create("two", "h3", group.id(), rack());
        deployment.fence("h1");
        FenceProof proof = deployment.fence("h3");
        assertThat(deployment.evacuate(two, "h2", proof)).isInstanceOf(Claim.Granted.class);

        introduce("h1", "r1", "boot-2");

        assertThat(deployment.instance(one.id()).home()).isNull();
        assertThat(deployment.instance(one.id()).fault()).contains("group web has a member in rack r1 already");
        assertThat(deployment.instance(lone.id()).home()).isEqualTo(HostId.of("h1"));
    }

    @Test
    void whoComesHomeFarEnoughFromTheOthersGetsThatHomeBack() {
        racked("h1", "r1");
        racked("h2", "r2");
        ServerGroup group = group();
        Instance one = create("one", "h1", group.id(), rack());
        create("two", "h2", group.id(), rack());
        deployment.fence("h1");

        introduce("h1", "r1", "boot-2");

        assertThat(deployment.instance(one.id()).home()).isEqualTo(HostId.of("h1"));
    }

    /** Plans from one snapshot: each believes that the rack is free of the group. */
    @Test
    void safetyOfManyClaimsAtOnceForOneGroupNoTwoShareARack() throws Exception {
        List<String> hosts = List.of("h1", "h2", "h3", "h4");
        for (String host : hosts) {
            racked(host, host.equals("h4") ? "r2" : "r1");
        }
        ServerGroup group = group();
        List<Instance> members = new ArrayList<>();
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.None("");
        for (int i = 0; i < 8; i++) {
            members.add(create("m" + i, null, group.id(), rack()));
        }
        Map<InstanceId, HostId> wishes = new ConcurrentHashMap<>();
        deployment.placer =
                (instance, wants, zone, only) -> new Placer.Choice.Home(wishes.getOrDefault(instance, HostId.of("h1")));
        CyclicBarrier together = new CyclicBarrier(members.size());
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<@Nullable Object>> calls = new ArrayList<>();
            for (int i = 0; i < members.size(); i++) {
                Instance member = members.get(i);
                wishes.put(member.id(), HostId.of(hosts.get(i % hosts.size())));
                calls.add(callers.submit(() -> {
                    together.await();
                    deployment.start(member.id());
                    return null;
                }));
            }
            for (Future<@Nullable Object> call : calls) {
                call.get();
            }
        }
        assertThat(deployment.claims().groups().getFirst().homes().values())
                .hasSize(2)
                .contains(HostId.of("h4"));
    }

    @Test
    void whatWasAskedOutlivesAControllerAndIsNoPartOfWhoSaysNothing() {
        racked("h1", "r1");
        Instance one = create("one", "h1", null, PlacementHints.NONE);
        Instance two =
                create("two", "h1", group().id(), new PlacementHints(Set.of(one.id()), Set.of(), Set.of("rack")));
        assertThat(two.actual()).isNotEqualTo(ActualState.FAILED);
        try (Deployment next = deployment.beside()) {
            assertThat(next.claims().terms(List.of(two.id())).get(two.id()).sameHost())
                    .containsExactly(one.id());
            assertThat(next.claims().groups().getFirst().spread()).containsExactly("rack");
        }
    }

    @Test
    void anImageThatChangesLaterChangesNothingForWhoIsThereAndARebuildDoes() {
        deployment.serving("h1");
        ImageId other = ImageId.of(new UUID(3, 3));
        Image made = Deployment.image(other, "small.img", "raw");
        deployment
                .catalog()
                .addImage(new Image(
                        other,
                        "other",
                        made.file(),
                        made.format(),
                        0,
                        null,
                        null,
                        null,
                        0,
                        0,
                        Map.of("trait:CUSTOM_A", "required", "os", "one", "trait:CUSTOM_B", "perhaps"),
                        Instant.EPOCH));
        Instance one = create("one", "h1", null, PlacementHints.NONE);
        await().untilAsserted(
                        () -> assertThat(deployment.instance(one.id()).actual()).isEqualTo(ActualState.RUNNING));
        assertThat(terms(one).get(one.id()).wish()).isEqualTo(HostWish.NONE);

        deployment
                .instances()
                .rebuild(one.id(), new Instances.Rebuild(other, null, null, said -> said, null), Deployment.OWNER);
        HostWish wish =
                new HostWish(Map.of(), Set.of("CUSTOM_A"), Set.of(), Set.of(), Amounts.NONE, Map.of("os", "one"));
        assertThat(terms(one).get(one.id()).wish()).isEqualTo(wish);

        deployment.store.inTransactionDo(
                session -> Jdbc.update(session, "update image_property set value = 'two' where key = 'os'"));
        assertThat(terms(one).get(one.id()).wish()).isEqualTo(wish);
    }

    @Test
    void whatPlacementsClientsSayOfAHostIsReadWithItsAggregatesAndAdvisories() {
        deployment.serving("h1", "h2");
        deployment.store.inTransactionDo(session -> Jdbc.update(
                session,
                "insert into provider_trait select h.uuid, t from host h, unnest(array['CUSTOM_A', 'HW_ARCH_X86_64']) t"
                        + " where h.id = 'h2'"));
        assertThat(deployment.hosts().surroundings())
                .isEqualTo(Map.of(
                        HostId.of("h2"),
                        new HostSurroundings(
                                Map.of(), Set.of("CUSTOM_A", "HW_ARCH_X86_64"), Map.of(), 0, HostAdvice.NONE)));
    }

    @Test
    void whatAHostCouldNotStartCountsForAnHourAndUntilItIsDeleted() {
        deployment.serving("h1");
        deployment.agents.at("h1").refusesToStart = "no such bridge";
        Instance one = create("one", "h1", null, PlacementHints.NONE);
        Instance two = create("two", "h1", null, PlacementHints.NONE);
        await().untilAsserted(() -> assertThat(failures()).isEqualTo(2));
        deployment.instances().delete(two.id(), Deployment.OWNER);
        await().untilAsserted(() -> assertThat(failures()).isEqualTo(1));
        assertThat(deployment.instance(one.id()).actual()).isEqualTo(ActualState.FAILED);
        deployment.ahead.set(Duration.ofMinutes(61));
        assertThat(failures()).isZero();
    }

    private int failures() {
        return deployment
                .hosts()
                .surroundings()
                .getOrDefault(HostId.of("h1"), HostSurroundings.NONE)
                .buildFailures();
    }

    @Test
    void aFlavorThatSaysWhatNoTraitCanBeIsRefused() {
        for (Map<String, String> wrong : List.of(
                Map.of("trait:CUSTOM_A", "perhaps"),
                Map.of("trait:custom", "required"),
                Map.of("holdfast:any_trait", "CUSTOM_A,,CUSTOM_B"),
                Map.of("holdfast:any_trait:gpu", ""))) {
            assertThatThrownBy(() -> specs(wrong))
                    .isInstanceOfSatisfying(
                            ComputeException.class, no -> assertThat(no.kind()).isEqualTo(Kind.INVALID))
                    .hasMessageContaining("trait");
        }
        specs(Map.of("trait:CUSTOM_A", "required", "holdfast:any_trait:gpu", "CUSTOM_B, CUSTOM_C"));
    }

    private Map<InstanceId, PlacementTerms> terms(Instance... instances) {
        return deployment
                .claims()
                .terms(List.of(instances).stream().map(Instance::id).toList());
    }

    private void specs(Map<String, String> changed) {
        deployment.catalog().changeExtraSpecs(Deployment.SMALL, changed, Set.of());
    }

    private void racked(String host, String rack) {
        introduce(host, rack, "boot-1");
        deployment.admit(host);
    }

    private void introduce(String host, String rack, String boot) {
        deployment
                .hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of(host),
                                Deployment.SEGMENT,
                                "nova",
                                host + boot,
                                "127.0.0.1",
                                4000,
                                new Resources(8, 2048, 100),
                                new FailureDomains(Map.of("rack", rack))),
                        deployment
                                .hosts()
                                .find(HostId.of(host))
                                .map(ComputeHost::epoch)
                                .orElse(HostEpoch.ZERO),
                        deployment.leader());
    }

    private static PlacementHints rack() {
        return new PlacementHints(Set.of(), Set.of(), Set.of("rack"));
    }

    private ServerGroup group() {
        return deployment
                .compute
                .serverGroups()
                .create(
                        new NewGroup("web", Deployment.PROJECT, "user", GroupPolicy.SOFT_ANTI_AFFINITY, null),
                        Deployment.OWNER);
    }

    private Instance create(String name, @Nullable String host, @Nullable ServerGroupId group, PlacementHints hints) {
        return deployment.create(new Instances.NewInstance(
                name,
                Deployment.PROJECT,
                "user",
                Deployment.SMALL,
                Deployment.IMAGE,
                null,
                host == null ? null : HostId.of(host),
                List.of(),
                Map.of(),
                group,
                Particulars.NONE,
                null,
                new NetworkWish.None(),
                true,
                hints));
    }
}
