package io.holdfast.chaos.sim;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The fence journal in the simulated database. */
final class FenceTable implements FenceJournal {

    private final World world;
    private final Database database;
    private final List<Entry> fences = new ArrayList<>();

    FenceTable(World world, Database database) {
        this.world = world;
        this.database = database;
    }

    @Override
    public void append(Entry entry) {
        fences.add(entry);
        world.checkers().fenceJournaled(entry);
    }

    @Override
    public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
        database.require(leader, "the intent to fence");
        append(entry);
    }

    @Override
    public Optional<Entry> proof(HostId host, HostEpoch epoch) {
        return fences.stream()
                .filter(entry -> entry.act().equals(PROOF)
                        && entry.host().equals(host)
                        && entry.epoch().equals(epoch))
                .findFirst();
    }

    @Override
    public List<Entry> of(HostId host, HostEpoch epoch) {
        return fences.stream()
                .filter(entry -> entry.host().equals(host) && entry.epoch().equals(epoch))
                .toList();
    }

    @Override
    public List<Entry> history(HostId host, int limit) {
        return fences.stream().filter(entry -> entry.host().equals(host)).toList();
    }
}
