package io.holdfast.recovery.sim;

import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.store.CaseDocuments;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cases in memory, with the real journal's refusals. Keeps documents rather than objects, so that whatever a document
 * does not carry is lost here too. Any thread may call it.
 */
public final class InMemoryCases implements CaseJournal {

    private record Row(String document, long version, LeaderEpoch leader) {}

    private final CaseDocuments documents = new CaseDocuments();
    private final Map<CaseId, Row> rows = new LinkedHashMap<>();
    private final Map<CaseId, List<CaseStep.Line>> lines = new HashMap<>();
    private final Map<SegmentId, LeaderEpoch> leaders = new HashMap<>();
    private final List<Fact> facts = new ArrayList<>();

    @Override
    public synchronized Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> told) {
        if (leader.isOlderThan(leaders.getOrDefault(segment, LeaderEpoch.ZERO))) {
            return Outcome.STALE_LEADER;
        }
        Map<CaseId, Row> next = new LinkedHashMap<>(rows);
        for (Write write : writes) {
            CaseId id = write.state().id();
            Row row = next.get(id);
            if ((row == null ? 0 : row.version()) != write.expected()) {
                return Outcome.CONFLICT;
            }
            next.put(id, new Row(documents.write(write.state()), write.expected() + 1, leader));
        }
        for (Write write : writes) {
            long open = next.values().stream()
                    .map(row -> documents.read(row.document()))
                    .filter(state ->
                            !state.closed() && state.host().equals(write.state().host()))
                    .count();
            if (open > 1) {
                return Outcome.CONFLICT;
            }
        }
        leaders.put(segment, leader);
        rows.putAll(next);
        writes.forEach(write -> lines.computeIfAbsent(write.state().id(), id -> new ArrayList<>())
                .addAll(write.lines()));
        facts.addAll(told);
        return Outcome.DONE;
    }

    @Override
    public synchronized List<Stored> open(SegmentId segment) {
        return all().filter(stored -> stored.state().segment().equals(segment)
                        && (!stored.state().closed() || stored.state().returning()))
                .toList();
    }

    @Override
    public synchronized Optional<Stored> find(CaseId id) {
        return Optional.ofNullable(rows.get(id)).map(this::stored);
    }

    @Override
    public synchronized Optional<Stored> newest(HostId host) {
        return list(host, null, 1).stream().findFirst();
    }

    @Override
    public synchronized List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
        return all().filter(stored -> host == null || stored.state().host().equals(host))
                .filter(stored -> open == null || stored.state().closed() != open)
                .sorted(Comparator.comparing((Stored stored) -> stored.state().openedAt())
                        .thenComparing(stored -> stored.state().epoch())
                        .reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<CaseView.Entry> timeline(CaseId id) {
        return lines.getOrDefault(id, List.of()).stream()
                .sorted(Comparator.comparing(CaseStep.Line::at).thenComparingLong(CaseStep.Line::seq))
                .map(line -> new CaseView.Entry(line.at(), line.kind(), line.subject(), line.text()))
                .toList();
    }

    @Override
    public synchronized List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
        return all().filter(stored -> stored.state().segment().equals(segment))
                .flatMap(stored -> lines.getOrDefault(stored.state().id(), List.of()).stream()
                        .filter(line ->
                                kinds.contains(line.kind()) && !line.at().isBefore(since))
                        .map(line -> new Mark(
                                stored.state().id(), stored.state().host(), line.at(), line.kind(), line.text())))
                .sorted(Comparator.comparing(Mark::at))
                .toList();
    }

    /** What the outbox would hold, in the order of writing. */
    public synchronized List<Fact> facts() {
        return List.copyOf(facts);
    }

    private java.util.stream.Stream<Stored> all() {
        return rows.values().stream().map(this::stored);
    }

    private Stored stored(Row row) {
        CaseState state = documents.read(row.document());
        return new Stored(state, row.version());
    }
}
