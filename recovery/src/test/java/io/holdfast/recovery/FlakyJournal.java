package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A journal whose database goes away, loses its answers after the commit, or dies with the process after the nth write. */
final class FlakyJournal implements CaseJournal {

    /** The process is gone: whoever sees it stops without a word. */
    static final class Died extends Error {
        private static final long serialVersionUID = 1L;
    }

    private final CaseJournal journal;
    private volatile boolean away;
    private volatile boolean losingAnswers;
    private volatile int dieAfter = Integer.MAX_VALUE;
    private int writes;
    private boolean lost;

    FlakyJournal(CaseJournal journal) {
        this.journal = journal;
    }

    void away(boolean isAway) {
        away = isAway;
    }

    void loseAnswers(boolean loses) {
        losingAnswers = loses;
    }

    void dieAfter(int nth) {
        dieAfter = nth;
    }

    synchronized int writes() {
        return writes;
    }

    @Override
    public synchronized Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> cases, List<Fact> facts) {
        reach();
        if (writes >= dieAfter) {
            throw new Died();
        }
        Outcome outcome = journal.write(segment, leader, cases, facts);
        writes++;
        if (writes >= dieAfter) {
            throw new Died();
        }
        lost = !lost;
        if (losingAnswers && lost) {
            throw new IllegalStateException("the connection broke after the commit");
        }
        return outcome;
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        reach();
        return journal.open(segment);
    }

    @Override
    public Optional<Stored> find(CaseId id) {
        reach();
        return journal.find(id);
    }

    @Override
    public Optional<Stored> newest(HostId host) {
        reach();
        return journal.newest(host);
    }

    @Override
    public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
        reach();
        return journal.list(host, open, limit);
    }

    @Override
    public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
        reach();
        return journal.marks(segment, since, kinds);
    }

    @Override
    public List<CaseView.Entry> timeline(CaseId id) {
        reach();
        return journal.timeline(id);
    }

    private void reach() {
        if (away) {
            throw new IllegalStateException("the database is away");
        }
    }
}
