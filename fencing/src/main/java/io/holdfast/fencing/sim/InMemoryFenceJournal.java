package io.holdfast.fencing.sim;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FencingException;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A journal that forgets when the process ends. Any thread may use it. */
public final class InMemoryFenceJournal implements FenceJournal {

    /** Guarded by this. */
    private final List<Entry> entries = new ArrayList<>();

    /** The newest leader seen for each segment. Guarded by this. */
    private final Map<SegmentId, LeaderEpoch> leaders = new HashMap<>();

    @Override
    public synchronized void append(Entry entry) {
        entries.add(entry);
    }

    @Override
    public synchronized void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
        LeaderEpoch newest = leaders.getOrDefault(segment, LeaderEpoch.ZERO);
        if (leader.isOlderThan(newest)) {
            throw new FencingException(
                    "segment " + segment + " is led at epoch " + newest + ", refused an act of epoch " + leader);
        }
        leaders.put(segment, leader);
        entries.add(entry);
    }

    @Override
    public synchronized Optional<Entry> proof(HostId host, HostEpoch epoch) {
        return entries.stream()
                .filter(entry -> entry.act().equals(PROOF)
                        && entry.host().equals(host)
                        && entry.epoch().equals(epoch))
                .findFirst();
    }

    @Override
    public synchronized List<Entry> of(HostId host, HostEpoch epoch) {
        return entries.stream()
                .filter(entry -> entry.host().equals(host) && entry.epoch().equals(epoch))
                .toList();
    }

    @Override
    public synchronized List<Entry> history(HostId host, int limit) {
        List<Entry> all =
                entries.stream().filter(entry -> entry.host().equals(host)).toList();
        return List.copyOf(all.subList(Math.max(0, all.size() - limit), all.size()));
    }
}
