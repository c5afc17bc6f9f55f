package io.holdfast.api;

import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.model.HostId;
import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers what a test says, and answers a rehearsal with what it remembers or with the reason not to. */
final class FakeRehearsal implements Rehearsal {

    final Map<HostId, FenceReadiness> known = new ConcurrentHashMap<>();
    volatile String notNow = "";
    volatile boolean storeAway;

    @Override
    public Map<HostId, FenceReadiness> remembered() {
        if (storeAway) {
            throw new StoreUnavailable("the database does not answer", false, null);
        }
        return Map.copyOf(known);
    }

    @Override
    public Optional<FenceReadiness> remembered(HostId host) {
        return Optional.ofNullable(known.get(host));
    }

    @Override
    public Duration interval() {
        return Duration.ofMinutes(10);
    }

    @Override
    public Answer now(HostId host) {
        FenceReadiness found = known.get(host);
        return found == null || !notNow.isEmpty() ? new Answer.NotNow(notNow) : new Answer.Done(found);
    }
}
