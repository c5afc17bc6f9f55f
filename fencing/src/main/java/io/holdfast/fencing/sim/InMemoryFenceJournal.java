package io.holdfast.fencing.sim;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A journal that forgets when the process ends. Any thread may use it. */
public final class InMemoryFenceJournal implements FenceJournal {

    /** Guarded by this. */
    private final List<Entry> entries = new ArrayList<>();

    @Override
    public synchronized void append(Entry entry) {
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
    public synchronized List<Entry> history(HostId host, int limit) {
        List<Entry> all =
                entries.stream().filter(entry -> entry.host().equals(host)).toList();
        return List.copyOf(all.subList(Math.max(0, all.size() - limit), all.size()));
    }
}
