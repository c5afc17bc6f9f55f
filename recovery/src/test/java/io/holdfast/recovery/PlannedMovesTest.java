package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.MoveJournal.Stored;
import io.holdfast.recovery.Recovery.FollowAnswer;
import io.holdfast.recovery.Recovery.MoveAnswer;
import io.holdfast.recovery.core.PlannedEvent;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedMoveMachine;
import io.holdfast.recovery.core.PlannedStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instances on their way from living homes, driven by the engine in virtual time. */
class PlannedMovesTest {

    private static final Actor WHO = new Actor("op", "api");

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), cases -> cases);

    @AfterEach
    void nothingRanTwice() {
        stage.close();
        assertThat(stage.world.violations()).isEmpty();
    }

    @Test
    void itIsStoppedHereAndStartedThere() {
        InstanceId web = running();
        accepted(migrate(web, stage.h2));
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.moved");
    }

    @ParameterizedTest(name = "after {0} acts")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16})
    void whoeverLeadsNextGoesOnFromTheJournal(int acts) {
        InstanceId web = running();
        AtomicReference<@Nullable MoveAnswer> answer = new AtomicReference<>();
        Thread caller = Thread.ofVirtual().start(() -> answer.set(stage.engine.migrate(web, stage.h2, WHO)));
        while (caller.isAlive()) {
            stage.owner();
            Thread.onSpinWait();
        }
        accepted(answer.get());
        for (int i = 0; i < acts; i++) {
            stage.once();
        }
        stage.restart();
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
        assertThat(stage.moves.facts()).extracting(Fact::id).doesNotHaveDuplicates();
    }

    @Test
    void noCallIsLostWhileLeadershipIsInDoubtForAMoment() {
        InstanceId web = running();
        AtomicReference<@Nullable MoveAnswer> answer = new AtomicReference<>();
        Thread caller = Thread.ofVirtual().start(() -> answer.set(stage.engine.migrate(web, stage.h2, WHO)));
        while (caller.isAlive()) {
            stage.owner();
            Thread.onSpinWait();
        }
        accepted(answer.get());
        for (int i = 0; i < 100; i++) {
            stage.owner();
            stage.beginCallsInAMomentOfDoubt();
            stage.owner();
            stage.pass(Duration.ofMillis(200));
        }
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
    }

    @ParameterizedTest(name = "after {0} others")
    @ValueSource(ints = {0, 1, 2, 3, 4, 6, 9, 15})
    void aSecondAnswerToAQuestionIsNotTakenForTheAnswerToAnother(int later) {
        InstanceId web = running();
        stage.world.failStarts(stage.h2, true);
        stage.workers.echoAfter = later;
        accepted(migrate(web, null));
        stage.pass(Duration.ofMinutes(2));
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
        assertThat(newest(web).lines())
                .as("for the host that cannot start it, and for the other one")
                .extracting(PlannedMove.Line::kind)
                .containsExactly("asked", "leaving", "claimed", "start-failed", "leaving", "claimed", "moved");
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h3);
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.moved");
        assertThat(stage.engine.moves(web, 10)).hasSize(1);
    }

    @Test
    void whatSomebodyElseHasEndedIsForgottenAndNothingOfItIsDoneAgain() {
        InstanceId web = running();
        Stored leaving = heldUpInLeaving(web);
        PlannedMove ended = step(leaving.move(), new PlannedEvent.NotConfirmed("gave up"));
        ended = step(ended, new PlannedEvent.Kept(leaving.move().generation(), ""));
        ended = step(
                ended,
                new PlannedEvent.Seen(
                        InstanceGoal.RUNNING,
                        ActualState.RUNNING,
                        stage.h1,
                        leaving.move().generation(),
                        "",
                        false));
        assertThat(ended.stage().word()).isEqualTo("STAYED");
        writeAsSomebodyElse(ended, leaving.version());

        stage.pass(stage.settings().startTimeout().plusSeconds(10));
        assertThat(stage.moves.find(ended.id())).hasValue(new Stored(ended, leaving.version() + 1));
        assertThat(stage.world.find(web).orElseThrow().generation())
                .as("its home was not told again")
                .isEqualTo(leaving.move().generation());
        assertThat(stage.moves.facts()).as("told by who ended it").isEmpty();

        stage.world.deaf(stage.h1, false);
        accepted(migrate(web, stage.h2));
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
    }

    @Test
    void whatSomebodyElseHasTakenFurtherGoesOnFromThereAndItsOwnerGetsAnAnswer() {
        InstanceId web = running();
        Stored leaving = heldUpInLeaving(web);
        PlannedMove further = step(leaving.move(), new PlannedEvent.NotConfirmed("gave up"));
        assertThat(further.stage()).isInstanceOf(PlannedStage.TakingBack.class);
        writeAsSomebodyElse(further, leaving.version());

        stage.pass(stage.settings().startTimeout().plusSeconds(10));
        assertThat(newest(web).stage().word()).isEqualTo("STAYED");
        assertThat(newest(web).lines())
                .filteredOn(line -> line.kind().equals("taken-back"))
                .as("what was decided here at an older version is dropped")
                .extracting(PlannedMove.Line::text)
                .singleElement()
                .asString()
                .endsWith("gave up");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.not-moved");
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h1);
    }

    @ParameterizedTest(name = "call {0} fails")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void itGoesOnWhenTheStoreFailsAtOneCall(int nth) {
        InstanceId web = running();
        accepted(migrate(web, stage.h2));
        stage.world.failCalls(nth, 2);
        stage.pass(Duration.ofSeconds(30));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
    }

    @Test
    void aHomeThatDoesNotConfirmKeepsIt() {
        InstanceId web = running();
        stage.world.deaf(stage.h1, true);
        accepted(migrate(web, null));
        stage.pass(stage.settings().startTimeout().plusSeconds(10));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h1);
        assertThat(newest(web).stage().word()).isEqualTo("STAYED");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.not-moved");
    }

    @Test
    void whatNobodyElseCanStartGoesBackHome() {
        InstanceId web = running();
        stage.world.failStarts(stage.h2, true);
        stage.world.failStarts(stage.h3, true);
        accepted(migrate(web, null));
        stage.pass(Duration.ofSeconds(30));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h1);
        assertThat(newest(web).stage().word()).isEqualTo("STAYED");
        assertThat(newest(web).lines()).extracting(PlannedMove.Line::kind).contains("start-failed", "stayed");
    }

    @Test
    void whatNobodyCanStartIsToldToAHumanOnceAndTriedAgain() {
        InstanceId web = running();
        stage.world.failStarts(stage.h1, true);
        stage.world.failStarts(stage.h2, true);
        stage.world.failStarts(stage.h3, true);
        accepted(migrate(web, null));
        stage.pass(Duration.ofMinutes(3));
        assertThat(newest(web).stage().word()).isNotEqualTo("STAYED");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.needs-operator");
        stage.world.failStarts(stage.h3, false);
        stage.pass(Duration.ofMinutes(2));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h3);
    }

    @Test
    void aHomeThatDiesInTheMiddleIsRecoveredFromByItsOwnCase() {
        InstanceId web = running();
        stage.world.deaf(stage.h1, true);
        accepted(migrate(web, stage.h2));
        stage.power.losePower(stage.h1);
        stage.loseWithPowerOff(stage.h1);
        stage.pass(Duration.ofSeconds(40));
        assertThat(stage.world.runsOn(web)).hasSize(1).doesNotContain(stage.h1);
        assertThat(newest(web).stage().word()).isEqualTo("SUPERSEDED");
    }

    @Test
    void deletedByItsOwnerMeanwhileItIsGone() {
        InstanceId web = running();
        stage.world.deaf(stage.h1, true);
        accepted(migrate(web, stage.h2));
        stage.world.ownerDeletes(web);
        stage.pass(Duration.ofSeconds(20));
        assertThat(newest(web).stage().word()).isEqualTo("GONE");
    }

    @Test
    void whatCannotBeMovedIsRefusedWithTheReason() {
        InstanceId web = running();
        assertThat(migrate(World.id("nobody"), null)).isInstanceOf(MoveAnswer.NotFound.class);
        refused(migrate(web, stage.h1), "lives on host h1 already");
        stage.suspect(stage.h1);
        refused(migrate(web, null), "suspected");
        stage.clear(stage.h1);
        stage.world.deaf(stage.h1, true);
        accepted(migrate(web, null));
        refused(migrate(web, null), "being moved already");
        InstanceId off = stage.world.instance("off", stage.h2, RecoveryPolicy.AUTOMATIC);
        stage.world.ownerStops(off);
        refused(migrate(off, null), "stopped");
        assertThat(stage.world.find(off).orElseThrow().goal()).isEqualTo(InstanceGoal.STOPPED);
        stage.loseWithPowerOff(stage.h2);
        stage.settle();
        refused(migrate(stage.world.instance("on", stage.h2, RecoveryPolicy.AUTOMATIC), null), "host h2 is");
    }

    @Test
    void itGoesBackToTheHomeThatItLostWhenThatHasBeenWellForLongEnough() {
        InstanceId web =
                stage.world.instance("web", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of("holdfast:failback", "true"));
        stage.settle();
        HostId other = lostAndBack(web);
        stage.pass(stage.settings().instances().failbackAfter().minusSeconds(20));
        assertThat(stage.world.runsOn(web)).containsExactly(other);
        assertThat(stage.orders.notes(stage.h1, 10))
                .anySatisfy(
                        note -> assertThat(note.text()).contains("does not come back now", "has not been well for"));
        // Whoever leads now has only the journal to know by.
        stage.restart();
        stage.join(stage.h1, "boot-2");
        stage.pass(Duration.ofSeconds(60));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h1);
        assertThat(newest(web).failback()).isTrue();
        stage.pass(stage.settings().instances().failbackAfter());
        assertThat(stage.engine.moves(web, 10)).hasSize(1);
    }

    @Test
    void whoWasMigratedSinceDoesNotGoBackAndMaintenanceHoldsTheOthers() {
        InstanceId web =
                stage.world.instance("web", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of("holdfast:failback", "true"));
        stage.settle();
        HostId other = lostAndBack(web);
        stage.call(() -> stage.engine.maintenance(stage.h1, true, WHO, "memory"));
        stage.pass(stage.settings().instances().failbackAfter().multipliedBy(2));
        assertThat(stage.world.runsOn(web)).containsExactly(other);
        assertThat(stage.orders.notes(stage.h1, 10))
                .anySatisfy(note -> assertThat(note.text()).contains("is in maintenance"));
        HostId third = other.equals(stage.h2) ? stage.h3 : stage.h2;
        accepted(migrate(web, third));
        stage.call(() -> stage.engine.maintenance(stage.h1, false, WHO, ""));
        stage.pass(stage.settings().instances().failbackAfter().multipliedBy(2));
        assertThat(stage.world.runsOn(web)).containsExactly(third);
    }

    @Test
    void anEvacuationToStoppedMovesTheHomeAlone() {
        InstanceId web = stage.world.instance("web", stage.h1, RecoveryPolicy.NONE);
        stage.settle();
        stage.power.losePower(stage.h1);
        stage.loseWithPowerOff(stage.h1);
        stage.pass(Duration.ofSeconds(5));
        stage.call(() -> stage.engine.evacuate(web, stage.h2, true, WHO));
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.find(web).orElseThrow().home()).isEqualTo(stage.h2);
        assertThat(stage.world.find(web).orElseThrow().goal()).isEqualTo(InstanceGoal.STOPPED);
        assertThat(stage.world.runsOn(web)).isEmpty();
        assertThat(stage.newest(stage.h1).move(web).orElseThrow().state().word())
                .isEqualTo("LEFT_STOPPED");
    }

    @Test
    void whatSomebodyElseHasMovedIsFollowedAndStartedNowhere() {
        InstanceId web = running();
        int starts = stage.world.starts();
        stage.world.moveByHand(web, stage.h1, stage.h2);
        stage.world.deaf(stage.h1, true);
        UUID move = following(follow(web, stage.h1, stage.h2));
        assertThat(following(follow(web, null, stage.h2))).as("said again").isEqualTo(move);
        stage.world.deaf(stage.h1, false);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.find(web).orElseThrow().home()).isEqualTo(stage.h2);
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(stage.world.starts()).isEqualTo(starts);
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
        assertThat(newest(web).lines())
                .extracting(PlannedMove.Line::kind)
                .containsExactly("followed", "claimed", "moved");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.moved");
        assertThat(follow(web, null, stage.h2)).isInstanceOf(FollowAnswer.AtHome.class);
    }

    @ParameterizedTest(name = "after {0} acts")
    @ValueSource(ints = {0, 1, 2, 3, 4, 6, 8, 10})
    void whoeverLeadsNextGoesOnFollowing(int acts) {
        InstanceId web = running();
        stage.world.moveByHand(web, stage.h1, stage.h2);
        following(follow(web, stage.h1, stage.h2));
        for (int i = 0; i < acts; i++) {
            stage.once();
        }
        stage.restart();
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
    }

    @Test
    void aWordThatTheHostsDoNotBearOutIsNotFollowed() {
        InstanceId web = running();
        unfollowed(follow(web, stage.h1, stage.h2), "does not say that it runs there");
        stage.world.moveByHand(web, stage.h3, stage.h2);
        unfollowed(follow(web, stage.h1, stage.h2), "says that it runs there as well");
        unfollowed(follow(web, stage.h3, stage.h2), "its home is h1");
        assertThat(stage.world.find(web).orElseThrow().generation()).isEqualTo(Generation.of(1));
        assertThat(follow(World.id("nobody"), null, stage.h2)).isInstanceOf(FollowAnswer.NotFound.class);
        stage.world.moveByHand(web, stage.h2, stage.h1);
        assertThatThrownBy(() -> follow(web, null, HostId.of("h9"))).hasMessageContaining("h9");
    }

    @Test
    void nothingIsFollowedToAHostThatDoesNotServeOrFromOneThatIsNotProvenIsolated() {
        InstanceId web = running();
        stage.world.moveByHand(web, stage.h1, stage.h2);
        stage.power.fault(stage.h1, new PowerFault.Dead());
        stage.lose(stage.h1);
        stage.pass(Duration.ofSeconds(1));
        unfollowed(follow(web, stage.h1, stage.h2), "condemned and not proven isolated yet");

        InstanceId other = stage.world.instance("other", stage.h3, RecoveryPolicy.NONE);
        stage.world.moveByHand(other, stage.h3, stage.h2);
        stage.power.losePower(stage.h2);
        stage.loseWithPowerOff(stage.h2);
        stage.pass(Duration.ofSeconds(5));
        unfollowed(follow(other, stage.h3, stage.h2), "that host is fenced, and what it says does not count");
        assertThat(stage.world.find(other).orElseThrow().home()).isEqualTo(stage.h3);
        assertThat(stage.engine.moves(other, 10)).isEmpty();
    }

    @Test
    void whatItsOwnerHasStoppedIsNotFollowed() {
        InstanceId web = running();
        stage.world.ownerStops(web);
        unfollowed(follow(web, stage.h1, stage.h2), "stopped");
    }

    @Test
    void whileItsOldHomeDoesNotConfirmItIsStartedNowhereAndAHumanIsCalled() {
        InstanceId web = running();
        stage.world.moveByHand(web, stage.h1, stage.h2);
        stage.world.deaf(stage.h1, true);
        following(follow(web, stage.h1, stage.h2));
        stage.pass(stage.settings().startTimeout().plusSeconds(30));
        assertThat(newest(web).lines()).extracting(PlannedMove.Line::kind).contains("needs-operator");
        assertThat(stage.moves.facts()).extracting(Fact::type).containsExactly("instance.needs-operator");
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        stage.world.deaf(stage.h1, false);
        stage.pass(stage.settings().operatorRetry().plusSeconds(30));
        assertThat(newest(web).stage().word()).isEqualTo("MOVED");
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
    }

    @Test
    void whoseHomeIsProvenIsolatedGoesOnWhereItIs() {
        InstanceId web = stage.world.instance("web", stage.h1, RecoveryPolicy.NONE);
        stage.settle();
        stage.world.moveByHand(web, stage.h1, stage.h2);
        stage.power.losePower(stage.h1);
        stage.loseWithPowerOff(stage.h1);
        stage.pass(Duration.ofSeconds(5));
        int starts = stage.world.starts();
        assertThat(follow(web, stage.h1, stage.h2)).isInstanceOf(FollowAnswer.Recovering.class);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.find(web).orElseThrow().home()).isEqualTo(stage.h2);
        assertThat(stage.world.runsOn(web)).containsExactly(stage.h2);
        assertThat(stage.world.starts()).isEqualTo(starts);
    }

    private FollowAnswer follow(InstanceId instance, @Nullable HostId from, HostId to) {
        AtomicReference<@Nullable FollowAnswer> answer = new AtomicReference<>();
        stage.call(() -> answer.set(stage.engine.follow(instance, from, to, WHO)));
        FollowAnswer given = answer.get();
        if (given == null) {
            throw new AssertionError("no answer");
        }
        return given;
    }

    private static UUID following(FollowAnswer answer) {
        assertThat(answer).isInstanceOf(FollowAnswer.Accepted.class);
        return ((FollowAnswer.Accepted) answer).move();
    }

    private static void unfollowed(FollowAnswer answer, String reason) {
        assertThat(answer)
                .isInstanceOfSatisfying(
                        FollowAnswer.Conflict.class,
                        no -> assertThat(no.reason()).contains(reason));
    }

    /** Its home fails and comes back; says where it is meanwhile. */
    private HostId lostAndBack(InstanceId web) {
        stage.power.losePower(stage.h1);
        stage.loseWithPowerOff(stage.h1);
        stage.pass(Duration.ofSeconds(5));
        HostId other = stage.world.runsOn(web).getFirst();
        stage.power.restorePower(stage.h1);
        stage.join(stage.h1, "boot-2");
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.newest(stage.h1).admittedAt()).isNotNull();
        return other;
    }

    /** Its home does not answer, and the engine asks it until its time is over. */
    private Stored heldUpInLeaving(InstanceId web) {
        stage.world.deaf(stage.h1, true);
        accepted(migrate(web, stage.h2));
        stage.pass(Duration.ofSeconds(5));
        Stored stored = stage.moves.open(World.SEGMENT).getFirst();
        assertThat(stored.move().stage()).isInstanceOf(PlannedStage.Leaving.class);
        return stored;
    }

    /** Late enough for any deadline of the move. */
    private PlannedMove step(PlannedMove move, PlannedEvent event) {
        Instant late = stage.now().plus(stage.settings().startTimeout());
        return PlannedMoveMachine.step(move, event, late, stage.settings()).next();
    }

    private void writeAsSomebodyElse(PlannedMove move, long expected) {
        assertThat(stage.moves.write(LeaderEpoch.of(1), move, expected, List.of()))
                .isEqualTo(CaseJournal.Outcome.DONE);
    }

    private InstanceId running() {
        InstanceId web = stage.world.instance("web", stage.h1, RecoveryPolicy.AUTOMATIC);
        stage.settle();
        return web;
    }

    private MoveAnswer migrate(InstanceId instance, @Nullable HostId to) {
        AtomicReference<@Nullable MoveAnswer> answer = new AtomicReference<>();
        stage.call(() -> answer.set(stage.engine.migrate(instance, to, WHO)));
        MoveAnswer given = answer.get();
        if (given == null) {
            throw new AssertionError("no answer");
        }
        return given;
    }

    private PlannedMove newest(InstanceId instance) {
        return stage.engine.moves(instance, 1).getFirst();
    }

    private static void accepted(@Nullable MoveAnswer answer) {
        assertThat(answer).isInstanceOf(MoveAnswer.Accepted.class);
    }

    private static void refused(MoveAnswer answer, String reason) {
        assertThat(answer)
                .isInstanceOfSatisfying(
                        MoveAnswer.Conflict.class, no -> assertThat(no.reason()).contains(reason));
    }
}
