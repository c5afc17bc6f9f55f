package io.holdfast.recovery.sim;

import io.holdfast.model.Fact;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.store.MoveDocuments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Planned moves in memory, with the real journal's refusals. Keeps documents rather than objects, so that whatever a
 * document does not carry is lost here too. Any thread may call it.
 */
public final class InMemoryMoves implements MoveJournal {

    private record Row(String document, long version) {}

    private static final MoveDocuments DOCUMENTS = new MoveDocuments();

    private final Map<UUID, Row> rows = new LinkedHashMap<>();
    private final List<Fact> facts = new ArrayList<>();
    private LeaderEpoch newest = LeaderEpoch.ZERO;

    @Override
    public synchronized Outcome write(LeaderEpoch leader, PlannedMove move, long expected, List<Fact> told) {
        if (leader.isOlderThan(newest)) {
            return Outcome.STALE_LEADER;
        }
        Row row = rows.get(move.id());
        boolean another = all().stream()
                .map(Stored::move)
                .anyMatch(other -> !other.settled()
                        && other.instance().equals(move.instance())
                        && !other.id().equals(move.id()));
        if ((row == null ? 0 : row.version()) != expected || another) {
            return Outcome.CONFLICT;
        }
        newest = leader;
        rows.put(move.id(), new Row(DOCUMENTS.write(move), expected + 1));
        facts.addAll(told);
        return Outcome.DONE;
    }

    @Override
    public synchronized List<Stored> open(SegmentId segment) {
        return all().stream()
                .filter(stored ->
                        !stored.move().settled() && stored.move().segment().equals(segment))
                .toList();
    }

    @Override
    public synchronized Optional<Stored> find(UUID id) {
        return Optional.ofNullable(rows.get(id)).map(InMemoryMoves::stored);
    }

    @Override
    public synchronized List<Stored> list(@Nullable InstanceId instance, int limit) {
        return all().reversed().stream()
                .filter(stored -> instance == null || stored.move().instance().equals(instance))
                .limit(limit)
                .toList();
    }

    /** Whether nothing was ever written. */
    public synchronized boolean isEmpty() {
        return rows.isEmpty();
    }

    /** What the outbox would hold, in the order of writing. */
    public synchronized List<Fact> facts() {
        return List.copyOf(facts);
    }

    private List<Stored> all() {
        return rows.values().stream().map(InMemoryMoves::stored).toList();
    }

    private static Stored stored(Row row) {
        return new Stored(DOCUMENTS.read(row.document()), row.version());
    }
}
