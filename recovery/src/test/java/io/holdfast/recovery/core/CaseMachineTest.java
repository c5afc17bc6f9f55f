package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.fencing.KernelDump;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.Replanned;
import io.holdfast.recovery.store.CaseDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The machine against random worlds: late, doubled and contradicting events, and a restart after any step. */
class CaseMachineTest {

    /** Somebody who waits for room is planned so often that a walk of a few dozen steps comes to it. */
    private static final RecoverySettings SETTINGS =
            Replanned.every(Duration.ofSeconds(5), Duration.ofMinutes(5), RecoverySettings.defaults());

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final HostId H1 = HostId.of("h1");
    private static final List<HostId> OTHERS = List.of(HostId.of("h2"), HostId.of("h3"));
    private static final Actor WHO = new Actor("op", "cli");
    private static final CaseId ID = CaseId.of(new UUID(7, 7));

    @Property(tries = 400)
    void safetyHoldsWhateverArrives(@ForAll long seed) {
        new Walk(seed, seed % 2 == 0).run(120);
    }

    @Test
    void theTableInTheJavadocIsWhatTheMachineDoes() throws IOException {
        TreeSet<String> taken = new TreeSet<>();
        for (long seed = 0; seed < 9000; seed++) {
            Walk walk = new Walk(seed);
            walk.givesUp = seed >= 6000;
            walk.staysWithInstances = seed % 4 == 0;
            walk.run(60);
            taken.addAll(walk.taken);
        }
        TreeSet<String> written = new TreeSet<>();
        Pattern line = Pattern.compile("^ \\* ([A-Z_]+)\\s+-> ([A-Z_]+)\\s+(\\w+(?:, \\w+)*)\\s*$");
        for (String text : Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/CaseMachine.java"))) {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                for (String event : matcher.group(3).split(", ")) {
                    written.add(matcher.group(1) + " -> " + matcher.group(2) + " by " + event);
                }
            }
        }
        assertThat(taken).as("transitions taken, and the table").isEqualTo(written);
    }

    @Test
    void aCaseBeginsAsTheTableSays() throws IOException {
        Pattern line = Pattern.compile("^ \\* opened\\s+-> ([A-Z_]+).*$");
        List<String> written =
                Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/CaseMachine.java")).stream()
                        .map(line::matcher)
                        .filter(Matcher::matches)
                        .map(matcher -> matcher.group(1))
                        .toList();
        assertThat(written)
                .containsExactly(
                        open(false).next().phase().word(),
                        open(true).next().phase().word());
    }

    @Test
    void theTableOfMovesInTheJavadocIsWhatTheMachineDoes() throws IOException {
        Map<String, TreeSet<String>> taken = new TreeMap<>();
        for (long seed = 0; seed < 30_000; seed++) {
            Walk walk = new Walk(seed);
            walk.givesUp = seed >= 8000;
            walk.staysWithInstances = seed % 3 != 0;
            walk.run(110);
            walk.moved.forEach((way, events) ->
                    taken.computeIfAbsent(way, w -> new TreeSet<>()).addAll(events));
        }
        List<String> table = new ArrayList<>();
        taken.forEach((way, events) -> table.add(way + " by " + String.join(", ", events)));
        List<String> written = new ArrayList<>();
        Pattern line = Pattern.compile("^ \\* ([A-Z_]+)\\s+-> ([A-Z_]+)\\s+(\\w.*)$");
        for (String text : Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/MoveMachine.java"))) {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                written.add(
                        String.format("%-14s -> %-14s by %s", matcher.group(1), matcher.group(2), matcher.group(3)));
            }
        }
        assertThat(table).as("transitions taken, and the table").isEqualTo(written);
    }

    /** What moves do in lives in which consumers are asked, beyond what they do in the others. */
    @Test
    void theTableOfSaysInTheJavadocIsWhatIsDoneWhenConsumersAreAsked() throws IOException {
        TreeSet<String> taken = new TreeSet<>();
        for (long seed = 0; seed < 30_000; seed++) {
            Walk walk = new Walk(seed, true);
            walk.givesUp = seed % 4 == 3;
            walk.staysWithInstances = seed % 3 != 0;
            walk.run(110);
            walk.moved.forEach((way, events) -> events.forEach(event -> taken.add(way + " by " + event)));
        }
        taken.removeAll(rows("MoveMachine"));
        assertThat(taken).as("transitions taken, and the table").isEqualTo(rows("Says"));
    }

    private static TreeSet<String> rows(String machine) throws IOException {
        TreeSet<String> rows = new TreeSet<>();
        Pattern line = Pattern.compile("^ \\* ([A-Z_]+)\\s+-> ([A-Z_]+)\\s+(\\w.*)$");
        for (String text :
                Files.readAllLines(Path.of("src/main/java/io/holdfast/recovery/core/" + machine + ".java"))) {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                for (String event :
                        matcher.group(3).replaceAll(" \\([^)]*\\)", "").split(", ", -1)) {
                    rows.add(String.format("%-14s -> %-14s by %s", matcher.group(1), matcher.group(2), event));
                }
            }
        }
        return rows;
    }

    @Test
    void whatALaterEventOfTheSameTurnCalledOffDoesNotLeave() {
        CaseState fencing =
                step(condemned(), new CaseEvent.StoreCondemned(), START).next();
        CaseCommand ordered = CaseMachine.resume(fencing).getFirst();
        assertThat(ordered).isEqualTo(new CaseCommand.Fence(1, true, CaseCommand.Heed.PATIENT));

        CaseState here =
                step(fencing, new CaseEvent.HostReturned("back"), START).next();
        assertThat(CaseMachine.asWanted(here, ordered))
                .isEqualTo(new CaseCommand.Fence(1, false, CaseCommand.Heed.PATIENT));

        CaseState pardoning = step(here, new CaseEvent.FenceFailed(1, false, "no answer", List.of()), START)
                .next();
        assertThat(pardoning.phase()).isInstanceOf(Phase.Pardoning.class);
        assertThat(CaseMachine.asWanted(pardoning, ordered)).isNull();
        assertThat(CaseMachine.asWanted(pardoning, new CaseCommand.Pardon())).isEqualTo(new CaseCommand.Pardon());
    }

    @Test
    void aWordThatItIsIsolatedProvesForThirtySecondsAndThenItsPowerIsAsked() {
        CaseState said = condemned().withWord(new CaseState.Word("ann", "cli", true, "plug pulled", START));

        assertThat(step(said, new CaseEvent.StoreCondemned(), START.plusSeconds(29))
                        .next()
                        .phase())
                .isInstanceOf(Phase.Confirming.class);

        CaseStep late = step(said, new CaseEvent.StoreCondemned(), START.plusSeconds(30));
        assertThat(late.next().phase()).isInstanceOf(Phase.Fencing.class);
        assertThat(late.lines()).anySatisfy(line -> {
            assertThat(line.kind()).isEqualTo("not-acted");
            assertThat(line.text()).contains("ann said at", "too long ago");
        });
    }

    @Test
    void aFenceThatFailsIsTriedAgainWithGrowingPausesAndThenAHumanIsTold() {
        CaseState state = condemned();
        state = step(state, new CaseEvent.StoreCondemned(), START).next();
        Instant now = START;
        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(state.phase()).isInstanceOf(Phase.Fencing.class);
            CaseStep failed = step(state, new CaseEvent.FenceFailed(attempt, false, "no answer", List.of()), now);
            state = failed.next();
            if (attempt < 3) {
                assertThat(state.phase().deadline())
                        .isEqualTo(now.plus(SETTINGS.fenceBackoff().multipliedBy(attempt)));
            } else {
                assertThat(failed.notices()).extracting(CaseStep.Notice::type).contains("host.needs-operator");
            }
            now = state.phase().deadline();
            state = step(state, new CaseEvent.Tick(), now).next();
        }
        assertThat(state.phase()).isEqualTo(new Phase.Fencing(4, now.plusSeconds(65)));
    }

    @Test
    void silenceOfADestinationNeverLeadsToAnotherClaim() {
        CaseState state = started();
        Instant now = START;
        for (int i = 0; i < 400; i++) {
            now = now.plusSeconds(10);
            CaseStep step = step(state, new CaseEvent.Tick(), now);
            assertThat(step.commands()).noneMatch(CaseCommand.Claim.class::isInstance);
            assertThat(step.commands()).noneMatch(CaseCommand.Withdraw.class::isInstance);
            state = step.next();
        }
        assertThat(state.moves().getFirst().told()).isTrue();
        assertThat(state.moves().getFirst().state().destination()).isEqualTo(OTHERS.getFirst());
    }

    @Test
    void onlyTheConfirmationOfALivingHomeAllowsAnotherClaimWithoutAProof() {
        CaseState state = started();
        InstanceId id = state.moves().getFirst().id();
        CaseStep failed = step(
                state,
                new CaseEvent.Seen(
                        id,
                        InstanceGoal.RUNNING,
                        ActualState.FAILED,
                        false,
                        OTHERS.getFirst(),
                        Generation.of(2),
                        "no disk"),
                START);
        assertThat(failed.commands())
                .containsExactly(new CaseCommand.Withdraw(id, Generation.of(2), OTHERS.getFirst()));
        CaseStep unsure = step(failed.next(), new CaseEvent.NotConfirmed(id, Generation.of(2), "no route"), START);
        assertThat(unsure.next().moves().getFirst().state()).isInstanceOf(MoveState.Silent.class);

        CaseStep sure = step(failed.next(), new CaseEvent.Withdrawn(id, Generation.of(2), Generation.of(3)), START);
        Move move = sure.next().moves().getFirst();
        assertThat(move.state()).isInstanceOf(MoveState.Retrying.class);
        assertThat(move.withdrawn()).isTrue();
        assertThat(move.excluded()).extracting(Move.Exclusion::host).containsExactly(OTHERS.getFirst());
    }

    @Test
    void whatItsOwnerHoldsWhileItIsMovedIsLeftToItsOwner() {
        for (InstanceGoal goal : List.of(InstanceGoal.PAUSED, InstanceGoal.SUSPENDED)) {
            CaseState state = started();
            InstanceId id = state.moves().getFirst().id();
            CaseStep held = step(
                    state,
                    new CaseEvent.Seen(id, goal, ActualState.RUNNING, false, OTHERS.getFirst(), Generation.of(2), ""),
                    START);
            assertThat(held.next().moves().getFirst().state())
                    .isEqualTo(new MoveState.Gone(goal.word() + " by its owner meanwhile"));
            assertThat(held.commands()).noneMatch(CaseCommand.Claim.class::isInstance);
        }
    }

    @Test
    void whatRunsWhileItIsBeingWithdrawnIsLeftToTheAnswerOfItsHome() {
        CaseState state = started();
        InstanceId id = state.moves().getFirst().id();
        CaseState withdrawing = step(state, seen(id, ActualState.FAILED), START).next();
        CaseState runs = step(withdrawing, seen(id, ActualState.RUNNING), START).next();
        assertThat(runs.moves().getFirst().state()).isInstanceOf(MoveState.Withdrawing.class);

        CaseState taken = step(runs, new CaseEvent.Withdrawn(id, Generation.of(2), Generation.of(3)), START)
                .next();
        assertThat(taken.moves().getFirst().state()).isInstanceOf(MoveState.Retrying.class);
        assertThat(taken.phase()).isInstanceOf(Phase.Evacuating.class);

        CaseState kept =
                step(runs, new CaseEvent.RunsThere(id, Generation.of(2)), START).next();
        CaseState running = step(kept, seen(id, ActualState.RUNNING), START).next();
        assertThat(running.moves().getFirst().state()).isInstanceOf(MoveState.Running.class);
    }

    @Test
    void whoWasWithdrawnByACaseThatIsPardonedHearsThatItWaitsForRoom() {
        CaseState state = started();
        InstanceId id = state.moves().getFirst().id();
        CaseState withdrawing = step(state, seen(id, ActualState.FAILED), START).next();
        CaseState withdrawn = step(withdrawing, new CaseEvent.Withdrawn(id, Generation.of(2), Generation.of(3)), START)
                .next();
        Move homeless = withdrawn.moves().getFirst();
        assertThat(homeless.withdrawn()).isTrue();

        for (Move carried : List.of(homeless, withdrawing.moves().getFirst())) {
            CaseStep pardoned =
                    step(open(true, List.of(carried)).next(), new CaseEvent.StoreRefused("the host serves"), START);
            assertThat(pardoned.next().phase()).isInstanceOf(Phase.Pardoned.class);
            assertThat(pardoned.next().moves().getFirst().state()).isInstanceOf(MoveState.Superseded.class);
            assertThat(pardoned.notices())
                    .filteredOn(notice -> notice.type().equals("instance.needs-operator"))
                    .singleElement()
                    .satisfies(notice -> {
                        assertThat(notice.subject()).isEqualTo("instance/" + id);
                        assertThat(notice.project()).isEqualTo(ProjectId.of("p"));
                        assertThat(notice.data().get("reason"))
                                .asString()
                                .startsWith("it was withdrawn from its home")
                                .contains("the host serves", "as soon as a host has room");
                    });
        }

        CaseStep atHome = step(
                open(true, List.of(state.moves().getFirst())).next(),
                new CaseEvent.StoreRefused("the host serves"),
                START);
        assertThat(atHome.notices())
                .as("one that has a home needs nobody")
                .extracting(CaseStep.Notice::type)
                .doesNotContain("instance.needs-operator");
    }

    private static CaseEvent.Seen seen(InstanceId id, ActualState actual) {
        return new CaseEvent.Seen(
                id, InstanceGoal.RUNNING, actual, false, OTHERS.getFirst(), Generation.of(2), "no disk");
    }

    @Test
    void theGuardAllowsOneHostAlwaysAndHardEvidenceInAnyNumber() {
        assertThat(StormGuard.review(1, 0, 0, 0.01, false).pass()).isTrue();
        assertThat(StormGuard.review(3, 1, 0, 0.5, false).pass()).isFalse();
        assertThat(StormGuard.review(4, 1, 0, 0.5, false).pass()).isTrue();
        assertThat(StormGuard.review(4, 4, 0, 0.5, true).pass()).isTrue();
    }

    private static CaseStep step(CaseState state, CaseEvent event, Instant now) {
        return CaseMachine.step(state, event, now, SETTINGS);
    }

    private static CaseState condemned() {
        return open(true).next();
    }

    private static CaseStep open(boolean pass) {
        return open(pass, List.of());
    }

    private static CaseStep open(boolean pass, List<Move> carried) {
        return CaseMachine.open(
                new CaseMachine.Opening(
                        ID,
                        SegmentId.of("s"),
                        H1,
                        HostEpoch.ZERO,
                        "signals agree",
                        List.of("lease absent"),
                        START,
                        false,
                        null,
                        new CaseEvent.HoldReviewed(pass, "storm"),
                        List.of(CaseState.Affected.of(instance(1, RecoveryPolicy.AUTOMATIC, InstanceGoal.RUNNING))),
                        List.of(),
                        carried),
                START,
                SETTINGS);
    }

    /** One automatic instance, its start ordered on h2 at generation 2. */
    private static CaseState started() {
        Instance instance = instance(1, RecoveryPolicy.AUTOMATIC, InstanceGoal.RUNNING);
        CaseState state =
                step(condemned(), new CaseEvent.StoreCondemned(), START).next();
        state = step(state, new CaseEvent.FenceProven(1, proof(START), List.of()), START)
                .next();
        state = step(state, new CaseEvent.InstancesListed(List.of(instance)), START)
                .next();
        HostId to = OTHERS.getFirst();
        state = step(
                        state,
                        new CaseEvent.Planned(
                                state.plans(), List.of(new CaseEvent.Planned.PlanAnswer(instance.id(), to, ""))),
                        START)
                .next();
        state = step(state, new CaseEvent.ClaimGranted(instance.id(), 1, to, Generation.of(2)), START)
                .next();
        return step(state, new CaseEvent.Delivered(instance.id(), Generation.of(2)), START)
                .next();
    }

    private static Phase.Proof proof(Instant at) {
        return new Phase.Proof("POWER_READ_OFF", "ipmi h1 reads off", at);
    }

    private static Instance instance(int n, RecoveryPolicy policy, InstanceGoal goal) {
        return instance(n, policy, goal, Map.of());
    }

    private static Instance instance(int n, RecoveryPolicy policy, InstanceGoal goal, Map<String, String> metadata) {
        return new Instance(
                InstanceId.of(new UUID(1, n)),
                "i" + n,
                ProjectId.of("p"),
                "u",
                new FlavorId("f"),
                Resources.NOTHING,
                new ImageId(new UUID(0, 1)),
                null,
                goal,
                ActualState.STOPPED,
                false,
                null,
                null,
                H1,
                Generation.of(1),
                HostEpoch.ZERO,
                policy,
                "tag",
                List.of(),
                metadata,
                START,
                START,
                null);
    }

    /** A random walk that checks each step from the outside. */
    private static final class Walk {

        private static final int KINDS = 36;

        /** Those below that are about instances, and time. */
        private static final int[] OF_INSTANCES = {
            9, 10, 12, 13, 15, 16, 17, 19, 21, 21, 22, 22, 23, 24, 24, 24, 29, 30, 30, 30, 31, 33, 34, 35, 35
        };

        private static final CaseDocuments DOCUMENTS = new CaseDocuments();

        final TreeSet<String> taken = new TreeSet<>();
        final Map<String, TreeSet<String>> moved = new TreeMap<>();
        private final Random random;
        private final List<Instance> instances;
        private Instant now = START;
        private CaseState state;
        private boolean proofGiven;

        /** In some lives all of them are one strict affinity group. */
        private Map<InstanceId, String> together = Map.of();

        /** Whether operators give cases up in it. */
        private boolean givesUp;
        /** Most of what happens while instances are moved is then about them; what is rare there is met at all. */
        private boolean staysWithInstances;

        /** In some lives consumers are asked, and answer. By dice of their own: the other lives are what they were before. */
        private final boolean asks;

        private final Random sayings;

        Walk(long seed) {
            this(seed, false);
        }

        Walk(long seed, boolean asks) {
            random = new Random(seed);
            this.asks = asks;
            sayings = new Random(~seed);
            instances = List.of(
                    instance(1, RecoveryPolicy.AUTOMATIC, InstanceGoal.RUNNING, terms()),
                    instance(
                            2,
                            random.nextBoolean() ? RecoveryPolicy.NOTIFY : RecoveryPolicy.AUTOMATIC,
                            InstanceGoal.RUNNING,
                            terms()),
                    instance(
                            3,
                            RecoveryPolicy.NONE,
                            random.nextBoolean() ? InstanceGoal.RUNNING : InstanceGoal.STOPPED));
            state = open(random.nextInt(4) != 0).next();
            if (seed % 3 == 0) {
                together = new TreeMap<>();
                instances.forEach(instance -> together.put(instance.id(), "g"));
            }
        }

        /** An owner's words, mostly none; also such as make a circle. */
        private Map<String, String> terms() {
            Map<String, String> words = new TreeMap<>(otherTerms());
            if (asks && sayings.nextInt(4) != 0) {
                words.put(
                        TermsRule.SAY,
                        List.of("1", "20", "20:leave", "20:stopped", "never").get(sayings.nextInt(5)));
            }
            return words;
        }

        private CaseEvent.SayGiven said(InstanceId id) {
            SayAnswer answer = SayAnswer.values()[sayings.nextInt(3)];
            HostId only = answer == SayAnswer.RECOVER && sayings.nextBoolean() ? OTHERS.get(sayings.nextInt(2)) : null;
            return new CaseEvent.SayGiven(id, answer, only, WHO);
        }

        private Map<String, String> otherTerms() {
            return switch (random.nextInt(6)) {
                case 0 -> Map.of(TermsRule.ON_HOST_FAILURE, "stopped");
                case 1 -> Map.of(TermsRule.RESTART_LIMIT, "2", TermsRule.PRIORITY, "7");
                case 2 ->
                    Map.of(
                            TermsRule.DEPENDS_ON,
                            random.nextBoolean() ? "i1,i2,i3" : "i2,elsewhere",
                            TermsRule.READY,
                            random.nextBoolean() ? "running" : "after:5");
                default -> Map.of();
            };
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                CaseEvent event = event();
                CaseState before = state;
                CaseStep step = step(before, event, now);
                check(before, event, step);
                // A restart at any moment: only what the document carries survives.
                state = random.nextInt(5) == 0 ? DOCUMENTS.read(DOCUMENTS.write(step.next())) : step.next();
                assertThat(state).isEqualTo(step.next());
                if (staysWithInstances && i % 8 == 7) {
                    probe();
                }
            }
        }

        /** Looks at what each kind of event would do here, and goes on as if nothing had been. */
        private void probe() {
            boolean before = proofGiven;
            for (int kind = 0; kind < KINDS; kind++) {
                CaseEvent event = event(kind);
                check(state, event, step(state, event, now));
                proofGiven = before;
            }
            if (asks) {
                CaseEvent event = said(instances.get(sayings.nextInt(3)).id());
                check(state, event, step(state, event, now));
            }
        }

        private void check(CaseState before, CaseEvent event, CaseStep step) {
            CaseState next = step.next();
            String from = before.phase().word();
            if (!from.equals(next.phase().word())) {
                taken.add(from + " -> " + next.phase().word() + " by "
                        + event.getClass().getSimpleName());
            }
            for (Move move : next.moves()) {
                String was = before.move(move.id()).map(m -> m.state().word()).orElse("");
                String is = move.state().word();
                if (move.state() instanceof MoveState.AwaitingSay awaiting) {
                    assertThat(awaiting.deadline())
                            .isEqualTo(
                                    java.util.Objects.requireNonNull(move.say()).until());
                    assertThat(next.phase().unproven()
                                    || !(before.move(move.id()).map(Move::state).orElse(null)
                                            instanceof MoveState.AwaitingSay earlier)
                                    || event instanceof CaseEvent.InstancesListed
                                    || earlier.deadline().equals(awaiting.deadline()))
                            .as("a deadline is not moved")
                            .isTrue();
                }
                if (!was.isEmpty() && !was.equals(is)) {
                    moved.computeIfAbsent(String.format("%-14s -> %-14s", was, is), w -> new TreeSet<>())
                            .add(event.getClass().getSimpleName());
                }
            }
            boolean provenNow = event instanceof CaseEvent.FenceProven || event instanceof CaseEvent.WordAccepted;
            assertThat(next.proof() == null || before.proof() != null || provenNow)
                    .as("a proof comes from fencing alone")
                    .isTrue();
            proofGiven |= provenNow;
            for (CaseCommand command : step.commands()) {
                if (command instanceof CaseCommand.Claim claim) {
                    assertThat(next.phase()).as("S2").isInstanceOf(Phase.Evacuating.class);
                    assertThat(proofGiven).as("S2").isTrue();
                    Move move = next.move(claim.instance()).orElseThrow();
                    assertThat(before.move(claim.instance())
                                    .filter(was -> was.state() instanceof MoveState.AwaitingSay))
                            .as("S12: whose consumer is asked is not claimed")
                            .isEmpty();
                    assertThat(move.gated())
                            .as("who waits for another is not claimed")
                            .isFalse();
                    boolean wasAtNewHome = before.move(claim.instance())
                            .map(Move::state)
                            .filter(s -> s instanceof MoveState.Starting || s instanceof MoveState.Silent)
                            .isPresent();
                    assertThat(wasAtNewHome)
                            .as("S1: not from a home that may run it")
                            .isFalse();
                    assertThat(claim.expected()).isEqualTo(move.generation());
                }
                if (command instanceof CaseCommand.Pardon) {
                    assertThat(next.proof())
                            .as("what is proven is not pardoned")
                            .isNull();
                }
                if (!(command instanceof CaseCommand.Look)) {
                    assertThat(CaseMachine.resume(next))
                            .as("a crash now loses nothing")
                            .contains(command);
                }
            }
            boolean apart = next.returnedAt() != null
                    && next.moves().stream()
                            .filter(move -> move.terms().together() != null
                                    && move.state() instanceof MoveState.HomeReturned
                                    && before.move(move.id())
                                            .filter(m -> m.state() instanceof MoveState.Active && m.stillAtHome())
                                            .isPresent())
                            .anyMatch(move -> next.moves().stream()
                                    .anyMatch(other -> other.state().destination() != null
                                            && !H1.equals(other.state().destination())));
            assertThat(apart).as("a strict group is not split").isFalse();
            if (!next.closed()) {
                assertThat(next.nextDeadline()).as("L2").isNotNull();
            } else {
                assertThat(next.active())
                        .as("L1: nobody is left waiting in a closed case")
                        .isEmpty();
            }
            next.moves().stream()
                    .filter(move -> move.policy() == RecoveryPolicy.NONE && move.state() instanceof MoveState.Active)
                    .forEach(move -> assertThat(before.move(move.id())
                                            .filter(m -> m.state() instanceof MoveState.Active)
                                            .isPresent()
                                    || event instanceof CaseEvent.EvacuationAsked
                                    || event instanceof CaseEvent.RetryInstanceAsked
                                    || event instanceof CaseEvent.InstancesListed)
                            .as("nobody moves what nobody asked for")
                            .isTrue());
            long seq = before.seq();
            List<Long> numbers = new ArrayList<>();
            step.lines().forEach(line -> numbers.add(line.seq()));
            step.notices().forEach(notice -> numbers.add(notice.seq()));
            numbers.sort(Long::compare);
            for (long number : numbers) {
                assertThat(number).isEqualTo(++seq);
            }
            assertThat(next.seq()).isEqualTo(seq);
        }

        /** Mostly what fits, sometimes anything. */
        private CaseEvent event() {
            if (random.nextInt(3) == 0) {
                Instant deadline = state.nextDeadline();
                now = random.nextBoolean() && deadline != null && deadline.isAfter(now)
                        ? deadline
                        : now.plus(Duration.ofMillis(random.nextInt(3000)));
                if (random.nextInt(12) == 0) {
                    now = now.plusSeconds(600);
                }
            }
            if (asks && sayings.nextInt(10) == 0) {
                return said(instances.get(sayings.nextInt(3)).id());
            }
            boolean ofInstances =
                    staysWithInstances && state.phase() instanceof Phase.Evacuating && random.nextInt(12) != 0;
            return event(ofInstances ? OF_INSTANCES[random.nextInt(OF_INSTANCES.length)] : random.nextInt(KINDS));
        }

        private CaseEvent event(int kind) {
            InstanceId id = instances.get(random.nextInt(3)).id();
            @Nullable Move move = state.move(id).orElse(null);
            int attempt = random.nextInt(8) == 0 || move == null ? 1 : move.attempts();
            Generation at = move == null ? Generation.of(1) : move.generation();
            HostId destination = move == null ? null : move.state().destination();
            HostId to = destination == null || random.nextInt(8) == 0 ? OTHERS.get(random.nextInt(2)) : destination;
            int fence = state.phase() instanceof Phase.Fencing f ? f.attempt() : 1;
            if (givesUp && random.nextInt(25) == 0) {
                return random.nextBoolean()
                        ? new CaseEvent.AbandonAsked(WHO, "scrapped")
                        : new CaseEvent.Noted("frozen", "disarmed");
            }
            return switch (kind) {
                case 0, 1, 2 -> new CaseEvent.StoreCondemned();
                case 3 -> new CaseEvent.FenceProven(fence, proof(now), List.of("off"));
                case 4, 5 -> new CaseEvent.FenceFailed(fence, random.nextBoolean(), "no", List.of("tried"));
                case 6 ->
                    new CaseEvent.FenceDeferred(
                            fence,
                            new KernelDump(random.nextBoolean(), now.plusSeconds(20), now.plusSeconds(60), "dumps"));
                case 7, 8 -> new CaseEvent.InstancesListed(instances, List.of(), together);
                case 9, 10, 11 -> planned();
                case 12, 13, 14 -> new CaseEvent.ClaimGranted(id, attempt, to, at.next());
                case 15 -> new CaseEvent.ClaimRefused(id, attempt, to, "full");
                case 16 -> new CaseEvent.ClaimConflict(id, attempt, "changed");
                case 17, 18 -> new CaseEvent.Delivered(id, at);
                case 19, 20 -> new CaseEvent.Seen(id, InstanceGoal.RUNNING, ActualState.RUNNING, false, to, at, "");
                case 21 -> new CaseEvent.Seen(id, InstanceGoal.RUNNING, ActualState.FAILED, false, to, at, "no disk");
                case 22 ->
                    random.nextInt(3) == 0
                            ? CaseEvent.Seen.gone(id, at)
                            : new CaseEvent.Seen(id, InstanceGoal.RUNNING, ActualState.UNKNOWN, false, to, at, "");
                case 23 -> new CaseEvent.Withdrawn(id, at, at.next());
                case 24 ->
                    random.nextBoolean()
                            ? new CaseEvent.NotConfirmed(id, at, "no route")
                            : new CaseEvent.RunsThere(id, at);
                case 25 -> random.nextInt(3) == 0 ? new CaseEvent.HostReturned("lease") : new CaseEvent.StorePardoned();
                case 26 ->
                    random.nextInt(3) == 0
                            ? new CaseEvent.WordGiven(WHO, random.nextBoolean(), "gone")
                            : new CaseEvent.WordTakenBack(WHO);
                case 27 ->
                    random.nextBoolean()
                            ? new CaseEvent.WordAccepted(proof(now))
                            : new CaseEvent.HoldReviewed(random.nextBoolean(), "storm");
                case 28 -> new CaseEvent.EvacuationAsked(id, null, false, WHO);
                case 29 -> new CaseEvent.RetryAsked(WHO);
                case 30 ->
                    random.nextInt(4) == 0 ? new CaseEvent.PickedUp(id, ID) : new CaseEvent.RoomFound(Set.of(id));
                case 31 ->
                    switch (random.nextInt(6)) {
                        case 0 -> new CaseEvent.StoreRefused("another epoch");
                        case 1 -> new CaseEvent.ProofMissing("journal lost it");
                        case 2 -> new CaseEvent.FailedAgain(ID);
                        case 3 -> new CaseEvent.HostAdmitted(Incarnation.of(2), List.of());
                        default -> new CaseEvent.WithdrawalConflict(id, at, "changed");
                    };
                case 33 ->
                    random.nextInt(3) == 0
                            ? new CaseEvent.AbandonInstanceAsked(id, WHO, "not worth it")
                            : new CaseEvent.RetryInstanceAsked(id, WHO);
                case 34 ->
                    new CaseEvent.Seen(
                            id,
                            InstanceGoal.STOPPED,
                            ActualState.STOPPED,
                            false,
                            to,
                            random.nextBoolean() ? at : at.next(),
                            "");
                case 32 -> new CaseEvent.Verdict("again", List.of("power off"), random.nextBoolean());
                default -> new CaseEvent.Tick();
            };
        }

        private CaseEvent planned() {
            List<CaseEvent.Planned.PlanAnswer> answers = new ArrayList<>();
            for (Move move : state.moves()) {
                if (move.state() instanceof MoveState.Waiting) {
                    answers.add(new CaseEvent.Planned.PlanAnswer(
                            move.id(), random.nextInt(4) == 0 ? null : OTHERS.get(random.nextInt(2)), "full"));
                }
            }
            return new CaseEvent.Planned(state.plans(), answers);
        }
    }
}
