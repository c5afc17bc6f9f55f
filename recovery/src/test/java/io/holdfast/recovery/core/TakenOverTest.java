package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whom the next leader calls, although the one before had called them. */
class TakenOverTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();

    @Test
    void aHeldCaseCallsForAHumanOnceForEachLeader() {
        CaseState held = open(new CaseEvent.HoldReviewed(false, "storm"));
        Instant late = NOW.plus(SETTINGS.holdEscalation()).plusSeconds(1);
        CaseStep called = CaseMachine.step(held, new CaseEvent.Tick(), late, SETTINGS);
        assertThat(calls(called)).isEqualTo(1);
        assertThat(calls(CaseMachine.step(called.next(), new CaseEvent.Tick(), late.plusSeconds(60), SETTINGS)))
                .as("the same leader")
                .isZero();
        CaseState taken = CaseMachine.takenOver(called.next());
        assertThat(calls(CaseMachine.step(taken, new CaseEvent.Tick(), late.plusSeconds(60), SETTINGS)))
                .as("the next leader cannot know whether somebody was told that the host is back")
                .isEqualTo(1);
    }

    @Test
    void aHostThatCouldNotBeIsolatedIsCalledForAgainAtTheNextAttempt() {
        CaseState state = open(new CaseEvent.HoldReviewed(true, ""));
        state = CaseMachine.step(state, new CaseEvent.StoreCondemned(), NOW, SETTINGS)
                .next();
        Instant now = NOW;
        long calls = 0;
        for (int attempt = 1; attempt <= SETTINGS.fenceAttempts() + 1; attempt++) {
            CaseStep failed = CaseMachine.step(
                    state, new CaseEvent.FenceFailed(attempt, true, "still on", List.of()), now, SETTINGS);
            calls += calls(failed);
            now = failed.next().nextDeadline();
            state = CaseMachine.step(failed.next(), new CaseEvent.Tick(), now, SETTINGS)
                    .next();
        }
        assertThat(calls).as("one leader").isEqualTo(1);
        CaseState waiting = CaseMachine.step(
                        state,
                        new CaseEvent.FenceFailed(SETTINGS.fenceAttempts() + 2, true, "still on", List.of()),
                        now,
                        SETTINGS)
                .next();
        assertThat(waiting.phase()).isInstanceOf(Phase.NeedsOperator.class);
        CaseState taken = CaseMachine.step(
                        CaseMachine.takenOver(waiting), new CaseEvent.Tick(), waiting.nextDeadline(), SETTINGS)
                .next();
        CaseStep again = CaseMachine.step(
                taken,
                new CaseEvent.FenceFailed(SETTINGS.fenceAttempts() + 3, true, "still on", List.of()),
                waiting.nextDeadline(),
                SETTINGS);
        assertThat(calls(again)).isEqualTo(1);
    }

    private static long calls(CaseStep step) {
        return step.notices().stream()
                .filter(notice -> notice.type().equals("host.needs-operator"))
                .count();
    }

    private static CaseState open(CaseEvent.HoldReviewed review) {
        return CaseMachine.open(
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
                                review,
                                List.of(),
                                List.of(),
                                List.of()),
                        NOW,
                        SETTINGS)
                .next();
    }
}
