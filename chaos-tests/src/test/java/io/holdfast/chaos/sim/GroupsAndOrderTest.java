package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.sim.check.InOrder;
import io.holdfast.chaos.sim.check.StrictGroups;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Generation;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.ServerGroupId;
import io.holdfast.server.logging.Logging;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The checkers of strict groups and of the order among instances find what they are there for, and nothing else. */
class GroupsAndOrderTest {

    private static final ProjectId RED = Owners.PROJECTS.getFirst();
    private static final Resources SMALL = new Resources(1, 1024, 1);

    private final World world =
            new World(1, new Shape(3, 2, 1, Duration.ZERO, Duration.ofMinutes(5), Faults.none()), false);

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    @BeforeEach
    void threeHosts() {
        world.watch(new StrictGroups(world));
        world.watch(new InOrder(world));
        List.of("h1", "h2", "h3").forEach(name -> world.addHost(name, "rack", new Resources(16, 65_536, 100)));
        world.addController("c1");
        world.switchOn();
        world.runUntil(Duration.ofSeconds(12));
    }

    @Test
    void twoThatMustNeverShareAHostAndDoAreFound() {
        ServerGroupId pair = world.owners().createGroup("pair", RED, GroupPolicy.ANTI_AFFINITY);
        InstanceId a = create("a", "h1", Map.of(), pair);
        create("b", "h2", Map.of(), pair);
        world.runUntil(Duration.ofSeconds(20));
        assertThat(world.violations()).isEmpty();

        world.host("h2").start(a, Generation.of(7));

        assertThat(world.violations()).extracting(Violation::invariant).containsExactly("S7");
    }

    @Test
    void aHomeAwayFromAllOfAGroupThatMustBeTogetherIsFound() {
        ServerGroupId pair = world.owners().createGroup("pair", RED, GroupPolicy.AFFINITY);
        create("a", "h1", Map.of(), pair);
        InstanceId b = create("b", "h1", Map.of(), pair);
        world.runUntil(Duration.ofSeconds(20));
        assertThat(world.violations()).isEmpty();
        var before = world.database().instance(b).orElseThrow();

        world.checkers()
                .instanceChanged(
                        before,
                        new io.holdfast.compute.Instance(
                                before.id(),
                                before.name(),
                                before.project(),
                                before.user(),
                                before.flavor(),
                                before.resources(),
                                before.image(),
                                before.zone(),
                                before.goal(),
                                before.actual(),
                                false,
                                before.task(),
                                before.fault(),
                                HostId.of("h2"),
                                before.generation().next(),
                                before.epoch(),
                                before.policy(),
                                before.policySource(),
                                before.tags(),
                                before.metadata(),
                                before.createdAt(),
                                before.updatedAt(),
                                before.launchedAt()),
                        "c1");

        assertThat(world.violations()).extracting(Violation::invariant).containsExactly("S7");
    }

    @Test
    void oneThatIsStartedApartFromAGroupThatMustBeTogetherIsFoundWhoeverStartedIt() {
        world.owners().createGroup("pair", RED, GroupPolicy.AFFINITY);
        InstanceId a = create("a", "h1", Map.of(), null);
        InstanceId b = create("b", "h2", Map.of(), null);
        world.runUntil(Duration.ofSeconds(20));
        world.owners().groups().iterator().next().members().addAll(List.of(a, b));
        assertThat(world.violations()).isEmpty();

        // What is not the stored generation is on its way out, and splits nothing.
        world.host("h1").end(a);
        world.host("h1").start(a, Generation.of(7));
        assertThat(world.violations()).isEmpty();

        world.host("h1").end(a);
        world.host("h1").start(a, world.database().instance(a).orElseThrow().generation());
        assertThat(world.violations()).extracting(Violation::invariant).containsExactly("S7");
    }

    @Test
    void whoRunsBeforeWhatItNeedsIsFoundUnlessSomebodyHurriedIt() {
        Pair pair = appNeedsDbAndTheirHostIsLost(Map.of());
        assertThat(world.violations()).isEmpty();

        world.host("h2").start(pair.app(), Generation.of(7));

        assertThat(world.violations()).extracting(Violation::invariant).containsExactly("S8");
    }

    @Test
    void whoRunsBeforeWhatItNeedsHasSaidThatItIsHealthyIsFound() {
        Pair pair = appNeedsDbAndTheirHostIsLost(Map.of(TermsRule.READY, "heartbeat"));

        world.host("h2").start(pair.db(), Generation.of(7));
        assertThat(world.violations()).isEmpty();
        world.host("h2").start(pair.app(), Generation.of(7));

        assertThat(world.violations()).extracting(Violation::invariant).containsExactly("S8");
    }

    @Test
    void whoRunsAfterWhatItNeedsHasSaidSoIsNotFound() {
        Pair pair = appNeedsDbAndTheirHostIsLost(Map.of(TermsRule.READY, "heartbeat"));

        world.host("h2").start(pair.db(), Generation.of(7));
        world.runUntil(Duration.ofSeconds(60));
        world.host("h3").start(pair.app(), Generation.of(7));

        assertThat(world.violations()).isEmpty();
    }

    @Test
    void whoWasHurriedByAnOperatorMayRunFirst() {
        Pair pair = appNeedsDbAndTheirHostIsLost(Map.of());
        world.operator().retry(pair.app());

        world.host("h2").start(pair.app(), Generation.of(7));

        assertThat(world.violations()).isEmpty();
    }

    private record Pair(InstanceId db, InstanceId app) {}

    /** Long enough after their start that the guests have said what they have to say. */
    private Pair appNeedsDbAndTheirHostIsLost(Map<String, String> db) {
        Pair pair =
                new Pair(create("db", "h1", db, null), create("app", "h1", Map.of(TermsRule.DEPENDS_ON, "db"), null));
        world.runUntil(Duration.ofSeconds(35));
        fence("h1");
        return pair;
    }

    /** Nothing has room for anybody, so that the test alone starts what is started. */
    private void fence(String host) {
        world.operator().disable(HostId.of("h2"));
        world.operator().disable(HostId.of("h3"));
        world.host(host).losePower("by the test");
        world.runUntil(Duration.ofNanos(world.timeline().now()).plusSeconds(5));
        assertThat(world.database().row(HostId.of(host)).orElseThrow().state())
                .isEqualTo(io.holdfast.compute.HostState.FENCED);
    }

    private InstanceId create(String name, String host, Map<String, String> words, @Nullable ServerGroupId group) {
        return world.owners()
                .create(NewInstance.unconstrained(
                        name, RED, SMALL, RecoveryPolicy.AUTOMATIC, HostId.of(host), words, group));
    }
}
