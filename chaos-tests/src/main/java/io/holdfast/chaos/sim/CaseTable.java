package io.holdfast.chaos.sim;

import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.store.CaseDocuments;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The journal of cases in the simulated database: versions, one open case per host, and documents for readers. */
final class CaseTable implements CaseJournal {

    /** One for all worlds: what it learns of the classes that it writes costs more than a small world. */
    private static final CaseDocuments DOCUMENTS = new CaseDocuments();

    /** Lines that tell how a fenced host gets its power back. */
    private static final Set<String> OF_POWER = Set.of(
            "power-rests", "power-return-opposed", "power-on-failed", "power-restored", "unfence-failed", "left-off");

    private final World world;
    private final Database database;
    private final Map<CaseId, CaseRow> cases = new LinkedHashMap<>();
    private final Map<HostId, List<CaseRow>> casesOf = new LinkedHashMap<>();
    private final Map<CaseId, CaseRow> openCases = new LinkedHashMap<>();

    /** Closed ones whose host is still to get its power back. */
    private final Map<CaseId, CaseRow> returning = new LinkedHashMap<>();

    private final List<Mark> marks = new ArrayList<>();

    private static final class CaseRow {
        CaseState state;
        long version;
        String writer;

        /** What a reader makes of this version's document; null until somebody reads it. */
        @Nullable
        CaseState asRead;

        CaseRow(CaseState state, long version, String writer) {
            this.state = state;
            this.version = version;
            this.writer = writer;
        }
    }

    CaseTable(World world, Database database) {
        this.world = world;
        this.database = database;
    }

    /** Open cases, as they stand. */
    List<CaseState> openStates() {
        return openCases.values().stream().map(row -> row.state).toList();
    }

    /** Closed cases whose host is still to get its power back, as they stand. */
    List<CaseState> returningStates() {
        return returning.values().stream().map(row -> row.state).toList();
    }

    /** The newest case of a host, as it stands. */
    Optional<CaseState> newestState(HostId host) {
        List<CaseRow> all = casesOf.getOrDefault(host, List.of());
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast().state);
    }

    @Override
    public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
        if (leader.isOlderThan(database.newestLeader())) {
            return Outcome.STALE_LEADER;
        }
        for (Write write : writes) {
            CaseRow row = cases.get(write.state().id());
            if ((row == null ? 0 : row.version) != write.expected()) {
                return Outcome.CONFLICT;
            }
        }
        if (moreThanOneOpen(writes)) {
            return Outcome.CONFLICT;
        }
        database.require(leader, "cases");
        database.tookLeader(leader);
        writes.forEach(this::put);
        facts.forEach(world.subscribers()::outbox);
        return Outcome.DONE;
    }

    private boolean moreThanOneOpen(Collection<Write> writes) {
        for (Write write : writes) {
            if (write.state().closed()) {
                continue;
            }
            for (CaseRow other : casesOf.getOrDefault(write.state().host(), List.of())) {
                boolean another = !other.state.closed()
                        && !other.state.id().equals(write.state().id());
                if (another
                        && writes.stream()
                                .noneMatch(one -> one.state().id().equals(other.state.id())
                                        && one.state().closed())) {
                    return true;
                }
            }
        }
        return false;
    }

    private void put(Write write) {
        CaseState state = write.state();
        CaseRow row = cases.get(state.id());
        @Nullable CaseState before = row == null ? null : row.state;
        if (row == null) {
            row = new CaseRow(state, 1, database.caller());
            cases.put(state.id(), row);
            casesOf.computeIfAbsent(state.host(), id -> new ArrayList<>()).add(row);
        } else {
            row.state = state;
            row.asRead = null;
            row.version++;
            row.writer = database.caller();
        }
        if (state.closed()) {
            openCases.remove(state.id());
        } else {
            openCases.put(state.id(), row);
        }
        if (state.returning()) {
            returning.put(state.id(), row);
        } else {
            returning.remove(state.id());
        }
        if (before == null || !word(before.phase()).equals(word(state.phase()))) {
            world.story().tell(database.caller(), "case of " + state.host() + " is " + word(state.phase()));
        }
        for (CaseStep.Line line : write.lines()) {
            marks.add(new Mark(state.id(), state.host(), line.at(), line.kind(), line.text()));
            if (OF_POWER.contains(line.kind())) {
                world.story().tell(database.caller(), line.kind() + " of " + state.host() + ": " + line.text());
            }
        }
        world.checkers().caseWritten(before, state);
    }

    /** As an operator reads it; of a hold, with the guard that its reason begins with. */
    private static String word(Phase phase) {
        return phase instanceof Phase.Held held && held.reason().contains(":")
                ? held.word() + " by "
                        + held.reason().substring(0, held.reason().indexOf(':'))
                : phase.word();
    }

    /** Whoever did not write it reads a document; what the document does not carry is lost here too. */
    private Stored stored(CaseRow row) {
        if (row.writer.equals(database.caller())) {
            return new Stored(row.state, row.version);
        }
        CaseState read = row.asRead;
        if (read == null) {
            read = DOCUMENTS.read(DOCUMENTS.write(row.state));
            row.asRead = read;
        }
        return new Stored(read, row.version);
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        return Stream.concat(openCases.values().stream(), returning.values().stream())
                .map(this::stored)
                .toList();
    }

    @Override
    public Optional<Stored> find(CaseId id) {
        return Optional.ofNullable(cases.get(id)).map(this::stored);
    }

    @Override
    public Optional<Stored> newest(HostId host) {
        List<CaseRow> all = casesOf.getOrDefault(host, List.of());
        return all.isEmpty() ? Optional.empty() : Optional.of(stored(all.getLast()));
    }

    @Override
    public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
        return cases.values().stream()
                .filter(row -> host == null || row.state.host().equals(host))
                .filter(row -> open == null || row.state.closed() != open)
                .map(this::stored)
                .toList()
                .reversed()
                .stream()
                .limit(limit)
                .toList();
    }

    @Override
    public List<CaseView.Entry> timeline(CaseId id) {
        return List.of();
    }

    @Override
    public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
        return marks.stream()
                .filter(mark -> !mark.at().isBefore(since) && kinds.contains(mark.kind()))
                .toList();
    }
}
