package io.holdfast.scheduler.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an operator is told of small segments that can be followed by hand. Memory in MiB is all that matters here. */
class CapacitySurveyTest {

    private static final SegmentId SEGMENT = SegmentId.of("s");

    private final Map<String, int[]> hosts = new HashMap<>();
    private final Map<String, String> racks = new HashMap<>();
    private final List<ProtectedInstance> instances = new ArrayList<>();
    private final List<GroupSnapshot> groups = new ArrayList<>();
    private final Map<HostId, Reach> reaches = new HashMap<>();
    private Set<HostId> lost = Set.of();
    private CapacityPlanner planner =
            (offered, known, requests, failed) -> scheduler().place(offered, known, requests);

    @Test
    void roomInWhateverOrderIsSaidSo() {
        host("h1", 100);
        host("h2", 100);
        host("h3", 100);
        instance("a", "h1", 10, 100);
        Outlook outlook = survey().outlook();
        assertThat(outlook.single())
                .extracting(answer -> answer.failure().name(), Answer::ground, Answer::moving)
                .containsExactly(
                        tuple("h1", Ground.ANY_ORDER, 1), tuple("h2", Ground.NOBODY, 0), tuple("h3", Ground.NOBODY, 0));
        assertThat(outlook.anyHost()).isEqualTo(Verdict.SURVIVABLE);
        assertThat(outlook.pairs().survivable()).isEqualTo(3);
        assertThat(outlook.pairs().each()).isTrue();
        assertThat(outlook.all()).isTrue();
    }

    @Test
    void whoWouldBeLeftHearsTheNearestHostAndWhatWouldHelp() {
        host("h1", 100);
        host("h2", 50);
        host("h3", 40);
        instance("db", "h1", 60, 500);
        instance("web", "h2", 30, 100);
        instance("job", "h3", 10, 100);
        Answer answer = survey().answer(new Failure(Failure.Kind.HOST, "h1", List.of(HostId.of("h1"))));
        assertThat(answer.ground()).isEqualTo(Ground.NO_HOST);
        assertThat(answer.verdict()).isEqualTo(Verdict.NOT_SURVIVABLE);
        Details details = survey().details(answer);
        assertThat(details.left()).singleElement().satisfies(left -> {
            assertThat(left.name()).isEqualTo("db");
            assertThat(left.priority()).isEqualTo(500);
            assertThat(left.nearest()).isEqualTo(HostId.of("h3"));
            assertThat(left.reason()).isEqualTo("needs 60 MiB, 30 MiB free");
        });
        // Freeing all of h2 does not do, since it is too small; nor is h3. A host of the right size does.
        assertThat(details.remedies())
                .extracting(Remedy::text)
                .containsExactly("add a host with 60 MiB", "let the policy of db not be automatic");
    }

    @Test
    void theLeastThatHasToBeFreedIsNamed() {
        host("h1", 100);
        host("h2", 100);
        host("h3", 100);
        instance("a", "h1", 50, 100);
        instance("b", "h2", 60, 100);
        instance("c", "h3", 70, 100);
        Details details = survey().details(survey().outlook().single().getFirst());
        assertThat(details.remedies().getFirst().text()).isEqualTo("free 10 MiB on h2");
    }

    @Test
    void aPriorityThatMakesTheDifferenceIsNamedAndTheVerdictIsNotANo() {
        host("h0", 100);
        host("h1", 60);
        host("h2", 50);
        // The planner gives a the emptiest host, and then b fits nowhere. The other way round both fit.
        instance("a", "h0", 40, 300);
        instance("b", "h0", 60, 200);
        Answer answer = survey().outlook().single().getFirst();
        assertThat(answer.ground()).isEqualTo(Ground.PLANNER_MISSES);
        assertThat(answer.verdict()).isEqualTo(Verdict.NOT_PROVEN);
        assertThat(survey().details(answer).remedies().getFirst().text()).isEqualTo("raise the priority of b to 301");
        instances.clear();
        instance("a", "h0", 40, 1000);
        instance("b", "h0", 60, 200);
        assertThat(survey().details(survey().outlook().single().getFirst())
                        .remedies()
                        .getFirst()
                        .text())
                .isEqualTo("lower the priority of a to 199");
    }

    @Test
    void aRackIsOneFailureAndTwoHostsAreOne() {
        host("h1", 200);
        host("h2", 200);
        host("h3", 100);
        racks.put("h1", "r1");
        racks.put("h2", "r1");
        racks.put("h3", "r2");
        instance("a", "h1", 60, 100);
        instance("b", "h2", 60, 100);
        Outlook outlook = survey().outlook();
        assertThat(outlook.anyHost()).isEqualTo(Verdict.SURVIVABLE);
        assertThat(outlook.pairs().verdict()).isEqualTo(Verdict.NOT_SURVIVABLE);
        assertThat(outlook.pairs().worst())
                .extracting(answer -> answer.failure().name())
                .containsExactly("h1+h2");
        assertThat(outlook.domains())
                .extracting(answer -> answer.failure().name(), Answer::verdict)
                .containsExactly(tuple("rack=r1", Verdict.NOT_SURVIVABLE), tuple("rack=r2", Verdict.SURVIVABLE));
        assertThat(outlook.all()).isFalse();
    }

    @Test
    void whoWaitsAlreadyIsPartOfEveryFailure() {
        host("h1", 100);
        host("h2", 100);
        host("h3", 100);
        lost = Set.of(HostId.of("h3"));
        instance("a", "h3", 80, 100);
        instance("b", "h1", 80, 100);
        Outlook outlook = survey().outlook();
        assertThat(outlook.hosts()).isEqualTo(2);
        assertThat(outlook.waiting()).isEqualTo(1);
        assertThat(outlook.single())
                .extracting(Answer::ground, Answer::moving, Answer::left)
                .containsExactly(tuple(Ground.NO_ROOM, 2, 1), tuple(Ground.NO_HOST, 1, 1));
        assertThatThrownBy(() -> survey().answer(new Failure(Failure.Kind.HOST, "h3", List.of(HostId.of("h3")))))
                .hasMessageContaining("h3 cannot fail: it is lost already");
        assertThatThrownBy(() -> survey().answer(new Failure(Failure.Kind.HOST, "h9", List.of(HostId.of("h9")))))
                .hasMessageContaining("h9 cannot fail: it is not in the snapshot");
    }

    @Test
    void aStrictGroupThatCannotBeApartIsANo() {
        host("h1", 100);
        host("h2", 100);
        instance("a", "h1", 1, 100);
        instance("b", "h2", 1, 100);
        group(GroupPolicy.ANTI_AFFINITY, "a", "b");
        Details details = survey().details(survey().outlook().single().getFirst());
        assertThat(details.answer().ground()).isEqualTo(Ground.NO_HOST);
        assertThat(details.left().getFirst().reason()).isEqualTo("group g (anti-affinity) has 1 of at most 1 there");
        assertThat(details.remedies()).extracting(Remedy::word).containsExactly("add-host", "unprotect");
    }

    @Test
    void reservedHostsAreAskedOfTheirPlanner() {
        host("h1", 100);
        host("h2", 100);
        hosts.put("r1", new int[] {100, 0});
        instance("a", "h1", 80, 100);
        instance("b", "h2", 80, 100);
        reaches.put(HostId.of("h1"), new Reach(Set.of(HostId.of("r1"))));
        List<Set<HostId>> asked = new ArrayList<>();
        planner = (offered, known, requests, failed) -> {
            asked.add(failed);
            return requests.stream()
                    .<Placement>map(request -> new Placement.Placed(request.instance(), HostId.of("r1"), Map.of()))
                    .toList();
        };
        Outlook outlook = survey().outlook();
        assertThat(outlook.single())
                .extracting(answer -> answer.failure().name(), Answer::ground)
                .containsExactly(tuple("h1", Ground.PLANNED), tuple("h2", Ground.NO_HOST), tuple("r1", Ground.NOBODY));
        assertThat(asked).contains(Set.of(HostId.of("h1")));
    }

    @Test
    void moreFailuresWithReservesThanAreTriedAreNotProven() {
        for (int h = 0; h < 60; h++) {
            host("h" + h, 10);
            instance("i" + h, "h" + h, 9, 100);
            reaches.put(HostId.of("h" + h), new Reach(Set.of(HostId.of("h0"), HostId.of("h1"))));
        }
        planner = (offered, known, requests, failed) -> requests.stream()
                .<Placement>map(request -> new Placement.NoValidHost(request.instance(), Map.of()))
                .toList();
        Outlook outlook = survey().outlook();
        assertThat(outlook.single()).allMatch(answer -> answer.verdict() == Verdict.NOT_SURVIVABLE);
        assertThat(outlook.pairs().notProven()).isEqualTo(60 * 59 / 2 - (1000 - 60));
        assertThat(outlook.pairs().verdict()).isEqualTo(Verdict.NOT_SURVIVABLE);
        assertThat(outlook.pairs().worst()).hasSize(Outlook.Pairs.WORST_MAX);
        Answer untried =
                new Answer(new Failure(Failure.Kind.PAIR, "h1+h2", List.of(HostId.of("h1"))), Ground.NOT_TRIED, 1, 1);
        assertThat(survey().details(untried).remedies()).hasSize(1);
        planner = (offered, known, requests, failed) ->
                List.of(new Placement.Placed(requests.getFirst().instance(), HostId.of("h2"), Map.of()));
        assertThat(survey().details(untried).left()).isEmpty();
        assertThat(survey().details(untried).remedies()).isEmpty();
        planner = (offered, known, requests, failed) -> List.of();
        assertThatThrownBy(() -> survey().details(untried)).hasMessageContaining("the planner said nothing of");
    }

    @Test
    void aSearchThatIsTooLongIsGivenUpAndSaidSo() {
        // Nine of three equal holes each, and items of which 28 do not go into 27 places, though their sum does.
        host("h0", 2800);
        for (int h = 1; h <= 9; h++) {
            host("h" + h, 115);
        }
        for (int i = 0; i < 28; i++) {
            instance("i" + i, "h0", 30 + i % 9, 100);
        }
        Answer answer = survey().answer(new Failure(Failure.Kind.HOST, "h0", List.of(HostId.of("h0"))));
        assertThat(answer.ground()).isEqualTo(Ground.GAVE_UP);
        assertThat(answer.verdict()).isEqualTo(Verdict.NOT_PROVEN);
    }

    @Test
    void beyondAHundredAndTwentyEightHostsPairsHaveABoundThatSaysSo() {
        for (int h = 0; h < 129; h++) {
            host("h" + h, 100);
            instance("i" + h, "h" + h, 10, 100);
        }
        Outlook.Pairs roomy = survey().outlook().pairs();
        assertThat(roomy.each()).isFalse();
        assertThat(roomy.verdict()).isEqualTo(Verdict.SURVIVABLE);
        instance("large", "h0", 95, 100);
        hosts.put("h0", new int[] {200, 1});
        Outlook.Pairs tight = survey().outlook().pairs();
        assertThat(tight.each()).isFalse();
        assertThat(tight.verdict()).isEqualTo(Verdict.NOT_PROVEN);
        assertThat(tight.count()).isEqualTo(129 * 128 / 2);
    }

    @Test
    void anEmptySegmentSurvivesEverythingThereIs() {
        Outlook outlook = survey().outlook();
        assertThat(outlook.all()).isTrue();
        assertThat(outlook.pairs().count()).isZero();
    }

    @Test
    void aSnapshotThatContradictsItselfIsRefused() {
        host("h1", 100);
        instance("a", "h9", 1, 100);
        assertThatThrownBy(this::survey).hasMessageContaining("h9, which is not there");
        instances.clear();
        instance("a", "h1", 1, 100);
        instance("a", "h1", 1, 100);
        assertThatThrownBy(this::survey).hasMessageContaining("appears twice");
        instances.clear();
        instance("a", "h1", 1, 100);
        group(GroupPolicy.AFFINITY, "a");
        group(GroupPolicy.ANTI_AFFINITY, "a");
        assertThatThrownBy(this::survey).hasMessageContaining("is in two server groups");
        HostSnapshot twice = snapshot("h1", 1, 0, true);
        assertThatThrownBy(() -> new SegmentSnapshot(
                        SEGMENT, List.of(twice, twice), Set.of(), Map.of(), List.of(), List.of(), Map.of()))
                .hasMessageContaining("h1 appears twice");
    }

    private static Scheduler scheduler() {
        return new Scheduler(SchedulerSettings.defaults());
    }

    private void host(String name, int memoryMib) {
        hosts.put(name, new int[] {memoryMib, 1});
    }

    private void instance(String name, String home, int memoryMib, int priority) {
        instances.add(
                new ProtectedInstance(id(name), name, HostId.of(home), new Resources(0, memoryMib, 0), null, priority));
    }

    private void group(GroupPolicy policy, String... members) {
        Map<InstanceId, HostId> homes = new HashMap<>();
        for (String member : members) {
            homes.put(id(member), home(member));
        }
        groups.add(
                new GroupSnapshot(ServerGroupId.of(new UUID(9, groups.size())), "g", policy, 1, homes.keySet(), homes));
    }

    private HostId home(String name) {
        return instances.stream()
                .filter(instance -> instance.name().equals(name))
                .findFirst()
                .orElseThrow()
                .home();
    }

    private static InstanceId id(String name) {
        return InstanceId.of(new UUID(4, name.hashCode()));
    }

    private static HostSnapshot snapshot(String name, int memoryMib, int used, boolean enabled) {
        return new HostSnapshot(
                HostId.of(name),
                SEGMENT,
                "nova",
                true,
                enabled,
                new Resources(8, memoryMib, 0),
                new Resources(0, used, 0),
                0);
    }

    private CapacitySurvey survey() {
        List<HostSnapshot> all = new ArrayList<>();
        Map<HostId, FailureDomains> domains = new HashMap<>();
        hosts.forEach((name, what) -> {
            int used = instances.stream()
                    .filter(instance -> instance.home().equals(HostId.of(name)))
                    .mapToInt(instance -> instance.wants().memoryMib())
                    .sum();
            HostSnapshot host = snapshot(name, what[0], used, what[1] == 1);
            all.add(
                    !lost.contains(host.host())
                            ? host
                            : new HostSnapshot(
                                    host.host(), SEGMENT, "nova", false, true, host.capacity(), host.used(), 0));
            @Nullable String rack = racks.get(name);
            if (rack != null) {
                domains.put(host.host(), new FailureDomains(Map.of("rack", rack)));
            }
        });
        return new CapacitySurvey(
                new SegmentSnapshot(SEGMENT, all, lost, domains, groups, instances, reaches),
                SchedulerSettings.defaults(),
                planner);
    }
}
