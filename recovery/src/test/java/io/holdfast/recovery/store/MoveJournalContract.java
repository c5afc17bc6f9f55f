package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.MoveJournal.Stored;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedStage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every journal of planned moves promises. */
abstract class MoveJournalContract {

    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final LeaderEpoch ONE = LeaderEpoch.of(1);
    private static final LeaderEpoch TWO = LeaderEpoch.of(2);

    abstract MoveJournal journal();

    abstract List<String> factTypes();

    @Test
    void whatIsWrittenIsReadBackWithItsVersionAndItsFacts() {
        PlannedMove first = move(1, 1, new PlannedStage.Planning());
        assertThat(journal().write(ONE, first, 0, List.of())).isEqualTo(Outcome.DONE);
        PlannedMove next = move(1, 1, new PlannedStage.Leaving(HostId.of("h2"), AT.plusSeconds(60)));
        assertThat(journal().write(ONE, next, 1, List.of(fact()))).isEqualTo(Outcome.DONE);

        assertThat(journal().find(next.id())).contains(new Stored(next, 2));
        assertThat(journal().open(SEGMENT)).containsExactly(new Stored(next, 2));
        assertThat(factTypes()).containsExactly("instance.moved");
    }

    @Test
    void oneThatIsOverIsHistory() {
        PlannedMove first = move(1, 1, new PlannedStage.Planning());
        PlannedMove end = move(1, 1, new PlannedStage.Moved(AT.plusSeconds(5)));
        journal().write(ONE, first, 0, List.of());
        journal().write(ONE, end, 1, List.of());
        PlannedMove another = move(2, 1, new PlannedStage.Planning());
        assertThat(journal().write(ONE, another, 0, List.of())).isEqualTo(Outcome.DONE);

        assertThat(journal().open(SEGMENT)).extracting(Stored::move).containsExactly(another);
        assertThat(journal().list(first.instance(), 10))
                .extracting(Stored::move)
                .containsExactly(another, end);
        assertThat(journal().list(null, 1)).extracting(Stored::move).containsExactly(another);
        assertThat(journal().list(InstanceId.of(new UUID(9, 9)), 10)).isEmpty();
    }

    @Test
    void anInstanceIsOnOneMoveAtATime() {
        journal().write(ONE, move(1, 1, new PlannedStage.Planning()), 0, List.of());
        assertThat(journal().write(ONE, move(2, 1, new PlannedStage.Planning()), 0, List.of(fact())))
                .isEqualTo(Outcome.CONFLICT);
        assertThat(factTypes()).isEmpty();
    }

    @Test
    void anotherVersionIsAConflictAndAnOlderLeaderIsRefused() {
        PlannedMove move = move(1, 1, new PlannedStage.Planning());
        journal().write(TWO, move, 0, List.of());
        PlannedMove next = move(1, 1, new PlannedStage.TakingBack("no answer"));
        assertThat(journal().write(TWO, next, 7, List.of(fact()))).isEqualTo(Outcome.CONFLICT);
        assertThat(journal().write(ONE, next, 1, List.of(fact()))).isEqualTo(Outcome.STALE_LEADER);
        assertThat(journal().find(move.id())).contains(new Stored(move, 1));
        assertThat(factTypes()).isEmpty();
    }

    private static Fact fact() {
        return new Fact(
                UUID.randomUUID(), "instance.moved", "instance/x", ProjectId.of("p"), AT, Map.of("name", "web"));
    }

    private static PlannedMove move(long id, long instance, PlannedStage stage) {
        return new PlannedMove(
                new UUID(1, id),
                SEGMENT,
                InstanceId.of(new UUID(2, instance)),
                "web",
                ProjectId.of("p"),
                HostId.of("h1"),
                HostId.of("h1"),
                Generation.of(3),
                HostId.of("h2"),
                id % 2 == 0,
                false,
                "op (api)",
                3,
                AT.plusSeconds(id),
                stage,
                List.of(HostId.of("h3")),
                true,
                false,
                List.of(new PlannedMove.Line(AT, "asked", "off h1")),
                4);
    }
}
