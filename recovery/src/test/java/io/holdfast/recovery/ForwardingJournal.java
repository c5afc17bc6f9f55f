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

/** A journal that asks first whether it may write. */
abstract class ForwardingJournal implements CaseJournal {

    private final CaseJournal journal;

    ForwardingJournal(CaseJournal journal) {
        this.journal = journal;
    }

    abstract void beforeWriting();

    @Override
    public Outcome write(SegmentId segment, LeaderEpoch leader, List<Write> writes, List<Fact> facts) {
        beforeWriting();
        return journal.write(segment, leader, writes, facts);
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        return journal.open(segment);
    }

    @Override
    public Optional<Stored> find(CaseId id) {
        return journal.find(id);
    }

    @Override
    public Optional<Stored> newest(HostId host) {
        return journal.newest(host);
    }

    @Override
    public List<Stored> list(@Nullable HostId host, @Nullable Boolean open, int limit) {
        return journal.list(host, open, limit);
    }

    @Override
    public List<Mark> marks(SegmentId segment, Instant since, Set<String> kinds) {
        return journal.marks(segment, since, kinds);
    }

    @Override
    public List<CaseView.Entry> timeline(CaseId id) {
        return journal.timeline(id);
    }
}
