package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.Actor;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators order, and what the guards hold, on the real engine in a time of our own. */
class OperatorVerbsTest {

    private static final Actor ANN = new Actor("ann", "cli");

    private final VirtualStage stage = new VirtualStage(
            RecoverySettings.defaults().with(wellAgainAfter(Duration.ofMinutes(30))), UnaryOperator.identity());
    private final World world = stage.world;
    private final HostId h1 = stage.h1;
    private final HostId h2 = stage.h2;
    private final HostId h3 = stage.h3;

    private static GuardSettings wellAgainAfter(Duration healthyPeriod) {
        GuardSettings g = GuardSettings.defaults();
        return new GuardSettings(
                g.domainShare(),
                g.domainWindow(),
                g.fencesPerWindow(),
                g.fenceWindow(),
                g.stormHolds(),
                g.stormWindow(),
                g.coolDown(),
                g.flapLimit(),
                g.flapWindow(),
                healthyPeriod);
    }

    @AfterEach
    void nothingRanTwice() {
        stage.assertSafe();
        stage.close();
    }

    // ---- the operator's word

    @Test
    void aHostConfirmedDeadIsProvenByThatWordAndTheJournalSaysWhoAndWhy() {
        InstanceId a = world.instance("a", h1);
        stage.power.fault(h1, new PowerFault.Dead());
        world.silence(h1, true);
        world.power(h1, PowerState.OFF);
        stage.lose(h1);
        stage.until(() -> stage.in(h1, "NEEDS_OPERATOR"));

        stage.call(() -> stage.engine.confirmDead(h1, ANN, "the board is burnt", Set.of()));
        stage.until(() -> stage.in(h1, "RECOVERED"));

        FenceJournal.Entry proof = stage.fenceJournal.history(h1, 100).stream()
                .filter(entry -> entry.act().equals(FenceJournal.PROOF))
                .findFirst()
                .orElseThrow();
        assertThat(proof.result()).isEqualTo("OPERATOR_CONFIRMED");
        assertThat(proof.actor()).isEqualTo(ANN.toString());
        assertThat(proof.evidence()).contains("confirms that the host is dead", "the board is burnt");
        assertThat(kinds(h1)).contains("confirmed-dead", "fence-proven");
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
        assertThat(world.find(h1).orElseThrow().forcedDown())
                .as("it may serve again when it returns")
                .isFalse();
    }

    @Test
    void theWordIsRefusedWhileASignalSaysThatTheHostLivesUnlessThatOneIsNamed() {
        world.instance("a", h1);
        stage.signs.put(
                h1,
                List.of(
                        new SignsOfLife.Sign("probe", "refuses connections: the kernel lives"),
                        new SignsOfLife.Sign("power", "power on")));
        assertThatThrownBy(() -> stage.engine.confirmDead(h1, ANN, "looks dead", Set.of()))
                .hasMessageContaining("probe (refuses connections")
                .hasMessageContaining("power (power on)");
        assertThatThrownBy(() -> stage.engine.confirmDead(h1, ANN, "looks dead", Set.of("power")))
                .hasMessageContaining("probe")
                .hasMessageNotContaining("power (power on)");
        assertThatThrownBy(() -> stage.engine.confirmDead(h1, ANN, " ", Set.of("power", "probe")))
                .hasMessageContaining("needs a reason");
        assertThatThrownBy(() -> stage.engine.confirmDead(h1, ANN, "x", Set.of("all")))
                .hasMessageContaining("there is no signal all");
        assertThat(stage.cases.newest(h1)).isEmpty();

        world.power(h1, PowerState.OFF);
        stage.call(() -> stage.engine.confirmDead(h1, ANN, "meter is wrong", Set.of("power", "probe")));
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(stage.newest(h1).proof().evidence()).contains("overridden: probe (refuses", "power (power on)");
    }

    // ---- disarmed

    @Test
    void aFrozenSegmentHoldsWhatFailsAndGoesOnWhenItIsArmedAgain() {
        InstanceId a = world.instance("a", h1);
        order(Armed.FREEZE, "moving racks");
        stage.power.losePower(h1);
        stage.loseWithPowerOff(h1);
        stage.pass(Duration.ofMinutes(3));

        assertThat(stage.in(h1, "HELD")).isTrue();
        assertThat(((Phase.Held) stage.newest(h1).phase()).reason())
                .startsWith("disarmed: ")
                .contains("moving racks");
        stage.forceDown(h1, true, "off by hand");
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.in(h1, "HELD")).as("not even a word passes").isTrue();

        order(Armed.ARMED, "done");
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
        assertThat(kinds(h1)).containsSubsequence("held", "hold-ended", "condemned", "fence-proven");
    }

    @Test
    void aCaseThatIsUnderWayStandsStillInAFrozenSegmentAndOverAChangeOfTheLeader() {
        InstanceId a = world.instance("a", h1);
        stage.power.fault(h1, new PowerFault.Dead());
        world.silence(h1, true);
        world.power(h1, PowerState.OFF);
        stage.lose(h1);
        stage.until(() -> stage.in(h1, "FENCE_BACKOFF"));
        order(Armed.FREEZE, "moving racks");
        stage.power.fault(h1, new PowerFault.None());
        stage.pass(Duration.ofMinutes(5));
        assertThat(stage.in(h1, "FENCE_BACKOFF")).isTrue();
        stage.restart();
        stage.pass(Duration.ofMinutes(5));
        assertThat(stage.in(h1, "FENCE_BACKOFF")).isTrue();
        assertThat(kinds(h1)).contains("frozen");

        order(Armed.ARMED, "done");
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
        assertThat(kinds(h1)).contains("goes-on");
    }

    @Test
    void aSegmentThatIgnoresNotesTheVerdictOnceAndJudgesAgainWhenItIsArmed() {
        InstanceId a = world.instance("a", h1);
        order(Armed.IGNORE, "tests of the power");
        stage.power.losePower(h1);
        for (int i = 0; i < 3; i++) {
            stage.loseWithPowerOff(h1);
            stage.pass(Duration.ofSeconds(5));
        }
        assertThat(stage.cases.newest(h1)).isEmpty();
        assertThat(stage.engine.notes(h1, 10)).extracting(OrderBook.Note::kind).containsExactly("ignored");
        assertThat(stage.engine.notes(h1, 10).getFirst().text()).contains("tests of the power", "its power reads off");
        assertThatThrownBy(() -> stage.engine.forceDown(h1, ANN, false, "really"))
                .hasMessageContaining("disarmed (ignore)");
        assertThatThrownBy(() -> stage.engine.confirmDead(h1, ANN, "really", Set.of()))
                .hasMessageContaining("disarmed (ignore)");
        assertThat(world.find(h1).orElseThrow().forcedDown()).isFalse();

        order(Armed.ARMED, "done");
        // Membership repeats what nobody acknowledged.
        stage.loseWithPowerOff(h1);
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
    }

    // ---- maintenance

    @Test
    void aHostInMaintenanceIsHeldEvenWithoutPowerAndTheHoldEndsWithTheMaintenance() {
        InstanceId a = world.instance("a", h1);
        stage.call(() -> stage.engine.maintenance(h1, true, ANN, "new memory"));
        assertThat(world.find(h1).orElseThrow().takesClaims()).isFalse();
        stage.power.losePower(h1);
        stage.loseWithPowerOff(h1);
        stage.pass(Duration.ofMinutes(2));
        assertThat(((Phase.Held) stage.newest(h1).phase()).reason())
                .startsWith("host-maintenance: ")
                .contains("new memory");
        assertThat(facts("host/h1")).contains("host.held", "host.maintenance", "host.needs-operator");

        stage.call(() -> stage.engine.maintenance(h1, false, ANN, ""));
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
    }

    @Test
    void aHostThatIsBackFromMaintenanceWasNeverTouched() {
        InstanceId a = world.instance("a", h1);
        stage.call(() -> stage.engine.maintenance(World.SEGMENT, true, ANN, "new switch"));
        stage.lose(h1);
        stage.pass(Duration.ofSeconds(20));
        assertThat(((Phase.Held) stage.newest(h1).phase()).reason()).startsWith("segment-maintenance: ");
        stage.join(h1, "boot-1");
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.in(h1, "PARDONED")).isTrue();
        assertThat(world.runsOn(a)).containsExactly(h1);
        assertThat(stage.fenceJournal.history(h1, 10)).isEmpty();
    }

    // ---- failure domains, storms

    @Test
    void aRackThatFallsSilentAsAWholeIsHeldAndAHostOfItWhosePowerReadsOffIsNot() {
        HostId h4 = world.host("h4");
        HostId h5 = world.host("h5");
        HostId h6 = world.host("h6");
        FailureDomains rack = new FailureDomains(Map.of("rack", "r1"));
        List.of(h1, h2).forEach(host -> world.domains(host, rack));
        world.instance("a", h1);
        List.of(h1, h2).forEach(stage::suspect);
        List.of(h1, h2).forEach(stage::lose);
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.in(h1, "HELD")).isTrue();
        assertThat(stage.in(h2, "HELD")).isTrue();
        assertThat(((Phase.Held) stage.newest(h1).phase()).reason())
                .startsWith("failure-domain: 2 of 2 hosts of rack r1 (h1, h2)");
        assertThat(List.of(h4, h5, h6)).hasSize(3);

        stage.power.losePower(h1);
        stage.loseWithPowerOff(h1);
        stage.until(() -> stage.in(h1, "RECOVERED"));
        assertThat(kinds(h1)).containsSubsequence("held", "power-read-off", "hold-ended", "condemned");
    }

    @Test
    void aHeldCaseHearsLaterThatThePowerOfItsHostIsOff() {
        FailureDomains rack = new FailureDomains(Map.of("rack", "r1"));
        List.of(h1, h2).forEach(host -> world.domains(host, rack));
        InstanceId a = world.instance("a", h1);
        List.of(h1, h2).forEach(stage::suspect);
        List.of(h1, h2).forEach(stage::lose);
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.in(h1, "HELD")).isTrue();

        stage.power.losePower(h1);
        stage.readOff(h1);
        stage.readOff(h1);
        stage.until(() -> stage.in(h1, "RECOVERED"));

        assertThat(kinds(h1)).containsSubsequence("held", "power-read-off", "hold-ended", "condemned");
        assertThat(kinds(h1)).as("told twice, noted once").containsOnlyOnce("power-read-off");
        assertThat(world.runsOn(a)).isNotEmpty().doesNotContain(h1);
        assertThat(stage.in(h2, "HELD")).as("nothing was read of its neighbour").isTrue();

        stage.readOff(h1);
        stage.readOff(h3);
        stage.pass(Duration.ofSeconds(10));
        assertThat(stage.in(h1, "RECOVERED")).isTrue();
        assertThat(stage.cases.newest(h3)).as("it makes no case").isEmpty();
    }

    // ---- back in time

    @Test
    void aHostThatComesBackWhileItsPowerIsBeingReadIsNotSwitchedOffAndItsCaseEndsWithoutHarm() {
        InstanceId a = world.instance("a", h1);
        stage.settle();
        stage.suspect(h1);
        stage.lose(h1);
        stage.whenFenceBegins = () -> {
            stage.join(h1, "boot-2");
            stage.owner();
        };
        stage.until(() -> stage.in(h1, "PARDONED"));
        stage.pass(Duration.ofMinutes(1));

        assertThat(kinds(h1)).containsSubsequence("fence-sent", "host-returned", "fence-failed", "resolved");
        assertThat(stage.fenceJournal.history(h1, 10))
                .as("its power was read, and not cut")
                .noneMatch(entry -> entry.act().equals(FenceJournal.PROOF))
                .anyMatch(entry -> entry.evidence().contains("the host is back; the power was not cut"));
        assertThat(world.runsOn(a)).containsExactly(h1);
    }

    // ---- flapping

    @Test
    void aHostThatFailedThriceTakesNoClaimsUntilSomebodyReleasesIt() {
        failThrice();
        assertThat(world.find(h1).orElseThrow().takesClaims()).isFalse();
        assertThat(world.find(h1).orElseThrow().quarantine()).startsWith("flapping: it failed 3 times");
        assertThat(stage.engine.notes(h1, 10)).extracting(OrderBook.Note::kind).contains("quarantined");
        assertThat(kinds(h1)).contains("quarantined");
        assertThatThrownBy(() -> stage.engine.release(h2, ANN)).hasMessageContaining("not in quarantine");

        stage.call(() -> stage.engine.release(h1, ANN));
        assertThat(world.find(h1).orElseThrow().takesClaims()).isTrue();
        assertThat(stage.engine.notes(h1, 10).getFirst().text()).contains("released from quarantine by ann");
    }

    @Test
    void aQuarantineOutlivesTheLeaderAndEndsWhenTheHostWasWellForLong() {
        failThrice();
        stage.restart();
        stage.join(h1, "boot-4");
        stage.pass(Duration.ofMinutes(20));
        stage.suspect(h1);
        stage.clear(h1);
        stage.pass(Duration.ofMinutes(20));
        assertThat(world.find(h1).orElseThrow().quarantine())
                .as("it was suspected in between")
                .isNotNull();
        stage.pass(Duration.ofMinutes(15));
        assertThat(world.find(h1).orElseThrow().quarantine()).isNull();
        assertThat(stage.engine.notes(h1, 10).getFirst().kind()).isEqualTo("released");
    }

    private void failThrice() {
        for (int i = 1; i <= 3; i++) {
            stage.power.losePower(h1);
            stage.loseWithPowerOff(h1);
            int failures = i;
            stage.until(() -> stage.cases.list(h1, null, 10).size() == failures && stage.in(h1, "RECOVERED"));
            assertThat(world.find(h1).orElseThrow().quarantine()).isNull();
            stage.power.restorePower(h1);
            stage.join(h1, "boot-" + (i + 1));
            stage.pass(Duration.ofSeconds(30));
        }
    }

    // ---- giving up

    @Test
    void aCaseThatIsGivenUpLeavesTheHostCondemnedAndItsInstancesWhereTheyAre() {
        InstanceId a = world.instance("a", h1);
        stage.power.fault(h1, new PowerFault.Dead());
        world.silence(h1, true);
        stage.lose(h1);
        stage.until(() -> stage.in(h1, "FENCING"));
        assertThatThrownBy(() -> abandon(h1))
                .hasRootCauseMessage("case " + stage.newest(h1).id()
                        + " cannot be given up now: an attempt to isolate the host is under way, and its answer"
                        + " decides; ask again after it");
        stage.until(() -> stage.in(h1, "NEEDS_OPERATOR"));
        abandon(h1);
        stage.pass(Duration.ofMinutes(10));

        assertThat(stage.in(h1, "ABANDONED")).isTrue();
        assertThat(world.find(h1).orElseThrow().state().name()).isEqualTo("CONDEMNED");
        assertThat(world.find(a).orElseThrow().home()).isEqualTo(h1);
        assertThat(world.starts()).isZero();
        assertThatThrownBy(() -> stage.engine.abandon(stage.newest(h1).id(), ANN, "again"))
                .hasMessageContaining("closed already");

        // The host returns by itself: it serves again, with what it had.
        world.silence(h1, false);
        stage.join(h1, "boot-1");
        stage.pass(Duration.ofSeconds(10));
        assertThat(world.find(h1).orElseThrow().takesClaims()).isTrue();
        assertThat(world.runsOn(a)).containsExactly(h1);
    }

    private void abandon(HostId host) {
        stage.call(() -> stage.engine.abandon(stage.newest(host).id(), ANN, "scrapped"));
    }

    // ---- back before the fence

    @Test
    void anOrderToFenceThatWaitsForItsTurnIsNotSentToAHostThatIsBack() {
        InstanceId a = world.instance("a", h1);
        stage.lose(h1);
        stage.until(() -> stage.in(h1, "FENCING"));
        // The order is with the workers and has not left; the host is heard again.
        stage.join(h1, "boot-1");
        stage.owner();
        stage.pass(Duration.ofSeconds(30));

        assertThat(stage.in(h1, "PARDONED")).isTrue();
        assertThat(stage.fenceJournal.history(h1, 10)).isEmpty();
        assertThat(world.runsOn(a)).containsExactly(h1);
        assertThat(stage.cases.timeline(stage.newest(h1).id()))
                .extracting(CaseView.Entry::text)
                .anyMatch(text -> text.contains("the order was not sent: the host is back"));
    }

    // ---- said goodbye

    @Test
    void aHostThatSaidGoodbyeIsToldOfAndNoCaseIsOpened() {
        world.instance("a", h1);
        stage.engine.onMembership(new io.holdfast.membership.MembershipEvent.Left(h1, stage.now()));
        stage.pass(Duration.ofMinutes(1));
        assertThat(stage.cases.newest(h1)).isEmpty();
        assertThat(facts("host/h1")).containsExactly("host.left");
        assertThat(stage.engine.notes(h1, 10)).extracting(OrderBook.Note::kind).containsExactly("left");
    }

    @Test
    void anObserverThatDoubtsItselfIsNotedAtTheHost() {
        stage.engine.onMembership(new io.holdfast.membership.MembershipEvent.Held(
                h1, "this controller is alone in its group", List.of(), stage.now()));
        stage.pass(Duration.ofSeconds(2));
        assertThat(stage.engine.notes(h1, 10).getFirst().text())
                .isEqualTo("observer: this controller is alone in its group");
    }

    // ---- what if

    @Test
    void whatIfTellsWhoWouldBeFencedHowAndWhereEachInstanceWouldGoAndTouchesNothing() {
        InstanceId a = world.instance("a", h1);
        InstanceId b = world.instance("b", h2);
        WhatIf[] answer = new WhatIf[1];
        stage.call(() -> answer[0] = stage.engine.whatIf(List.of(h1), false));
        WhatIf.HostPlan plan = answer[0].hosts().getFirst();
        assertThat(plan.decision()).isEqualTo("condemned");
        assertThat(plan.fencing()).hasSize(2);
        assertThat(plan.fencing().getFirst()).startsWith("level 1 of 1: simulated power of h1: power off is ordered");
        assertThat(plan.fencing().getLast()).startsWith("a human: after 3 attempts of at most 15 s");
        assertThat(plan.guards()).hasSize(8);
        assertThat(plan.instances()).hasSize(1);
        assertThat(plan.instances().getFirst().instance()).isEqualTo(a);
        assertThat(plan.instances().getFirst().to()).isIn(h2, h3);

        stage.call(() -> answer[0] = stage.engine.whatIf(List.of(h1, h2, h3), false));
        assertThat(answer[0].hosts())
                .extracting(WhatIf.HostPlan::decision)
                .containsExactly("condemned", "held", "held");
        assertThat(answer[0].hosts().get(1).reason()).startsWith("segment-share: ");
        WhatIf.InstancePlan stuck = answer[0].hosts().get(1).instances().getFirst();
        assertThat(stuck.instance()).isEqualTo(b);
        assertThat(stuck.to()).isNull();
        assertThat(stuck.reason()).contains("h1", "h3");

        stage.call(() -> answer[0] = stage.engine.whatIf(List.of(h1, h2), true));
        assertThat(answer[0].hosts())
                .allSatisfy(each -> assertThat(each.decision()).isEqualTo("condemned"))
                .allSatisfy(each -> assertThat(each.instances().getFirst().to()).isEqualTo(h3));

        assertThat(stage.cases.list(null, null, 10)).isEmpty();
        assertThat(stage.cases.facts()).isEmpty();
        assertThat(stage.fenceJournal.history(h1, 10)).isEmpty();
        assertThat(world.starts()).isZero();
        assertThatThrownBy(() -> stage.engine.whatIf(List.of(), false)).hasMessageContaining("at least one host");
        assertThatThrownBy(() -> stage.engine.whatIf(List.of(HostId.of("h9")), false))
                .hasMessageContaining("no host h9");
    }

    private void order(Armed mode, String reason) {
        stage.call(() -> stage.engine.arm(World.SEGMENT, mode, ANN, reason));
    }

    private List<String> kinds(HostId host) {
        return stage.cases.timeline(stage.newest(host).id()).stream()
                .map(CaseView.Entry::kind)
                .toList();
    }

    private List<String> facts(String subject) {
        return stage.cases.facts().stream()
                .filter(fact -> fact.subject().equals(subject))
                .map(io.holdfast.model.Fact::type)
                .toList();
    }
}
