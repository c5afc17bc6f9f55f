package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Notices that room has become free since it was last looked at. Belongs to one thread.
 *
 * <p>It compares what hosts say they have free, so it does not matter what made the room. Room that was taken and freed
 * between two looks is not noticed; the plan that is made every {@code replan-interval} all the same finds it.
 */
final class RoomWatch {

    /** Per host that takes claims: what is free there; null when nobody waits and nothing was looked at. */
    private @Nullable Map<HostId, Free> before;

    /** Nobody waits: the next look begins anew. */
    void forget() {
        before = null;
    }

    /** What made room since the last look, for people; empty when nothing did, or when this is the first look. */
    Optional<String> seen(List<ComputeHost> hosts) {
        Map<HostId, Free> now = new HashMap<>();
        for (ComputeHost host : hosts) {
            if (host.takesClaims()) {
                now.put(host.id(), Free.at(host));
            }
        }
        Map<HostId, Free> last = before;
        before = now;
        if (last == null) {
            return Optional.empty();
        }
        return now.entrySet().stream()
                .filter(entry ->
                        !last.containsKey(entry.getKey()) || entry.getValue().moreThan(last.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .map(host ->
                        last.containsKey(host) ? "host " + host + " has more room" : "host " + host + " takes claims");
    }

    /** Less than nothing where more is promised than there is, which overcommit allows. */
    private record Free(int vcpus, int memoryMib, int diskGib) {

        static Free at(ComputeHost host) {
            return new Free(
                    host.capacity().vcpus() - host.used().vcpus(),
                    host.capacity().memoryMib() - host.used().memoryMib(),
                    host.capacity().diskGib() - host.used().diskGib());
        }

        boolean moreThan(Free other) {
            return vcpus > other.vcpus || memoryMib > other.memoryMib || diskGib > other.diskGib;
        }
    }
}
