package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.fencing.sim.PowerFault;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.PowerState;
import io.holdfast.model.RecoveryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Questions to consumers and their answers, through the engine: who may answer what, what is kept, and what another leader finds. */
class SayRequestsTest {

    private static final Actor NFV = new Actor("nfv", "api");

    private final VirtualStage stage = new VirtualStage(VirtualStage.usual(), journal -> journal);
    private final InstanceId pair =
            stage.world.instance("pair", stage.h1, RecoveryPolicy.AUTOMATIC, Map.of(TermsRule.SAY, "60:leave"));
    private final InstanceId other = stage.world.instance("other", stage.h1, RecoveryPolicy.AUTOMATIC);

    @AfterEach
    void close() {
        stage.assertSafe();
        stage.close();
    }

    @Test
    void whoIsAskedWaitsForTheAnswerAndTheOthersDoNot() {
        lose();
        assertThat(stage.world.runsOn(other)).hasSize(1);
        assertThat(stage.world.runsOn(pair)).isEmpty();
        SayView asked = stage.engine.says().getFirst();
        assertThat(asked.instance()).isEqualTo(pair);
        assertThat(asked.state()).isEqualTo("AWAITING_SAY");
        assertThat(asked.otherwise()).isEqualTo(SayAnswer.LEAVE);

        SayView heard = say(SayAnswer.RECOVER, stage.h3, asked.caseId());
        assertThat(heard.answeredBy()).isEqualTo(NFV.toString());
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).containsExactly(stage.h3);
        assertThat(stage.engine.says()).isEmpty();
    }

    @Test
    void theSameAnswerMayComeAgainAndAnotherIsRefusedAlsoWhenTheCaseIsLongClosed() {
        lose();
        CaseId of = stage.newest(stage.h1).id();
        say(SayAnswer.RECOVER, null, of);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
        assertThat(say(SayAnswer.RECOVER, null, of).state()).isEqualTo("RUNNING");
        refused(Kind.CONFLICT, "'recover', by " + NFV, SayAnswer.LEAVE, null, of);
        stage.restart();
        stage.pass(Duration.ofSeconds(2));
        assertThat(say(SayAnswer.RECOVER, null, of).state()).isEqualTo("RUNNING");
        refused(Kind.CONFLICT, "'recover', by " + NFV, SayAnswer.STOPPED, null, of);
    }

    @Test
    void anotherLeaderWaitsForTheSameDeadlineAndNoLonger() {
        lose();
        Instant deadline = Objects.requireNonNull(stage.engine.says().getFirst().deadline());
        stage.pass(Duration.ofSeconds(30));
        stage.restart();
        stage.pass(Duration.ofSeconds(2));
        assertThat(stage.engine.says().getFirst().deadline()).isEqualTo(deadline);

        stage.runUntil(deadline.plusSeconds(1));
        assertThat(stage.newest(stage.h1).move(pair).orElseThrow().state().word())
                .isEqualTo("LEFT");
        assertThat(stage.in(stage.h1, "RECOVERED")).isTrue();
    }

    @Test
    void whatIsLeftIsRecoveredWhenItsOwnerOrdersIt() {
        lose();
        say(SayAnswer.LEAVE, null, null);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).isEmpty();
        assertThat(stage.evacuate("pair", null)).isInstanceOf(Recovery.EvacuationAnswer.Accepted.class);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).hasSize(1);
    }

    @Test
    void anOrderWhileItIsAskedIsCarriedOut() {
        lose();
        assertThat(stage.evacuate("pair", stage.h2)).isInstanceOf(Recovery.EvacuationAnswer.Accepted.class);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).containsExactly(stage.h2);
    }

    @Test
    void whoIsFasterThanTheProofIsHeardAndKept() {
        loseUnproven();
        SayView kept = say(SayAnswer.RECOVER, stage.h2, null);
        assertThat(kept.deadline()).isNull();
        assertThat(kept.reason()).isEqualTo("kept until its host is proven isolated");
        assertThat(say(SayAnswer.RECOVER, stage.h2, null)).isEqualTo(kept);
        stage.forceDown(stage.h1, true, "unplugged");
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).containsExactly(stage.h2);
    }

    @Test
    void aNamedHostThatTakesNothingIsRefusedAndOneWithoutRoomAsksAgain() {
        stage.world.capacity(stage.h3, 512);
        lose();
        refused(Kind.CONFLICT, "host h1 is the one that failed", SayAnswer.RECOVER, stage.h1, null);
        refused(Kind.NOT_FOUND, "no host h9", SayAnswer.RECOVER, HostId.of("h9"), null);
        refused(Kind.INVALID, "a host is named for 'recover' only", SayAnswer.LEAVE, stage.h2, null);
        stage.suspect(stage.h2);
        refused(Kind.CONFLICT, "host h2 is not heard well now", SayAnswer.RECOVER, stage.h2, null);
        stage.clear(stage.h2);

        say(SayAnswer.RECOVER, stage.h3, null);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.engine.says().getFirst().reason()).contains("host h3 cannot have it");
        say(SayAnswer.RECOVER, stage.h2, null);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(pair)).containsExactly(stage.h2);
    }

    @Test
    void whoIsNotAskedCannotAnswer() {
        InstanceId notified =
                stage.world.instance("notified", stage.h1, RecoveryPolicy.NOTIFY, Map.of(TermsRule.SAY, "60"));
        refused(Kind.CONFLICT, "no case asks about it", SayAnswer.RECOVER, null, null);
        loseUnproven();
        refusedOf(notified, "it is not recovered by itself");
        refusedOf(other, "neither it nor its server group says so");
        stage.forceDown(stage.h1, true, "unplugged");
        stage.pass(Duration.ofSeconds(5));
        refusedOf(notified, "nobody is asked about it");
        refusedOf(other, "no case asks about it");
        assertThatThrownBy(() -> stage.engine.say(InstanceId.of(new UUID(5, 5)), SayAnswer.LEAVE, null, null, NFV))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND));
        refused(Kind.CONFLICT, "no case asks about it", SayAnswer.LEAVE, null, CaseId.of(new UUID(5, 5)));
    }

    @Test
    void ofPolicyNotifyIsStartedElsewhereWithTheSameProofWhenItsOwnerAsks() {
        InstanceId notified = stage.world.instance("notified", stage.h1, RecoveryPolicy.NOTIFY);
        assertThat(stage.evacuate("notified", null)).isInstanceOf(Recovery.EvacuationAnswer.HostNotDown.class);
        lose();
        assertThat(stage.world.runsOn(notified)).isEmpty();
        assertThat(stage.evacuate("notified", null)).isInstanceOf(Recovery.EvacuationAnswer.Accepted.class);
        stage.pass(Duration.ofSeconds(5));
        assertThat(stage.world.runsOn(notified)).hasSize(1);
    }

    private void lose() {
        stage.power.losePower(stage.h1);
        stage.lose(stage.h1);
        stage.pass(Duration.ofSeconds(5));
    }

    /** Nobody can tell whether it has power, and a human is called. */
    private void loseUnproven() {
        stage.power.fault(stage.h1, new PowerFault.Dead());
        stage.world.silence(stage.h1, true);
        stage.world.power(stage.h1, PowerState.OFF);
        stage.lose(stage.h1);
        assertThat(stage.until(() -> stage.in(stage.h1, "NEEDS_OPERATOR"))).isTrue();
    }

    private SayView say(SayAnswer answer, @Nullable HostId only, @Nullable CaseId of) {
        AtomicReference<SayView> heard = new AtomicReference<>();
        stage.call(() -> heard.set(stage.engine.say(pair, answer, only, of, NFV)));
        return heard.get();
    }

    private void refused(Kind kind, String words, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of) {
        assertThatThrownBy(() -> stage.call(() -> stage.engine.say(pair, answer, only, of, NFV)))
                .cause()
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words);
    }

    private void refusedOf(InstanceId instance, String words) {
        assertThatThrownBy(() -> stage.call(() -> stage.engine.say(instance, SayAnswer.RECOVER, null, null, NFV)))
                .cause()
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT))
                .hasMessageContaining(words);
    }
}
