package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Placer;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.ServerGroups;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.ServerGroupId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Server groups and an owner's terms in the store, and that a claim asks them under its locks. */
class StoredServerGroupsTest {

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
    void aGroupSaysWhetherItsMembersConsumersAreAskedAndTakesThatBack() {
        ServerGroups groups = deployment.compute.serverGroups();
        ServerGroup made = group("pair", GroupPolicy.ANTI_AFFINITY, 1);
        assertThat(made.say()).isNull();

        SayTerms say = new SayTerms(Duration.ofSeconds(90), SayAnswer.STOPPED);
        assertThat(groups.say(made.id(), say, Deployment.OWNER).say()).isEqualTo(say);
        assertThat(deployment.claims().groups()).extracting(ServerGroup::say).containsExactly(say);
        assertThat(groups.find(made.id()).orElseThrow()).isEqualTo(made.with(say));

        assertThat(groups.say(made.id(), SayTerms.NEVER, Deployment.OWNER).say())
                .isNull();
        groups.say(made.id(), say, Deployment.OWNER);
        assertThat(groups.say(made.id(), null, Deployment.OWNER)).isEqualTo(made);

        groups.delete(made.id(), Deployment.OWNER);
        refused(Kind.NOT_FOUND, () -> groups.say(made.id(), say, Deployment.OWNER));
    }

    @Test
    void aGroupIsMadeListedFoundAndDeletedAndItsMembersStay() {
        deployment.serving("h1");
        ServerGroup made = group("web", GroupPolicy.ANTI_AFFINITY, 2);
        assertThat(made.maxPerHost()).isEqualTo(2);
        assertThat(made.members()).isEmpty();
        Instance one = create("one", made.id(), "h1", Map.of());

        ServerGroup now = deployment.compute.serverGroups().find(made.id()).orElseThrow();
        assertThat(now.members()).containsExactly(one.id());
        assertThat(now.homes()).containsExactly(Map.entry(one.id(), HostId.of("h1")));
        assertThat(deployment.compute.serverGroups().list(Deployment.PROJECT)).containsExactly(now);
        assertThat(deployment.compute.serverGroups().list(ProjectId.of("other")))
                .isEmpty();
        assertThat(deployment.claims().groups()).containsExactly(now);
        assertThat(deployment.compute.serverGroups().of(one.id())).contains(now);

        deployment.compute.serverGroups().delete(made.id(), Deployment.OWNER);
        assertThat(deployment.compute.serverGroups().find(made.id())).isEmpty();
        assertThat(deployment.compute.serverGroups().list(null)).isEmpty();
        assertThat(deployment.compute.serverGroups().of(one.id())).isEmpty();
        assertThat(deployment.instance(one.id()).home()).isEqualTo(HostId.of("h1"));
        refused(Kind.NOT_FOUND, () -> deployment.compute.serverGroups().delete(made.id(), Deployment.OWNER));
        // Who was bound is free: a second one may live there now.
        Instance two = create("two", null, "h1", Map.of());
        assertThat(two.home()).isEqualTo(HostId.of("h1"));
    }

    @Test
    void aGroupThatIsNotThereOrAnotherProjectsIsRefusedAndNothingIsMade() {
        ServerGroup theirs = deployment
                .compute
                .serverGroups()
                .create(
                        new NewGroup("theirs", ProjectId.of("other"), "u", GroupPolicy.AFFINITY, null),
                        Deployment.OWNER);
        refused(Kind.INVALID, () -> create("vm", theirs.id(), null, Map.of()));
        refused(Kind.INVALID, () -> create("vm", ServerGroupId.of(new UUID(5, 5)), null, Map.of()));
        refused(Kind.INVALID, () -> group("web", GroupPolicy.SOFT_AFFINITY, 2));
        assertThat(deployment.instances().list(null)).isEmpty();
    }

    @Test
    void theFirstHomeIsRefusedUnderTheLockWhateverThePlacerSays() {
        deployment.serving("h1", "h2");
        ServerGroup apart = group("web", GroupPolicy.ANTI_AFFINITY, null);
        create("one", apart.id(), "h1", Map.of());
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1"));
        Instance two = create("two", apart.id(), null, Map.of());
        assertThat(two.actual()).isEqualTo(ActualState.FAILED);
        assertThat(two.home()).isNull();
        assertThat(two.fault()).contains("group web (anti-affinity) has 1 of at most 1 on h1");

        ServerGroup together = group("db", GroupPolicy.AFFINITY, null);
        create("a", together.id(), "h1", Map.of());
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h2"));
        assertThat(create("b", together.id(), null, Map.of()).fault()).contains("group db (affinity) lives on h1");
    }

    @Test
    void anEvacuationIsRefusedTheHostWhereAMateLivesAndHomesThatAreIsolatedHoldNobody() {
        deployment.serving("h1", "h2", "h3");
        ServerGroup apart = group("web", GroupPolicy.ANTI_AFFINITY, null);
        Instance one = create("one", apart.id(), "h1", Map.of());
        create("two", apart.id(), "h2", Map.of());
        ServerGroup together = group("db", GroupPolicy.AFFINITY, null);
        Instance a = create("a", together.id(), "h1", Map.of());
        Instance b = create("b", together.id(), "h1", Map.of());
        FenceProof proof = deployment.fence("h1");
        assertThat(deployment
                        .compute
                        .serverGroups()
                        .find(together.id())
                        .orElseThrow()
                        .homes())
                .isEmpty();

        assertThat(deployment.evacuate(one, "h2", proof))
                .isInstanceOfSatisfying(
                        Claim.Conflict.class,
                        c -> assertThat(c.reason()).contains("(anti-affinity) has 1 of at most 1 on h2"));
        assertThat(deployment.instance(one.id()).generation()).isEqualTo(one.generation());
        assertThat(deployment.evacuate(one, "h3", proof)).isInstanceOf(Claim.Granted.class);

        assertThat(deployment.evacuate(a, "h2", proof)).isInstanceOf(Claim.Granted.class);
        assertThat(deployment.evacuate(b, "h3", proof))
                .isEqualTo(new Claim.Conflict("group db (affinity) lives on h2"));
        assertThat(deployment.evacuate(b, "h2", proof)).isInstanceOf(Claim.Granted.class);
    }

    /** Two plans from one snapshot: both believe that the host is free of the group. */
    @Test
    void safetyOfManyClaimsAtOnceForOneGroupNoTwoBreakItsRule() throws Exception {
        deployment.serving("h1", "h2", "h3");
        for (GroupPolicy policy : List.of(GroupPolicy.ANTI_AFFINITY, GroupPolicy.AFFINITY)) {
            ServerGroup group = group("g", policy, null);
            List<Instance> members = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                members.add(unplaced("m" + i, group.id()));
            }
            // Those that want to be apart all ask for one host, those that want to be together for different ones.
            List<String> targets = policy == GroupPolicy.AFFINITY ? List.of("h2", "h3") : List.of("h2");
            CyclicBarrier together = new CyclicBarrier(members.size());
            try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<@Nullable Object>> calls = new ArrayList<>();
                for (int i = 0; i < members.size(); i++) {
                    Instance member = members.get(i);
                    String target = targets.get(i % targets.size());
                    deployment.placer =
                            (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of(targetOf(instance)));
                    wishes.put(member.id().toString(), target);
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
            ServerGroup after =
                    deployment.compute.serverGroups().find(group.id()).orElseThrow();
            if (policy == GroupPolicy.AFFINITY) {
                assertThat(after.homes()).hasSize(3);
                assertThat(after.homes().values())
                        .containsOnly(after.homes().values().iterator().next());
            } else {
                assertThat(after.homes()).hasSize(1);
            }
        }
    }

    @Test
    void aHostThatComesBackDoesNotGetThoseBackWhoseStrictGroupLivesElsewhere() {
        deployment.serving("h1", "h2");
        ServerGroup together = group("db", GroupPolicy.AFFINITY, null);
        Instance moved = create("moved", together.id(), "h1", Map.of());
        Instance automatic = create("automatic", together.id(), "h1", Map.of());
        deployment.instances().setTags(automatic.id(), List.of("automatic-recovery"));
        Instance told = create("told", together.id(), "h1", Map.of());
        deployment.instances().setTags(told.id(), List.of("notify"));
        Instance leftStopped = create("left", together.id(), "h1", Map.of(TermsRule.ON_HOST_FAILURE, "stopped"));
        Instance stopped = create("stopped", together.id(), "h1", Map.of());
        stop(stopped);
        Instance lone = create("lone", null, "h1", Map.of());
        ServerGroup soft = group("soft", GroupPolicy.SOFT_AFFINITY, null);
        Instance friend = create("friend", soft.id(), "h1", Map.of());
        create("other friend", soft.id(), "h2", Map.of());
        FenceProof proof = deployment.fence("h1");
        assertThat(deployment.evacuate(moved, "h2", proof)).isInstanceOf(Claim.Granted.class);

        deployment.introduce("h1", "h1-boot-2");

        assertThat(deployment.instance(automatic.id())).satisfies(now -> {
            assertThat(now.home()).isNull();
            assertThat(now.goal()).isEqualTo(InstanceGoal.RUNNING);
            assertThat(now.task()).isEqualTo("withdrawn");
            assertThat(now.generation()).isEqualTo(automatic.generation().next());
        });
        assertThat(deployment.instance(told.id())).satisfies(now -> {
            assertThat(now.home()).isNull();
            assertThat(now.goal()).isEqualTo(InstanceGoal.RUNNING);
            assertThat(now.actual()).isEqualTo(ActualState.FAILED);
            assertThat(now.fault())
                    .startsWith(
                            "its home h1 is back, and group db (affinity) lives on h2 (moved): it does not go on apart")
                    .contains("start it, and it gets a home with its group");
        });
        for (Instance still : List.of(leftStopped, stopped)) {
            assertThat(deployment.instance(still.id())).satisfies(now -> {
                assertThat(now.home()).isNull();
                assertThat(now.goal()).isEqualTo(InstanceGoal.STOPPED);
                assertThat(now.actual()).isEqualTo(ActualState.STOPPED);
                assertThat(now.task()).isNull();
            });
        }
        for (Instance stays : List.of(lone, friend)) {
            assertThat(deployment.instance(stays.id()).home()).isEqualTo(HostId.of("h1"));
        }
        assertThat(deployment.outbox().stream().filter("instance.parted"::equals))
                .hasSize(4);
        deployment.assertBooksAreRight("h1");

        // Said twice, nothing happens twice; and whoever was taken off gets a home with its group.
        deployment.introduce("h1", "h1-boot-2");
        assertThat(deployment.outbox().stream().filter("instance.parted"::equals))
                .hasSize(4);
        deployment.admit("h1");
        Instance told2 = deployment.instance(told.id());
        assertThat(deployment
                        .compute
                        .withdrawals()
                        .claim(told.id(), told2.generation(), HostId.of("h1"), deployment.leader(), List.of()))
                .isEqualTo(new Claim.Conflict("group db (affinity) lives on h2"));
        assertThat(deployment
                        .compute
                        .withdrawals()
                        .claim(told.id(), told2.generation(), HostId.of("h2"), deployment.leader(), List.of()))
                .isInstanceOf(Claim.Granted.class);
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h2"));
        deployment.start(stopped.id());
        assertThat(deployment.instance(stopped.id()).home()).isEqualTo(HostId.of("h2"));
    }

    @Test
    void aHostThatComesBackGetsEverybodyBackWhileNobodyOfTheGroupLivesElsewhere() {
        deployment.serving("h1", "h2");
        ServerGroup together = group("db", GroupPolicy.AFFINITY, null);
        Instance a = create("a", together.id(), "h1", Map.of());
        Instance b = create("b", together.id(), "h1", Map.of());
        deployment.fence("h1");

        deployment.introduce("h1", "h1-boot-2");

        for (Instance stays : List.of(a, b)) {
            assertThat(deployment.instance(stays.id()).home()).isEqualTo(HostId.of("h1"));
            assertThat(deployment.instance(stays.id()).generation()).isEqualTo(stays.generation());
        }
        assertThat(deployment.outbox()).doesNotContain("instance.parted");
    }

    /** A split that was there before the rule was kept at returns: neither half is started while the other runs. */
    @Test
    void nobodyIsStartedAtHomeApartFromAGroupThatRunsElsewhere() throws Exception {
        deployment.serving("h1", "h2");
        ServerGroup together = group("db", GroupPolicy.AFFINITY, null);
        Instance a = create("a", null, "h1", Map.of());
        Instance b = create("b", null, "h2", Map.of());
        stop(a);
        deployment.store.inTransactionDo(
                session -> session.createMutationQuery("update Instance set serverGroup = :group")
                        .setParameter("group", together.id().value())
                        .executeUpdate());

        assertThatThrownBy(() -> deployment.instances().start(a.id(), Deployment.OWNER))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT))
                .hasMessageContaining(
                        "on its home h1: group db (affinity) lives on h2 (b). Stop or delete those first");
        assertThat(deployment.instance(a.id()).goal()).isEqualTo(InstanceGoal.STOPPED);

        // While all are stopped whoever is started first decides; of two starts at once one is refused.
        stop(b);
        CyclicBarrier atOnce = new CyclicBarrier(2);
        List<Future<Boolean>> starts = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Instance one : List.of(a, b)) {
                starts.add(callers.submit(() -> {
                    atOnce.await();
                    try {
                        deployment.start(one.id());
                        return true;
                    } catch (ComputeException refused) {
                        return false;
                    }
                }));
            }
        }
        assertThat(List.of(starts.get(0).get(), starts.get(1).get())).containsExactlyInAnyOrder(true, false);
    }

    private void stop(Instance instance) {
        await().until(() -> deployment.instance(instance.id()).actual() == ActualState.RUNNING);
        deployment.instances().stop(instance.id(), Deployment.OWNER);
        await().until(() -> deployment.instance(instance.id()).actual() == ActualState.STOPPED);
    }

    private final Map<String, String> wishes = new java.util.concurrent.ConcurrentHashMap<>();

    private String targetOf(io.holdfast.model.InstanceId instance) {
        return wishes.getOrDefault(instance.toString(), "h1");
    }

    @Test
    void whoIsDependedOnMustBeThereAndMayNotWaitInACircle() {
        deployment.serving("h1");
        refused(Kind.INVALID, () -> create("web", null, "h1", Map.of(TermsRule.DEPENDS_ON, "db")));
        assertThat(deployment.instances().list(null)).isEmpty();
        Instance db = create("db", null, "h1", Map.of());
        Instance web = create("web", null, "h1", Map.of(TermsRule.DEPENDS_ON, "db"));
        refused(Kind.INVALID, () -> deployment.instances().setMetadata(db.id(), Map.of(TermsRule.DEPENDS_ON, "web")));
        assertThat(deployment.instance(db.id()).metadata()).isEmpty();

        // Who is gone binds nobody, and other words can still be written.
        deployment.instances().delete(db.id(), Deployment.OWNER);
        deployment.instances().setMetadata(web.id(), Map.of(TermsRule.DEPENDS_ON, "db", TermsRule.PRIORITY, "5"));
        assertThat(deployment.instance(web.id()).metadata()).containsEntry(TermsRule.PRIORITY, "5");
    }

    private ServerGroup group(String name, GroupPolicy policy, @Nullable Integer max) {
        return deployment
                .compute
                .serverGroups()
                .create(new NewGroup(name, Deployment.PROJECT, "user", policy, max), Deployment.OWNER);
    }

    private Instance create(
            String name, @Nullable ServerGroupId group, @Nullable String host, Map<String, String> metadata) {
        return deployment.create(new Instances.NewInstance(
                name,
                Deployment.PROJECT,
                "user",
                Deployment.SMALL,
                Deployment.IMAGE,
                null,
                host == null ? null : HostId.of(host),
                List.of(),
                metadata,
                group));
    }

    /** Stored, and without a home, because no host would do at that moment. */
    private Instance unplaced(String name, ServerGroupId group) {
        deployment.placer = (instance, wants, zone, only) -> new Placer.Choice.None("");
        Instance made = create(name, group, null, Map.of());
        assertThat(made.home()).isNull();
        return made;
    }

    private static void refused(Kind kind, ThrowingCallable act) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
