package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.recovery.store.CaseDocuments;
import io.holdfast.scheduler.PlacementRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** In which order instances come back, who waits for whom, and what an owner's or an operator's word does to one of them. */
class InstanceOrderTest {

    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final Actor WHO = new Actor("op", "cli");

    /**
     * Any graph of dependencies, circles and missing ones among them, in a world where every start works after a while. The
     * oracle knows the graph alone: whoever starts before one it named must have an excuse in the timeline.
     */
    @Property(tries = 600)
    void safetyNobodyStartsBeforeWhomItWaitsForWithoutAReasonThatIsTold(@ForAll long seed) {
        Recovered town = new Recovered(seed);
        town.run();
        for (Instance instance : town.instances) {
            for (String word : TermsRule.read(instance.metadata()).dependsOn()) {
                Instant other = town.readyAt.get(word);
                Instant self = town.claimedAt.get(instance.name());
                boolean before = other == null || self == null || self.isBefore(other);
                boolean told = town.excuses.getOrDefault(instance.name(), Set.of()).stream()
                        .anyMatch(text -> text.contains(word) || text.contains("circle"));
                if (before && self != null) {
                    assertThat(told)
                            .as("%s before %s, seed %s, %s", instance.name(), word, seed, town.excuses)
                            .isTrue();
                }
            }
        }
    }

    @Property(tries = 600)
    void livenessAllComeBackWhateverTheyWaitFor(@ForAll long seed) {
        Recovered town = new Recovered(seed);
        town.run();
        assertThat(town.state.closed()).as("seed %s", seed).isTrue();
        assertThat(town.state.moves()).allMatch(move -> move.state() instanceof MoveState.Running);
        // The limit counts from the listing, however long the chain is; the slowest start comes on top.
        assertThat(Duration.between(START, town.now))
                .isLessThan(SETTINGS.instances().dependencyLimit().plusSeconds(60));
    }

    @Property(tries = 300)
    void aPlanIsByPriorityAndWhoIsWaitedForIsAtLeastAsImportantAsWhoWaits(@ForAll long seed) {
        Recovered town = new Recovered(seed);
        town.run();
        for (List<PlacementRequest> plan : town.plans) {
            List<Integer> priorities = plan.stream()
                    .map(request -> town.priorityOf(request.instance()))
                    .toList();
            for (int i = 1; i < priorities.size(); i++) {
                assertThat(priorities.get(i)).as("seed %s", seed).isLessThanOrEqualTo(priorities.get(i - 1));
            }
        }
    }

    /** The oracle takes the most important one out of all that wait, the first of the first case among equals, until none is left. */
    @Property(tries = 300)
    void aJointPlanIsByPriorityOverAllCasesAndAsksForEachThatWaitsOnce(@ForAll long seed) {
        Random random = new Random(seed);
        List<CaseState> cases = new ArrayList<>();
        Map<Integer, Deque<InstanceId>> byPriority = new TreeMap<>(Comparator.reverseOrder());
        int number = 0;
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
            List<Instance> lived = new ArrayList<>();
            for (int j = 0; j < random.nextInt(5); j++) {
                int priority = random.nextInt(4);
                Instance instance = instance(++number, Map.of(TermsRule.PRIORITY, String.valueOf(priority)));
                lived.add(instance);
                byPriority.computeIfAbsent(priority, p -> new ArrayDeque<>()).add(instance.id());
            }
            cases.add(step(fenced(), new CaseEvent.InstancesListed(lived)).next());
        }
        // One that is not proven yet moves nothing, whatever it was handed over.
        cases.add(random.nextInt(cases.size() + 1), fenced());
        List<InstanceId> expected = new ArrayList<>();
        byPriority.values().forEach(expected::addAll);

        assertThat(JointPlan.of(cases)).extracting(PlacementRequest::instance).containsExactlyElementsOf(expected);
    }

    @Test
    void circlesAreBrokenInTheSamePlaceWhateverTheOrderOfTheList() {
        List<Instance> listed = List.of(
                instance(1, Map.of(TermsRule.DEPENDS_ON, "i2")),
                instance(2, Map.of(TermsRule.DEPENDS_ON, "i3", TermsRule.PRIORITY, "500")),
                instance(3, Map.of(TermsRule.DEPENDS_ON, "i1")));
        for (List<Instance> order : List.of(listed, listed.reversed())) {
            CaseStep step = step(fenced(), new CaseEvent.InstancesListed(order));
            assertThat(lines(step, "dependency-circle"))
                    .singleElement()
                    .asString()
                    .endsWith("wait for each other in a circle; i2 does not wait for i3");
            assertThat(planned(step)).containsExactly(id(2));
        }
    }

    @Test
    void oneThatIsDependedOnElsewhereIsWaitedForUntilItRuns() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2", TermsRule.PRIORITY, "7"));
        Instance db = at(instance(2, Map.of(TermsRule.READY, "after:30")), H2, ActualState.UNKNOWN);
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)))
                .next();
        assertThat(state.move(id(1)).orElseThrow().state())
                .isInstanceOfSatisfying(
                        MoveState.Waiting.class,
                        waiting -> assertThat(waiting.reason())
                                .startsWith("waits for i2 to be ready; it is started without at "));
        assertThat(state.concerns(id(2))).isTrue();
        assertThat(CaseMachine.resume(state)).noneMatch(CaseCommand.Plan.class::isInstance);

        CaseEvent.Seen runs = CaseEvent.Seen.of(at(db, H2, ActualState.RUNNING));
        state = CaseMachine.step(state, runs, START.plusSeconds(10), SETTINGS).next();
        assertThat(state.nextDeadline()).isEqualTo(START.plusSeconds(40));
        // It died before its thirty seconds were over, and runs again: they begin anew.
        CaseEvent.Seen broken = CaseEvent.Seen.of(at(db, H2, ActualState.FAILED));
        state = CaseMachine.step(state, broken, START.plusSeconds(20), SETTINGS).next();
        state = CaseMachine.step(state, runs, START.plusSeconds(25), SETTINGS).next();
        CaseStep early = CaseMachine.step(state, new CaseEvent.Tick(), START.plusSeconds(54), SETTINGS);
        assertThat(early.commands()).noneMatch(CaseCommand.Plan.class::isInstance);
        CaseStep ready = CaseMachine.step(early.next(), new CaseEvent.Tick(), START.plusSeconds(55), SETTINGS);
        assertThat(planned(ready)).containsExactly(id(1));
    }

    @Test
    void oneThatIsToSayThatItIsHealthyIsWaitedForUntilItHasSaidSoInThisRun() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = at(instance(2, Map.of(TermsRule.READY, "heartbeat")), H2, ActualState.RUNNING);
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)))
                .next();
        assertThat(state.move(id(1)).orElseThrow().state())
                .isInstanceOfSatisfying(
                        MoveState.Waiting.class,
                        waiting -> assertThat(waiting.reason())
                                .startsWith("waits for i2 (a heartbeat of its guest) to be ready;"));
        // It runs on and on, which is not enough.
        CaseStep runs = CaseMachine.step(state, CaseEvent.Seen.of(db), START.plusSeconds(60), SETTINGS);
        CaseStep later = CaseMachine.step(runs.next(), new CaseEvent.Tick(), START.plusSeconds(100), SETTINGS);
        assertThat(later.commands()).noneMatch(CaseCommand.Plan.class::isInstance);

        CaseStep said = CaseMachine.step(later.next(), CaseEvent.Seen.of(up(db, H2)), START.plusSeconds(101), SETTINGS);
        assertThat(planned(said)).containsExactly(id(1));
    }

    @Test
    void whatAGuestSaidInAnEarlierRunDoesNotCount() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = instance(2, Map.of(TermsRule.READY, "heartbeat"));
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web, up(db, H1)), List.of()))
                .next();
        // The last word of the old home, from before it was fenced.
        CaseStep echo = step(state, CaseEvent.Seen.of(up(db, H1)));
        assertThat(echo.next().move(id(1)).orElseThrow().gated()).isTrue();
        assertThat(echo.commands().stream()
                        .filter(CaseCommand.Plan.class::isInstance)
                        .map(CaseCommand.Plan.class::cast)
                        .flatMap(plan -> plan.requests().stream())
                        .map(PlacementRequest::instance))
                .doesNotContain(id(1));
    }

    @Test
    void whoseGuestNeverSpeaksIsWaitedForUntilTheLimitAndItsOwnerIsToldWhy() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = at(instance(2, Map.of(TermsRule.READY, "heartbeat")), H2, ActualState.RUNNING);
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)))
                .next();
        state = CaseMachine.step(state, CaseEvent.Seen.of(db), START.plusSeconds(119), SETTINGS)
                .next();
        CaseStep limit = CaseMachine.step(state, new CaseEvent.Tick(), START.plusSeconds(120), SETTINGS);
        assertThat(planned(limit)).containsExactly(id(1));
        assertThat(lines(limit, "went-on-without"))
                .containsExactly("i2 (a heartbeat of its guest) was not ready within 120 s; it is started without it");
    }

    @Test
    void oneThatRunsElsewhereAndHasSaidThatItIsHealthyIsNotWaitedFor() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = up(instance(2, Map.of(TermsRule.READY, "heartbeat")), H2);
        CaseStep step = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)));
        assertThat(planned(step)).containsExactly(id(1));
    }

    @Test
    void aWaitThatAnEarlierReleaseWroteGoesOnByItsSettlingTime() {
        CaseDocuments documents = new CaseDocuments();
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = at(instance(2, Map.of(TermsRule.READY, "after:10")), H2, ActualState.UNKNOWN);
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)))
                .next();
        String old = documents.write(state).replace(",\"heartbeat\":false", "");
        assertThat(old).contains("\"settle\"").doesNotContain("\"heartbeat\"");
        assertThat(documents.read(old)).isEqualTo(state);
    }

    @Test
    void oneThatRunsElsewhereAlreadyIsNotWaitedForNorOneThatIsNotThere() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2, gone"));
        Instance db = at(instance(2, Map.of()), H2, ActualState.RUNNING);
        CaseStep step = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)));
        assertThat(planned(step)).containsExactly(id(1));
        assertThat(lines(step, "went-on-without")).containsExactly("there is no instance 'gone' to wait for");
    }

    @Test
    void atTheLimitItGoesOnWithoutAndItsOwnerIsTold() {
        Instance web = instance(1, Map.of(TermsRule.DEPENDS_ON, "i2"));
        Instance db = at(instance(2, Map.of()), H2, ActualState.UNKNOWN);
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(web), List.of(db)))
                .next();
        Instant limit = START.plus(SETTINGS.instances().dependencyLimit());
        CaseStep step = CaseMachine.step(state, new CaseEvent.Tick(), limit, SETTINGS);
        assertThat(step.notices()).extracting(CaseStep.Notice::type).containsExactly("instance.went-on-without");
        assertThat(plan(step).requests()).hasSize(1);
    }

    static Stream<MoveState> active() {
        Instant later = START.plusSeconds(60);
        return Stream.of(
                new MoveState.Waiting("no room", later),
                new MoveState.Placed(H2, later),
                new MoveState.Claimed(H2, later),
                new MoveState.Starting(H2, later),
                new MoveState.Silent(H2, "no word", later),
                new MoveState.Withdrawing(H2, "no disk", later),
                new MoveState.Retrying("refused", later),
                new MoveState.NeedsOperator(new MoveState.Waiting("no room", later), "no room", later),
                new MoveState.NeedsOperator(new MoveState.Starting(H2, later), "no word", later));
    }

    @ParameterizedTest
    @MethodSource("active")
    void anOwnersDeletionOrStopIsRespectedInEveryState(MoveState at) {
        CaseState state = evacuating(at);
        Move move = state.moves().getFirst();
        CaseStep deleted = step(state, CaseEvent.Seen.gone(move.id(), move.generation()));
        assertThat(deleted.next().moves().getFirst().state())
                .isEqualTo(new MoveState.Gone("deleted by its owner meanwhile"));
        CaseStep stopped = step(
                state,
                new CaseEvent.Seen(
                        move.id(), InstanceGoal.STOPPED, ActualState.STOPPED, false, H1, move.generation(), ""));
        assertThat(stopped.next().moves().getFirst().state())
                .isEqualTo(new MoveState.Gone("stopped by its owner meanwhile"));
        for (CaseStep step : List.of(deleted, stopped)) {
            assertThat(step.commands()).isEmpty();
            assertThat(step.next().closed()).isTrue();
            assertThat(step.lines()).extracting(CaseStep.Line::kind).contains("not-acted");
        }
    }

    @ParameterizedTest
    @MethodSource("active")
    void anInstanceIsAbandonedUnlessAnAnswerThatChangesItsHomeIsUnderWay(MoveState at) {
        CaseState state = evacuating(at);
        boolean underWay = at instanceof MoveState.Placed || at instanceof MoveState.Withdrawing;
        assertThat(CaseMachine.whyNotAbandoned(state, id(1)) != null).isEqualTo(underWay);
        CaseStep step = step(state, new CaseEvent.AbandonInstanceAsked(id(1), WHO, "old"));
        MoveState after = step.next().moves().getFirst().state();
        if (underWay) {
            assertThat(after).isEqualTo(at);
        } else {
            assertThat(after).isEqualTo(new MoveState.Abandoned(at.destination(), "given up by op (cli): old"));
            assertThat(step.next().closed()).isTrue();
            assertThat(CaseMachine.whyNotAbandoned(step.next(), id(1))).isNotNull();
            CaseState again = step(step.next(), new CaseEvent.RetryInstanceAsked(id(1), WHO))
                    .next();
            assertThat(again.closed()).isFalse();
            assertThat(again.moves().getFirst().state().destination()).isEqualTo(at.destination());
        }
    }

    @Test
    void theTriesOnOneHomeAndTheHomesTriedAreBothCounted() {
        CaseState state = step(
                        fenced(),
                        new CaseEvent.InstancesListed(List.of(
                                instance(1, Map.of(TermsRule.RESTART_LIMIT, "1", TermsRule.RELOCATE_LIMIT, "2")))))
                .next();
        List<HostId> claims = new ArrayList<>();
        for (HostId host : List.of(H2, HostId.of("h3"))) {
            state = step(state, new CaseEvent.Planned(state.plans(), List.of(new PlanAnswer(id(1), host, ""))))
                    .next();
            for (int tries = 0; tries < 2; tries++) {
                Move move = state.moves().getFirst();
                assertThat(move.state()).isInstanceOf(MoveState.Placed.class);
                claims.add(host);
                Generation at = move.generation().next();
                state = step(state, new CaseEvent.ClaimGranted(id(1), move.attempts(), host, at))
                        .next();
                state = step(state, new CaseEvent.Delivered(id(1), at)).next();
                state = step(
                                state,
                                new CaseEvent.Seen(
                                        id(1), InstanceGoal.RUNNING, ActualState.FAILED, false, host, at, "no disk"))
                        .next();
                state = step(state, new CaseEvent.Withdrawn(id(1), at, at.next()))
                        .next();
            }
            Instant soon = START.plus(SETTINGS.retryBackoff());
            state = CaseMachine.step(state, new CaseEvent.Tick(), soon, SETTINGS)
                    .next();
        }
        assertThat(claims).hasSize(4);
        assertThat(state.moves().getFirst().state())
                .isInstanceOfSatisfying(
                        MoveState.NeedsOperator.class,
                        called -> assertThat(called.reason()).startsWith("tried 2 hosts in vain"));
    }

    @Test
    void aCaseThatAnEarlierReleaseWroteIsReadWithoutTerms() {
        CaseDocuments documents = new CaseDocuments();
        CaseState state = evacuating(new MoveState.Retrying("refused", START));
        String old = documents
                .write(state)
                .replaceAll(",\"terms\":\\{[^}]*\\}", "")
                .replaceAll(",\"waitsFor\":\\[\\]", "")
                .replaceAll(",\"restarts\":0", "");
        assertThat(old).doesNotContain("terms").doesNotContain("waitsFor").doesNotContain("restarts");
        assertThat(documents.read(old).moves().getFirst().terms().priority()).isEqualTo(100);
        assertThat(documents.read(old)).isEqualTo(state);
    }

    private static CaseCommand.Plan plan(CaseStep step) {
        return (CaseCommand.Plan) step.commands().stream()
                .filter(CaseCommand.Plan.class::isInstance)
                .reduce((first, last) -> last)
                .orElseThrow(() -> new AssertionError("no plan in " + step.commands()));
    }

    private static List<InstanceId> planned(CaseStep step) {
        return plan(step).requests().stream().map(PlacementRequest::instance).toList();
    }

    private static List<String> lines(CaseStep step, String kind) {
        return step.lines().stream()
                .filter(line -> line.kind().equals(kind))
                .map(CaseStep.Line::text)
                .toList();
    }

    private static CaseStep step(CaseState state, CaseEvent event) {
        return CaseMachine.step(state, event, START, SETTINGS);
    }

    private static CaseState fenced() {
        CaseState state = CaseMachine.open(
                        new CaseMachine.Opening(
                                CaseId.of(new UUID(7, 7)),
                                SegmentId.of("s"),
                                H1,
                                HostEpoch.ZERO,
                                "signals agree",
                                List.of(),
                                null,
                                false,
                                null,
                                new CaseEvent.HoldReviewed(true, ""),
                                List.of(),
                                List.of(),
                                List.of()),
                        START,
                        SETTINGS)
                .next();
        state = step(state, new CaseEvent.StoreCondemned()).next();
        Phase.Proof proof = new Phase.Proof("POWER_READ_OFF", "reads off", START);
        return step(state, new CaseEvent.FenceProven(1, proof, List.of())).next();
    }

    /** One automatic instance, in the given state of its recovery. */
    private static CaseState evacuating(MoveState at) {
        CaseState state = step(fenced(), new CaseEvent.InstancesListed(List.of(instance(1, Map.of()))))
                .next();
        return state.withMoves(List.of(state.moves().getFirst().in(at)));
    }

    private static InstanceId id(int n) {
        return InstanceId.of(new UUID(1, n));
    }

    private static Instance instance(int n, Map<String, String> metadata) {
        return made(id(n), "i" + n, metadata, H1, ActualState.STOPPED);
    }

    private static Instance at(Instance instance, HostId home, ActualState actual) {
        return made(instance.id(), instance.name(), instance.metadata(), home, actual);
    }

    private static Instance up(Instance instance, HostId home) {
        return made(instance.id(), instance.name(), instance.metadata(), home, ActualState.RUNNING, true);
    }

    private static Instance made(
            InstanceId id, String name, Map<String, String> metadata, @Nullable HostId home, ActualState actual) {
        return made(id, name, metadata, home, actual, false);
    }

    private static Instance made(
            InstanceId id,
            String name,
            Map<String, String> metadata,
            @Nullable HostId home,
            ActualState actual,
            boolean cameUp) {
        return new Instance(
                id,
                name,
                ProjectId.of("p"),
                "u",
                new FlavorId("f"),
                new Resources(1, 1, 1),
                new ImageId(new UUID(0, 1)),
                null,
                InstanceGoal.RUNNING,
                actual,
                cameUp,
                null,
                null,
                home,
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.AUTOMATIC,
                "tag",
                List.of(),
                metadata,
                START,
                START,
                null);
    }

    /**
     * A recovery to its end: every claim is granted, every start works after up to forty seconds. A guest that is to say that
     * it is healthy says so up to forty seconds later, or never.
     */
    private static final class Recovered {

        final List<Instance> instances = new ArrayList<>();
        final List<List<PlacementRequest>> plans = new ArrayList<>();
        final Map<String, Instant> claimedAt = new HashMap<>();
        final Map<String, Instant> readyAt = new HashMap<>();
        final Map<String, Set<String>> excuses = new HashMap<>();
        private final Map<InstanceId, Integer> bootSeconds = new HashMap<>();
        private final Map<InstanceId, Instant> bootedAt = new HashMap<>();
        private final Map<InstanceId, Integer> beatSeconds = new HashMap<>();
        private final Set<InstanceId> running = new HashSet<>();
        private final Set<InstanceId> up = new HashSet<>();
        Instant now = START;
        CaseState state = fenced();

        Recovered(long seed) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(9);
            for (int i = 0; i < count; i++) {
                Map<String, String> metadata = new HashMap<>();
                List<String> words = new ArrayList<>();
                for (int j = 0; j < count + 1; j++) {
                    if (random.nextInt(4) == 0 && j != i) {
                        words.add("i" + j);
                    }
                }
                if (!words.isEmpty()) {
                    metadata.put(TermsRule.DEPENDS_ON, String.join(",", words));
                }
                if (random.nextBoolean()) {
                    metadata.put(TermsRule.PRIORITY, String.valueOf(random.nextInt(1000)));
                }
                if (random.nextInt(3) == 0) {
                    metadata.put(TermsRule.READY, random.nextBoolean() ? "heartbeat" : "after:" + random.nextInt(40));
                }
                instances.add(instance(i, metadata));
                bootSeconds.put(id(i), random.nextInt(40));
                beatSeconds.put(id(i), random.nextInt(5) == 0 ? 100_000 : random.nextInt(40));
            }
        }

        int priorityOf(InstanceId id) {
            return state.move(id).orElseThrow().terms().priority();
        }

        void run() {
            take(new CaseEvent.InstancesListed(instances, List.of()));
            for (int rounds = 0; !state.closed(); rounds++) {
                assertThat(rounds).as("rounds until all is over").isLessThan(2000);
                Map.copyOf(bootedAt).forEach((id, at) -> {
                    if (!at.isAfter(now) && running.add(id)) {
                        Move move = state.move(id).orElseThrow();
                        if (!needsHeartbeat(id)) {
                            readyAt.put(move.name(), now);
                        }
                        take(runs(move, false));
                    } else if (!at.plusSeconds(beatSeconds.get(id)).isAfter(now) && up.add(id)) {
                        Move move = state.move(id).orElseThrow();
                        if (needsHeartbeat(id)) {
                            readyAt.put(move.name(), now);
                        }
                        take(runs(move, true));
                    }
                });
                take(new CaseEvent.Tick());
                now = now.plusMillis(500);
            }
        }

        private boolean needsHeartbeat(InstanceId id) {
            return instances.stream()
                    .filter(instance -> instance.id().equals(id))
                    .anyMatch(instance ->
                            TermsRule.read(instance.metadata()).readiness().needsHeartbeat());
        }

        private static CaseEvent.Seen runs(Move move, boolean cameUp) {
            return new CaseEvent.Seen(
                    move.id(), InstanceGoal.RUNNING, ActualState.RUNNING, cameUp, H2, move.generation(), "");
        }

        private void take(CaseEvent event) {
            CaseStep step = CaseMachine.step(state, event, now, SETTINGS);
            state = step.next();
            for (CaseStep.Line line : step.lines()) {
                if (line.kind().equals("went-on-without") || line.kind().equals("dependency-circle")) {
                    String name = state.moves().stream()
                            .filter(move -> line.subject().endsWith(move.id().toString()))
                            .map(Move::name)
                            .findFirst()
                            .orElseThrow();
                    excuses.computeIfAbsent(name, n -> new HashSet<>())
                            .add(line.kind().equals("dependency-circle") ? "circle " + line.text() : line.text());
                }
            }
            for (CaseCommand command : step.commands()) {
                switch (command) {
                    case CaseCommand.Plan plan -> {
                        plans.add(plan.requests());
                        take(new CaseEvent.Planned(
                                plan.number(),
                                plan.requests().stream()
                                        .map(request -> new PlanAnswer(request.instance(), H2, ""))
                                        .toList()));
                    }
                    case CaseCommand.Claim claim -> {
                        claimedAt.put(state.move(claim.instance()).orElseThrow().name(), now);
                        take(new CaseEvent.ClaimGranted(
                                claim.instance(),
                                claim.attempt(),
                                claim.to(),
                                claim.expected().next()));
                    }
                    case CaseCommand.Deliver deliver -> {
                        bootedAt.putIfAbsent(deliver.instance(), now.plusSeconds(bootSeconds.get(deliver.instance())));
                        take(new CaseEvent.Delivered(deliver.instance(), deliver.generation()));
                    }
                    default -> {
                        // The rest asks what this world says by itself.
                    }
                }
            }
        }
    }
}
