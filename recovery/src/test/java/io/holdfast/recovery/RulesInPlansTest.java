package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.Advisory;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAdvice;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.PlacementTerms;
import io.holdfast.compute.Placer;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.recovery.ScheduleExplainer.Question;
import io.holdfast.scheduler.Explanation;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What binds an instance reaches the scheduler, whoever asks it. */
class RulesInPlansTest {

    private static final Resources SMALL = new Resources(1, 512, 1);
    private static final ProjectId RED = ProjectId.of("red");

    private final World world = new World();
    private final HostId h1 = world.host("h1");
    private final HostId h2 = world.host("h2");
    private final Map<InstanceId, PlacementTerms> terms = new HashMap<>();
    private final Map<HostId, HostSurroundings> surroundings = new HashMap<>();
    private final Map<HostId, FailureDomains> domains = new HashMap<>();
    private final Map<String, Set<String>> spread = new HashMap<>();
    private final Map<HostId, InstanceId> lives = new HashMap<>();

    /** The world, with what it does not keep itself. */
    private final Claims claims = over(
            Claims.class,
            world,
            Map.of("terms", () -> Map.copyOf(terms), "groups", this::groups, "livesOf", () -> Map.copyOf(lives)));

    private final Hosts hosts =
            over(Hosts.class, world, Map.of("surroundings", () -> Map.copyOf(surroundings), "list", this::hosts));

    @Test
    void aPlacerHonoursWithWhomApartFromWhomAndWhatTheFlavorWants() {
        InstanceId mate = world.instance("mate", h2);
        InstanceId one = world.instance("one", h1);
        SchedulerPlacer placer = new SchedulerPlacer(hosts, claims, scheduler(), host -> false);

        terms.put(one, new PlacementTerms(Set.of(mate), Set.of(), Map.of(mate, h2), HostWish.NONE, null, RED));
        assertThat(placer.choose(one, SMALL, null, null)).isEqualTo(new Placer.Choice.Home(h2));
        terms.put(one, new PlacementTerms(Set.of(), Set.of(mate), Map.of(mate, h2), HostWish.NONE, null, RED));
        assertThat(placer.choose(one, SMALL, null, null)).isEqualTo(new Placer.Choice.Home(h1));
        assertThat(placer.choose(one, SMALL, null, h2))
                .isInstanceOfSatisfying(
                        Placer.Choice.None.class,
                        none -> assertThat(none.reason()).contains(mate + " lives there (different_host)"));
        terms.put(
                one,
                new PlacementTerms(
                        Set.of(), Set.of(), Map.of(), HostWish.ofAggregates(Map.of("disk", "ssd")), null, RED));
        surroundings.put(h2, HostSurroundings.of(Map.of("disk", Set.of("ssd"))));
        assertThat(placer.choose(one, SMALL, null, null)).isEqualTo(new Placer.Choice.Home(h2));
        surroundings.put(h2, HostSurroundings.of(Map.of("disk", Set.of("ssd"), "filter_tenant_id", Set.of("blue"))));
        assertThat(placer.choose(one, SMALL, null, null))
                .isInstanceOfSatisfying(
                        Placer.Choice.None.class,
                        none -> assertThat(none.reason()).contains("is kept for other projects"));
    }

    /** Of ten thousand hosts, the words of all were a mebibyte for each instance that nobody took. */
    @Test
    void whoFindsNoHomeIsToldOfAFewHostsAndHowManyMoreThereAre() {
        for (int number = 3; number <= 40; number++) {
            world.host("h" + number);
        }
        SchedulerPlacer placer = new SchedulerPlacer(hosts, claims, scheduler(), host -> false);
        Resources huge = new Resources(1, Integer.MAX_VALUE, 1);
        InstanceId one = world.instance("one", h1);
        assertThat(placer.chooseAll(List.of(
                        new Placer.Search(one, huge, null, null),
                        new Placer.Search(world.instance("two", h1), huge, null, null))))
                .allSatisfy(choice -> assertThat(choice)
                        .isInstanceOfSatisfying(
                                Placer.Choice.None.class,
                                none -> assertThat(none.reason())
                                        .startsWith("h1: needs ")
                                        .endsWith("; and 24 more hosts")
                                        .hasSizeLessThan(2_000)));
    }

    /** Who was taken from a home by a case that followed it no further is down, and placed by the same placer as what is new. */
    @Test
    void anAdvisoryClosesAHostToWhatIsNewAndToNobodyWhoHasLostAHome() {
        InstanceId one = world.instance("one", h1);
        SchedulerPlacer placer = new SchedulerPlacer(hosts, claims, scheduler(), host -> false);
        List.of(h1, h2)
                .forEach(host -> surroundings.put(
                        host,
                        new HostSurroundings(
                                Map.of(),
                                Set.of(),
                                Map.of(),
                                0,
                                new HostAdvice(
                                        List.of(new Advisory(
                                                host, "pdu-failing", "icinga", "", Instant.EPOCH, Instant.MAX)),
                                        0))));

        assertThat(placer.choose(one, SMALL, null, null))
                .isInstanceOfSatisfying(
                        Placer.Choice.None.class,
                        none -> assertThat(none.reason())
                                .contains("takes nothing new because of an advisory: pdu-failing, says icinga"));
        assertThat(placer.chooseAll(List.of(new Placer.Search(one, SMALL, null, null, true))))
                .allSatisfy(choice -> assertThat(choice).isInstanceOf(Placer.Choice.Home.class));
    }

    @Test
    void anExplanationHasEachRulesWordOfOneThatThereIsAndOfANewOne() {
        InstanceId mate = world.instance("mate", h2);
        InstanceId one = world.instance("one", h1);
        world.group("web", GroupPolicy.SOFT_ANTI_AFFINITY, List.of(one, mate));
        domains.put(h1, new FailureDomains(Map.of("rack", "r1")));
        domains.put(h2, new FailureDomains(Map.of("rack", "r1")));
        spread.put("web", Set.of("rack"));
        terms.put(
                one,
                new PlacementTerms(
                        Set.of(), Set.of(), Map.of(), HostWish.ofAggregates(Map.of("disk", "ssd")), null, RED));
        SchedulerExplainer explainer = new SchedulerExplainer(hosts, claims, scheduler(), host -> false);

        assertThat(objections(explainer.explain(Question.of(one, h1, SMALL, null, null)), h2))
                .containsExactly(
                        "group web has a member in rack r1 already",
                        "the flavor wants an aggregate with disk ssd, its aggregates have no such key");
        surroundings.put(h2, HostSurroundings.of(Map.of("filter_tenant_id", Set.of("blue"))));
        assertThat(objections(
                        explainer.explain(Question.ofNew(
                                SMALL,
                                null,
                                null,
                                world.groups().getFirst().id(),
                                PlacementHints.NONE,
                                HostWish.ofAggregates(Map.of("disk", "hdd")),
                                null,
                                RED)),
                        h2))
                .containsExactly(
                        "group web has a member in rack r1 already",
                        "the flavor wants an aggregate with disk hdd, its aggregates have no such key",
                        "is kept for other projects (filter_tenant_id)");
    }

    @Test
    void anExplanationOfANewOneHasTheWordOfEachHintThatItWouldBeMadeWith() {
        InstanceId mate = world.instance("mate", h2);
        world.group("web", GroupPolicy.SOFT_ANTI_AFFINITY, List.of(mate));
        domains.put(h1, new FailureDomains(Map.of("rack", "r1")));
        domains.put(h2, new FailureDomains(Map.of("rack", "r1")));

        Explanation apart = explained(new PlacementHints(Set.of(), Set.of(mate), Set.of()));
        assertThat(objections(apart, h1)).isEmpty();
        assertThat(objections(apart, h2)).containsExactly(mate + " lives there (different_host)");
        Explanation together = explained(new PlacementHints(Set.of(mate), Set.of(), Set.of()));
        assertThat(objections(together, h1))
                .containsExactly("it must be with who lives on h2 (same_host, same_project)");
        assertThat(objections(together, h2)).isEmpty();
        lives.put(h2, mate);
        Explanation ofOneProject = explained(new PlacementHints(Set.of(), Set.of(), Set.of(), true));
        assertThat(objections(ofOneProject, h1))
                .containsExactly("it must be with who lives on h2 (same_host, same_project)");
        assertThat(objections(ofOneProject, h2)).isEmpty();
        Explanation spread = explained(new PlacementHints(Set.of(), Set.of(), Set.of("rack")));
        assertThat(objections(spread, h1)).containsExactly("group web has a member in rack r1 already");

        Hosts gone = over(Hosts.class, world, Map.of("list", this::hosts, "find", Optional::empty));
        assertThat(objections(explained(gone, new PlacementHints(Set.of(mate), Set.of(), Set.of())), h1))
                .as("who lives where nothing may run holds nobody")
                .isEmpty();
    }

    private Explanation explained(PlacementHints hints) {
        return explained(hosts, hints);
    }

    private Explanation explained(Hosts known, PlacementHints hints) {
        return new SchedulerExplainer(known, claims, scheduler(), host -> false)
                .explain(Question.ofNew(
                        SMALL, null, null, world.groups().getFirst().id(), hints, HostWish.NONE, null, RED));
    }

    @Test
    void whatIsAskedOnceHostsAreIsolatedLeavesOutWhoLivedThere() {
        InstanceId mate = world.instance("mate", h2);
        InstanceId one = world.instance("one", h1);
        world.group("web", GroupPolicy.ANTI_AFFINITY, List.of(one, mate));
        terms.put(one, new PlacementTerms(Set.of(mate), Set.of(), Map.of(mate, h2), HostWish.NONE, null, RED));
        HostSnapshots.Asked asked = HostSnapshots.asked(
                claims,
                List.of(new io.holdfast.scheduler.PlacementRequest(one, SMALL, null, null, Map.of())),
                HostSnapshots.of(hosts, host -> false));
        assertThat(asked.requests().getFirst().rules().homes()).isEqualTo(Map.of(mate, h2));
        assertThat(asked.groups().getFirst().homes()).containsKey(mate);

        HostSnapshots.Asked isolated = asked.without(Set.of(h2));
        assertThat(isolated.requests().getFirst().rules().homes()).isEmpty();
        assertThat(isolated.groups().getFirst().homes()).doesNotContainKey(mate);
    }

    private List<ServerGroup> groups() {
        return world.groups().stream()
                .map(group -> new ServerGroup(
                        group.id(),
                        group.name(),
                        group.project(),
                        group.user(),
                        group.policy(),
                        group.maxPerHost(),
                        group.members(),
                        group.homes(),
                        group.createdAt(),
                        group.say(),
                        spread.getOrDefault(group.name(), Set.of())))
                .toList();
    }

    private List<ComputeHost> hosts() {
        return world.list().stream()
                .map(host -> new ComputeHost(
                        host.id(),
                        host.uuid(),
                        host.segment(),
                        host.zone(),
                        host.state(),
                        host.epoch(),
                        host.incarnation(),
                        host.bootId(),
                        host.enabled(),
                        host.disabledReason(),
                        host.forcedDown(),
                        host.address(),
                        host.port(),
                        host.capacity(),
                        host.used(),
                        host.instances(),
                        host.createdAt(),
                        host.updatedAt(),
                        host.lastSeenAt(),
                        domains.getOrDefault(host.id(), FailureDomains.NONE),
                        host.maintenance(),
                        host.quarantine(),
                        host.quarantinedAt()))
                .toList();
    }

    private static <T> T over(Class<T> type, World world, Map<String, Supplier<Object>> instead) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, values) -> {
                    Supplier<Object> own = instead.get(method.getName());
                    if (own != null) {
                        return own.get();
                    }
                    try {
                        return method.invoke(world, values);
                    } catch (InvocationTargetException thrown) {
                        throw java.util.Objects.requireNonNull(thrown.getCause());
                    }
                }));
    }

    private static Scheduler scheduler() {
        return new Scheduler(SchedulerSettings.defaults());
    }

    private static List<String> objections(Explanation explained, HostId host) {
        return explained.hosts().stream()
                .filter(each -> each.host().equals(host))
                .flatMap(each -> each.filters().stream())
                .flatMap(word -> Stream.ofNullable(word.objection()))
                .toList();
    }
}
