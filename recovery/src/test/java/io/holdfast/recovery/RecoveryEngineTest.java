package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.HostState;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecoveryEngineTest {

    private final Stage stage = new Stage();
    private final World world = stage.world;
    private final HostId h1 = stage.h1;
    private final HostId h2 = stage.h2;
    private final HostId h3 = stage.h3;
    private final InstanceId a = world.instance("a", h1, RecoveryPolicy.AUTOMATIC);
    private final InstanceId b = world.instance("b", h1, RecoveryPolicy.AUTOMATIC);
    private final InstanceId watched = world.instance("watched", h1, RecoveryPolicy.NOTIFY);
    private final InstanceId plain = world.instance("plain", h1, RecoveryPolicy.NONE);

    @AfterEach
    void nothingUnsafeHappened() {
        stage.close();
    }

    @Test
    void movesWhatIsAutomaticAndTellsTheRestWhenAHostLosesPower() {
        stage.start();
        stage.power.losePower(h1);
        stage.suspect(h1);
        stage.lose(h1);

        stage.awaitState(h1, "RECOVERED");

        assertThat(world.runsOn(a)).hasSize(1).doesNotContain(h1);
        assertThat(world.runsOn(b)).hasSize(1).doesNotContain(h1);
        assertThat(world.runsOn(watched)).isEmpty();
        assertThat(world.runsOn(plain)).isEmpty();
        assertThat(stage.line(h1, watched).state()).isEqualTo("NOTIFIED");
        assertThat(stage.line(h1, plain).state()).isEqualTo("LEFT");
        assertThat(stage.kinds(h1))
                .containsSubsequence(
                        "suspected",
                        "condemned",
                        "force-down",
                        "fence-sent",
                        "fence-proven",
                        "planned",
                        "instance-claimed",
                        "instance-started",
                        "instance-running",
                        "resolved");
        assertThat(stage.facts(a))
                .containsExactly(
                        "instance.suspected",
                        "instance.host-failed",
                        "instance.host-fenced",
                        "instance.evacuating",
                        "instance.recovered");
        assertThat(stage.facts(watched)).contains("instance.host-failed", "instance.not-moved");
        assertThat(stage.hostFacts(h1))
                .containsExactly("host.suspected", "host.condemned", "host.fenced", "host.recovered");
    }

    @Test
    void tellsOwnersOfASuspicionBeforeItReturnsAndWithoutTheDatabase() {
        stage.start();
        await().until(() -> {
            stage.told.clear();
            stage.suspect(h1);
            return stage.told.size() == 5;
        });
        world.databaseAway(true);
        stage.told.clear();
        stage.suspect(h1);

        assertThat(stage.told).extracting(Fact::type).contains("host.suspected", "instance.suspected");
        Fact owners = stage.told.stream()
                .filter(fact -> fact.subject().equals("instance/" + watched))
                .findFirst()
                .orElseThrow();
        assertThat(owners.project()).hasToString("p-watched");
        assertThat(owners.data()).containsEntry("policy", "NOTIFY").containsEntry("host", "h1");
        world.databaseAway(false);
    }

    @Test
    void tellsTheSameSuspicionAgainThroughTheJournalWithTheSameIds() {
        stage.start();
        stage.suspect(h1);
        await().untilAsserted(() -> assertThat(stage.cases.facts())
                .extracting(Fact::id)
                .containsAll(stage.told.stream().map(Fact::id).toList()));
    }

    @Test
    void startsNothingElsewhereWhileTheBmcRefusesThePassword() {
        fencingThatProvesNothing(new PowerFault.WrongPassword(), "login");
    }

    @Test
    void startsNothingElsewhereWhileTheBmcIsUnreachable() {
        fencingThatProvesNothing(new PowerFault.Dead(), "power");
    }

    @Test
    void startsNothingElsewhereWhileTheBmcSaysDoneAndIsNot() {
        fencingThatProvesNothing(new PowerFault.Lying(), "");
    }

    private void fencingThatProvesNothing(PowerFault fault, String reason) {
        stage.power.fault(h1, fault);
        world.silence(h1, true);
        stage.start();
        stage.lose(h1);

        stage.awaitState(h1, "NEEDS_OPERATOR");

        assertThat(stage.newest(h1).reason()).contains("force-down --fenced").contains(reason);
        assertThat(stage.hostFacts(h1)).contains("host.needs-operator", "host.fence-failed");
        assertThat(stage.facts(a)).contains("instance.needs-operator").doesNotContain("instance.evacuating");
        assertThat(world.starts()).isZero();
        assertThat(world.runsOn(a)).containsExactly(h1);

        // The device is repaired: the slow retry finds it without anybody asking.
        stage.power.fault(h1, new PowerFault.None());
        stage.awaitState(h1, "RECOVERED");
        assertThat(world.runsOn(a)).hasSize(1).doesNotContain(h1);
    }

    @Test
    void takesTheWordOfWhoIsolatedAHostWhoseBmcIsDead() {
        stage.power.losePower(h1);
        stage.power.fault(h1, new PowerFault.Dead());
        stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "NEEDS_OPERATOR");

        stage.engine.forceDown(h1, Stage.OPERATOR, true, "pulled the plug");

        stage.awaitState(h1, "RECOVERED");
        assertThat(stage.newest(h1).proof()).contains("CALLER_STATES_FENCED").contains("monitor-7");
        assertThat(world.runsOn(a)).hasSize(1);
    }

    @Test
    void forceDownStartsRecoveryAtOnceAndStillFences() {
        stage.start();
        stage.engine.forceDown(h1, Stage.OPERATOR, false, "smoke");

        assertThat(stage.newest(h1).host()).isEqualTo(h1);
        stage.awaitState(h1, "RECOVERED");
        assertThat(stage.newest(h1).proof()).contains("POWER_READ_OFF");
        assertThat(stage.kinds(h1)).contains("force-down-asked", "fence-proven");
        assertThat(stage.power.hasPower(h1)).isFalse();

        // Repeating it changes nothing.
        stage.engine.forceDown(h1, Stage.OPERATOR, false, "smoke");
        assertThat(stage.cases.list(h1, null, 10)).hasSize(1);
    }

    @Test
    void forceDownOfAHostThatNobodyKnowsIsNotFound() {
        stage.start();
        assertThatThrownBy(() -> stage.engine.forceDown(HostId.of("h9"), Stage.OPERATOR, false, ""))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.NOT_FOUND));
    }

    @Test
    void waitsWithEachHostsReasonWhenThereIsNoRoomAndGoesOnWhenThereIs() {
        world.capacity(h2, 512);
        world.capacity(h3, 512);
        stage.power.losePower(h1);
        stage.start();
        stage.lose(h1);

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(stage.line(h1, a).reason())
                        .contains("no valid host")
                        .contains("h2: needs 1024 MiB, 512 MiB free"));
        stage.awaitInstance(h1, a, "NEEDS_OPERATOR");
        assertThat(stage.facts(a)).contains("instance.needs-operator");

        world.capacity(h2, 16_384);
        stage.awaitState(h1, "RECOVERED");
        assertThat(world.runsOn(a)).containsExactly(h2);
    }

    @Test
    void triesAnotherHostOnlyAfterTheFirstHasConfirmedThatItIsNotThere() {
        world.failStarts(h2, true);
        world.capacity(h3, 15_000);
        stage.power.losePower(h1);
        stage.start();
        stage.lose(h1);

        stage.awaitState(h1, "RECOVERED");

        assertThat(world.runsOn(a)).containsExactly(h3);
        assertThat(world.runsOn(b)).containsExactly(h3);
        assertThat(stage.kinds(h1)).contains("instance-retry");
        assertThat(world.find(a).orElseThrow().generation().value()).isEqualTo(4);
    }

    @Test
    void waitsForADestinationThatDoesNotAnswerAndLetsItsOwnCaseGoOn() {
        world.capacity(h3, 1024);
        InstanceId filler = world.instance("filler", h3, RecoveryPolicy.NONE);
        stage.settings = withShare(1.0);
        stage.power.losePower(h1);
        world.silence(h2, true);
        stage.start();
        stage.lose(h1);

        stage.awaitInstance(h1, a, "SILENT");
        assertThat(world.runsOn(a)).isEmpty();

        world.capacity(h3, 16_384);
        stage.power.losePower(h2);
        stage.lose(h2);

        stage.awaitState(h2, "RECOVERED");
        stage.awaitState(h1, "RECOVERED");
        assertThat(stage.line(h1, a).state()).isIn("SUPERSEDED", "RUNNING");
        assertThat(world.runsOn(a)).containsExactly(h3);
        assertThat(world.runsOn(filler)).containsExactly(h3);
    }

    @Test
    void aHostThatReturnsIsToldWhatItOwnsAndServesAgain() {
        // Isolated by word while its guests run on: the worst that can come back.
        world.silence(h1, true);
        stage.start();
        stage.engine.forceDown(h1, Stage.OPERATOR, true, "believed");
        stage.awaitState(h1, "RECOVERED");
        // The operator was wrong, so this one violation is theirs and not ours.
        assertThat(world.violations()).allMatch(text -> text.startsWith("S1"));
        stage.engine.clearForceDown(h1, Stage.OPERATOR);

        world.silence(h1, false);
        stage.join(h1, "boot-2");

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(stage.hostFacts(h1)).contains("host.returned"));
        assertThat(world.find(h1).orElseThrow().state()).isEqualTo(HostState.SERVING);
        assertThat(world.find(h1).orElseThrow().incarnation().value()).isEqualTo(2);
        assertThat(world.runsOn(a)).hasSize(1).doesNotContain(h1);
        assertThat(world.runsOn(watched)).containsExactly(h1);
        assertThat(stage.kinds(h1)).contains("host-returned", "host-admitted");
        world.forgiveOperatorsWord();
    }

    @Test
    void aHostThatReturnsBeforeAnythingWasProvenIsPardonedAndKeepsItsInstances() {
        stage.power.fault(h1, new PowerFault.Dead());
        world.silence(h1, true);
        stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "NEEDS_OPERATOR");

        world.silence(h1, false);
        stage.join(h1, "boot-1");

        stage.awaitState(h1, "PARDONED");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> world.find(h1).orElseThrow().state() == HostState.SERVING);
        assertThat(world.runsOn(a)).containsExactly(h1);
        assertThat(world.starts()).isZero();
    }

    @Test
    void aHostThatWasNeverAwayIsPardonedWhenTheWordAgainstItIsTakenBack() {
        stage.power.fault(h1, new PowerFault.Dead());
        stage.start();
        stage.join(h1, "boot-1");
        stage.engine.forceDown(h1, Stage.OPERATOR, false, "a mistake");
        stage.awaitState(h1, "NEEDS_OPERATOR");

        stage.engine.clearForceDown(h1, Stage.OPERATOR);

        stage.awaitState(h1, "PARDONED");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> world.find(h1).orElseThrow().state() == HostState.SERVING);
        assertThat(world.runsOn(a)).containsExactly(h1);
        assertThat(world.starts()).isZero();
    }

    @Test
    void movesNothingToAHostThatTookItsLeave() {
        stage.start();
        stage.engine.onMembership(new MembershipEvent.Left(h2, Instant.now()));
        stage.power.losePower(h1);
        stage.lose(h1);
        stage.awaitState(h1, "RECOVERED");
        assertThat(world.runsOn(a)).containsExactly(h3);
    }

    @Test
    void aNewHostIsAdmittedWithoutACase() {
        stage.start();
        HostId h4 = world.host("h4");
        stage.join(h4, "boot-9");
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(world.find(h4).orElseThrow().state()).isEqualTo(HostState.SERVING);
            assertThat(stage.hostFacts(h4)).contains("host.joined");
        });
        assertThat(stage.cases.list(h4, null, 1)).isEmpty();
    }

    @Test
    void holdsTheSecondHostUntilItsPowerReadsOff() {
        stage.power.fault(h1, new PowerFault.Dead());
        stage.power.losePower(h2);
        stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "NEEDS_OPERATOR");
        stage.lose(h2);
        stage.awaitState(h2, "HELD");
        assertThat(stage.newest(h2).reason()).contains("broken network");
        assertThat(world.find(h2).orElseThrow().state()).isEqualTo(HostState.SERVING);
        await().untilAsserted(() -> assertThat(stage.hostFacts(h2)).contains("host.held", "host.needs-operator"));

        stage.loseWithPowerOff(h2);
        stage.awaitState(h2, "RECOVERED");
    }

    @Test
    void evacuatesOnRequestWhatOnlyNotifies() {
        stage.power.losePower(h1);
        stage.start();
        assertThat(stage.engine.evacuate(watched, null, false, Stage.OPERATOR))
                .isInstanceOf(Recovery.EvacuationAnswer.HostNotDown.class);
        assertThat(stage.engine.evacuate(World.id("nobody"), null, false, Stage.OPERATOR))
                .isInstanceOf(Recovery.EvacuationAnswer.NotFound.class);
        stage.lose(h1);
        stage.awaitState(h1, "RECOVERED");

        assertThat(stage.engine.evacuate(watched, h3, false, Stage.OPERATOR))
                .isEqualTo(
                        new Recovery.EvacuationAnswer.Accepted(stage.newest(h1).id()));

        await().atMost(Duration.ofSeconds(10)).until(() -> world.runsOn(watched).equals(List.of(h3)));
        stage.awaitState(h1, "RECOVERED");
        world.ownerStops(plain);
        assertThat(stage.engine.evacuate(plain, null, false, Stage.OPERATOR))
                .isInstanceOf(Recovery.EvacuationAnswer.Conflict.class);
    }

    @Test
    void anEvacuationAskedForBeforeTheProofHappensAfterIt() {
        stage.power.losePower(h1);
        stage.power.fault(h1, new PowerFault.Dead());
        stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "NEEDS_OPERATOR");

        assertThat(stage.engine.evacuate(plain, null, false, Stage.OPERATOR))
                .isInstanceOf(Recovery.EvacuationAnswer.Accepted.class);
        assertThat(world.starts()).isZero();

        stage.power.fault(h1, new PowerFault.None());
        stage.engine.retry(stage.newest(h1).id(), Stage.OPERATOR);
        stage.awaitState(h1, "RECOVERED");
        assertThat(world.runsOn(plain)).hasSize(1);
    }

    @Test
    void nothingLeavesWhileTheDatabaseIsAwayAndEverythingGoesOnAfter() {
        FlakyJournal flaky = new FlakyJournal(stage.cases);
        stage.journal = flaky;
        stage.power.losePower(h1);
        stage.start();
        stage.suspect(h1);
        flaky.away(true);
        world.databaseAway(true);
        stage.lose(h1);
        stage.suspect(h2);
        await().until(() -> !stage.engine.trouble().isEmpty());
        assertThat(stage.fenceJournal.history(h1, 10)).isEmpty();

        flaky.away(false);
        world.databaseAway(false);
        stage.awaitState(h1, "RECOVERED");
        assertThat(stage.engine.trouble()).isEmpty();
        assertThat(world.runsOn(a)).hasSize(1);
    }

    @Test
    void whatALeaderCouldNotWriteIsNoTroubleOnceItsLeaseHasEnded() {
        FlakyJournal flaky = new FlakyJournal(stage.cases);
        stage.journal = flaky;
        stage.start();
        stage.suspect(h1);
        flaky.away(true);
        stage.lose(h1);
        stage.suspect(h1);
        await().until(() -> !stage.engine.trouble().isEmpty());

        stage.leader.set(Optional.empty());

        await().atMost(Duration.ofSeconds(10))
                .until(() -> stage.engine.trouble().isEmpty());
    }

    @Test
    void aWriteWhoseAnswerWasLostIsRecognised() {
        FlakyJournal flaky = new FlakyJournal(stage.cases);
        flaky.loseAnswers(true);
        stage.journal = flaky;
        stage.power.losePower(h1);
        stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "RECOVERED");
        assertThat(world.runsOn(a)).hasSize(1);
        assertThat(stage.facts(a)).doesNotHaveDuplicates();
    }

    @Test
    void doesNothingWithoutLeadershipAndGoesOnWhenElected() {
        stage.leader.set(Optional.empty());
        stage.power.losePower(h1);
        stage.start();
        stage.suspect(h1);
        stage.lose(h1);
        assertThat(stage.told).isEmpty();
        assertThatThrownBy(() -> stage.engine.forceDown(h1, Stage.OPERATOR, true, ""))
                .isInstanceOf(RecoveryUnavailable.class);
        assertThat(stage.cases.list(null, null, 10)).isEmpty();

        stage.leader.set(Optional.of(LeaderEpoch.of(2)));
        stage.engine.onLeadershipChanged();
        stage.lose(h1);
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            stage.lose(h1);
            return stage.cases.newest(h1).isPresent();
        });
        stage.awaitState(h1, "RECOVERED");
    }

    @Test
    void theOlderOfTwoLeadersStopsActing() {
        stage.power.fault(h1, new PowerFault.Dead());
        world.silence(h1, true);
        RecoveryEngine old = stage.start();
        stage.lose(h1);
        stage.awaitState(h1, "NEEDS_OPERATOR");

        var newLeader = new java.util.concurrent.atomic.AtomicReference<>(Optional.of(LeaderEpoch.of(2)));
        RecoveryEngine young = stage.engine(newLeader);
        try (young) {
            young.start();
            await().until(() -> stage.cases.write(World.SEGMENT, LeaderEpoch.of(1), List.of(), List.of())
                    == CaseJournal.Outcome.STALE_LEADER);
            stage.power.fault(h1, new PowerFault.None());
            stage.awaitState(h1, "RECOVERED");
            stage.lose(h2);
            await().atMost(Duration.ofSeconds(10)).until(() -> old.trouble().contains("deposed"));
            stage.leader.set(Optional.empty());
            await().atMost(Duration.ofSeconds(10)).until(() -> old.trouble().isEmpty());
            assertThat(stage.cases.newest(h2)).isEmpty();
        }
        assertThat(world.runsOn(a)).hasSize(1);
    }

    private static RecoverySettings withShare(double share) {
        RecoverySettings s = Stage.quick();
        return new RecoverySettings(
                s.fenceAttempts(),
                s.fenceDeadline(),
                s.fenceBackoff(),
                s.operatorRetry(),
                s.maxFencesInFlight(),
                share,
                s.holdRecheck(),
                s.holdEscalation(),
                s.startAttempts(),
                s.startTimeout(),
                s.retryBackoff(),
                s.replanInterval(),
                Duration.ofSeconds(60),
                s.maxStartsPerDestination(),
                s.maxStartsTotal(),
                s.callDeadline(),
                s.callBackoff(),
                s.scanInterval(),
                s.guards(),
                s.proofs(),
                s.unfence(),
                s.instances());
    }
}
