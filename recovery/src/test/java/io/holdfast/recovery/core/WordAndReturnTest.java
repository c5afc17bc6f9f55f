package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody stated that a host is isolated, and it is seen again before that has become a proof. */
class WordAndReturnTest {

    private static final Actor OPERATOR = new Actor("ann", "cli");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private CaseState state = CaseMachine.open(
                    new CaseMachine.Opening(
                            CaseId.of(new UUID(7, 7)),
                            SegmentId.of("s"),
                            HostId.of("h1"),
                            HostEpoch.ZERO,
                            "lost",
                            List.of(),
                            null,
                            false,
                            null,
                            new CaseEvent.HoldReviewed(false, "host-maintenance: new fans"),
                            List.of(),
                            List.of(),
                            List.of()),
                    now,
                    RecoverySettings.defaults())
            .next();

    @BeforeEach
    void itIsStatedToBeIsolated() {
        after(new CaseEvent.WordGiven(OPERATOR, true, "pulled the plug"));
        after(new CaseEvent.HoldReviewed(true, ""));
        assertThat(state.phase()).isInstanceOf(Phase.Condemned.class);
    }

    @Test
    void theWordOfAHostThatStaysAwayIsAccepted() {
        after(new CaseEvent.StoreCondemned());
        assertThat(state.phase()).isInstanceOf(Phase.Confirming.class);
    }

    @Test
    void aHostThatWasSeenSinceIsAskedForItsPowerInstead() {
        after(new CaseEvent.HostReturned("it has a lease again"));
        assertThat(after(new CaseEvent.StoreCondemned()).commands())
                .hasAtLeastOneElementOfType(CaseCommand.Fence.class)
                .doesNotHaveAnyElementsOfTypes(CaseCommand.AcceptWord.class);
        assertThat(state.phase()).isInstanceOf(Phase.Fencing.class);
    }

    @Test
    void aWordThatIsBeingAcceptedWhenTheHostIsSeenProvesNothing() {
        after(new CaseEvent.StoreCondemned());
        after(new CaseEvent.HostReturned("it has a lease again"));
        assertThat(state.phase()).isInstanceOf(Phase.Condemned.class);
        after(new CaseEvent.WordAccepted(new Phase.Proof("CALLER_STATES_FENCED", "ann", now)));
        assertThat(state.proof()).isNull();
        after(new CaseEvent.StoreCondemned());
        assertThat(state.phase()).isInstanceOf(Phase.Fencing.class);
    }

    @Test
    void takenBackAtOnceItHarmsNobody() {
        after(new CaseEvent.StoreCondemned());
        after(new CaseEvent.HostReturned("its signals are good"));
        after(new CaseEvent.WordTakenBack(OPERATOR));
        assertThat(after(new CaseEvent.StoreCondemned()).commands())
                .doesNotHaveAnyElementsOfTypes(CaseCommand.Fence.class);
        assertThat(state.phase()).isInstanceOf(Phase.Pardoning.class);
    }

    @Test
    void whoIsolatesItAgainAndSaysSoIsHeard() {
        after(new CaseEvent.HostReturned("it has a lease again"));
        after(new CaseEvent.StoreCondemned());
        after(new CaseEvent.WordGiven(OPERATOR, true, "pulled both plugs"));
        assertThat(state.phase()).isInstanceOf(Phase.Confirming.class);
    }

    private CaseStep after(CaseEvent event) {
        now = now.plusSeconds(1);
        CaseStep step = CaseMachine.step(state, event, now, RecoverySettings.defaults());
        state = step.next();
        return step;
    }
}
