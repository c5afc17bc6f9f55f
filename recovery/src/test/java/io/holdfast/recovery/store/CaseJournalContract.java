package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.Instance;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.CaseJournal.Write;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.SayTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every journal of cases must do. */
abstract class CaseJournalContract {

    static final SegmentId SEGMENT = SegmentId.of("default");
    static final HostId H1 = HostId.of("h1");
    static final HostId H2 = HostId.of("h2");
    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");
    private static final LeaderEpoch ONE = LeaderEpoch.of(1);
    private static final LeaderEpoch TWO = LeaderEpoch.of(2);

    /** Empty, with hosts h1 and h2 known to the segment. */
    abstract CaseJournal journal();

    abstract List<String> factTypes();

    @Test
    void givesBackWhatWasWritten() {
        CaseJournal journal = journal();
        CaseStep first = open(H1, NOW);
        assertThat(journal.write(SEGMENT, ONE, List.of(new Write(first.next(), 0, first.lines())), List.of(fact())))
                .isEqualTo(Outcome.DONE);

        assertThat(journal.find(first.next().id())).contains(new CaseJournal.Stored(first.next(), 1));
        assertThat(journal.open(SEGMENT)).hasSize(1);
        assertThat(journal.newest(H1)).isPresent();
        assertThat(journal.newest(H2)).isEmpty();
        assertThat(journal.timeline(first.next().id()))
                .extracting(CaseView.Entry::kind)
                .containsExactly("suspected", "condemned");
        assertThat(factTypes()).containsExactly("host.condemned");
    }

    @Test
    void whoLeadsNextFindsClosedCasesWhoseHostIsStillToGetItsPowerBack() {
        CaseJournal journal = journal();
        RecoverySettings on = SETTINGS.with(new UnfenceSettings(
                UnfenceSettings.Policy.POWER_ON,
                Duration.ofMinutes(1),
                3,
                Duration.ofSeconds(15),
                Duration.ofMinutes(5),
                false,
                false,
                Map.of()));
        CaseStep first = open(H1, NOW);
        journal.write(SEGMENT, ONE, List.of(new Write(first.next(), 0, first.lines())), List.of());
        CaseState state = first.next();
        for (CaseEvent event : List.of(
                new CaseEvent.StoreCondemned(),
                new CaseEvent.FenceProven(1, new Phase.Proof("POWER_READ_OFF", "off", NOW), List.of()),
                new CaseEvent.InstancesListed(List.of()))) {
            state = CaseMachine.step(state, event, NOW, on).next();
        }
        assertThat(state.closed()).isTrue();
        journal.write(SEGMENT, ONE, List.of(new Write(state, 1, List.of())), List.of());
        assertThat(journal.open(SEGMENT)).extracting(CaseJournal.Stored::state).containsExactly(state);
        assertThat(journal.list(H1, true, 10)).as("it is closed all the same").isEmpty();

        CaseState served = CaseMachine.step(state, new CaseEvent.HostAdmitted(Incarnation.of(2), List.of()), NOW, on)
                .next();
        journal.write(SEGMENT, ONE, List.of(new Write(served, 2, List.of())), List.of());
        assertThat(journal.open(SEGMENT)).isEmpty();
    }

    @Test
    void whoLeadsNextFindsTheQuestionItsDeadlineAndWhatWasAnswered() {
        CaseJournal journal = journal();
        CaseState state = open(H1, NOW).next();
        Instance asks = SayTest.instance(1, Map.of(TermsRule.SAY, "60:leave"));
        Instance early = SayTest.instance(2, Map.of(TermsRule.SAY, "60"));
        CaseEvent said = new CaseEvent.SayGiven(early.id(), SayAnswer.RECOVER, H2, new Actor("nfv", "api"));
        List<CaseEvent> events = List.of(
                new CaseEvent.StoreCondemned(),
                said,
                new CaseEvent.FenceProven(1, new Phase.Proof("POWER_READ_OFF", "off", NOW), List.of()),
                new CaseEvent.InstancesListed(List.of(asks, early)));
        long version = 0;
        for (CaseEvent event : events) {
            CaseStep step = CaseMachine.step(state, event, NOW, SETTINGS);
            state = step.next();
            assertThat(journal.write(SEGMENT, ONE, List.of(new Write(state, version++, step.lines())), List.of()))
                    .isEqualTo(Outcome.DONE);
            assertThat(journal.open(SEGMENT))
                    .extracting(CaseJournal.Stored::state)
                    .containsExactly(state);
        }
        assertThat(state.move(asks.id()).orElseThrow().state())
                .isInstanceOfSatisfying(
                        MoveState.AwaitingSay.class,
                        waiting -> assertThat(waiting.deadline()).isEqualTo(NOW.plusSeconds(60)));
        assertThat(state.move(early.id()).orElseThrow().only()).isEqualTo(H2);
    }

    @Test
    void tellsWhatHappenedLatelyOverAllCases() {
        CaseJournal journal = journal();
        CaseStep early = open(H1, NOW.minusSeconds(60));
        CaseStep late = open(H2, NOW);
        for (CaseStep step : List.of(early, late)) {
            journal.write(SEGMENT, ONE, List.of(new Write(step.next(), 0, step.lines())), List.of());
        }
        assertThat(journal.marks(SEGMENT, NOW.minusSeconds(90), Set.of("condemned", "held")))
                .extracting(mark -> mark.host() + " " + mark.kind() + " " + mark.at())
                .containsExactly("h1 condemned " + NOW.minusSeconds(60), "h2 condemned " + NOW);
        assertThat(journal.marks(SEGMENT, NOW.minusSeconds(30), Set.of("condemned")))
                .extracting(CaseJournal.Mark::caseId)
                .containsExactly(late.next().id());
        assertThat(journal.marks(SEGMENT, NOW.minusSeconds(90), Set.of("held"))).isEmpty();
        assertThat(journal.marks(SegmentId.of("other"), NOW.minusSeconds(90), Set.of("condemned")))
                .isEmpty();
    }

    @Test
    void refusesAnotherVersionThanTheExpectedAndWritesNothingOfIt() {
        CaseJournal journal = journal();
        CaseStep first = open(H1, NOW);
        journal.write(SEGMENT, ONE, List.of(new Write(first.next(), 0, first.lines())), List.of());
        CaseStep second = CaseMachine.step(first.next(), new CaseEvent.StoreCondemned(), NOW, SETTINGS);
        CaseStep other = open(H2, NOW);

        assertThat(journal.write(
                        SEGMENT,
                        ONE,
                        List.of(new Write(other.next(), 0, other.lines()), new Write(second.next(), 7, second.lines())),
                        List.of(fact())))
                .isEqualTo(Outcome.CONFLICT);

        assertThat(journal.find(other.next().id())).isEmpty();
        assertThat(factTypes()).isEmpty();
        assertThat(journal.write(SEGMENT, ONE, List.of(new Write(second.next(), 1, second.lines())), List.of()))
                .isEqualTo(Outcome.DONE);
        assertThat(journal.find(first.next().id()).orElseThrow().version()).isEqualTo(2);
    }

    @Test
    void refusesAnOlderLeader() {
        CaseJournal journal = journal();
        CaseStep first = open(H1, NOW);
        assertThat(journal.write(SEGMENT, TWO, List.of(new Write(first.next(), 0, first.lines())), List.of()))
                .isEqualTo(Outcome.DONE);
        CaseStep second = CaseMachine.step(first.next(), new CaseEvent.StoreCondemned(), NOW, SETTINGS);
        assertThat(journal.write(SEGMENT, ONE, List.of(new Write(second.next(), 1, List.of())), List.of(fact())))
                .isEqualTo(Outcome.STALE_LEADER);
        assertThat(journal.find(first.next().id())).contains(new CaseJournal.Stored(first.next(), 1));
    }

    @Test
    void hasOneOpenCasePerHostAndLetsTheNextBeginWhenTheLastIsClosed() {
        CaseJournal journal = journal();
        CaseStep first = open(H1, NOW);
        journal.write(SEGMENT, ONE, List.of(new Write(first.next(), 0, first.lines())), List.of());
        CaseStep second = open(H1, NOW.plusSeconds(5));
        assertThat(journal.write(SEGMENT, ONE, List.of(new Write(second.next(), 0, second.lines())), List.of()))
                .isEqualTo(Outcome.CONFLICT);

        CaseStep closed = CaseMachine.step(first.next(), new CaseEvent.StoreRefused("gone"), NOW, SETTINGS);
        assertThat(journal.write(
                        SEGMENT,
                        ONE,
                        List.of(
                                new Write(closed.next(), 1, closed.lines()),
                                new Write(second.next(), 0, second.lines())),
                        List.of()))
                .isEqualTo(Outcome.DONE);
        assertThat(journal.newest(H1).orElseThrow().state()).isEqualTo(second.next());
        assertThat(journal.list(H1, false, 10)).hasSize(1);
        assertThat(journal.list(null, true, 10)).hasSize(1);
        assertThat(journal.list(null, null, 1)).hasSize(1);
    }

    private static CaseStep open(HostId host, Instant at) {
        return CaseMachine.open(
                new CaseMachine.Opening(
                        CaseId.of(UUID.randomUUID()),
                        SEGMENT,
                        host,
                        HostEpoch.ZERO,
                        "signals agree",
                        List.of("lease absent"),
                        at.minusSeconds(1),
                        false,
                        null,
                        new CaseEvent.HoldReviewed(true, ""),
                        List.of(),
                        List.of(),
                        List.of()),
                at,
                SETTINGS);
    }

    private static Fact fact() {
        return new Fact(UUID.randomUUID(), "host.condemned", "host/h1", null, NOW, Map.of("host", "h1"));
    }
}
