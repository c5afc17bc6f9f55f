package io.holdfast.membership.zookeeper;

import io.holdfast.membership.LeaseSight;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For how long each lease was not confirmed, as one process saw it. The same idea as an age of a storage slot: it counts from the last
 * change that was seen, begins anew after a pause, a lost connection or a look that failed, and is never longer than the truth.
 *
 * <p>Immutable. Times are of the monotonic clock, in nanoseconds.
 */
public final class Confirmations {

    /**
     * One host at one look.
     *
     * @param record what stands in the host's record
     * @param czxid when the record was made
     * @param mzxid when it was written the last time; each confirmation writes it
     * @param there whether the lease was there
     */
    public record Look(LeaseRecord record, long czxid, long mzxid, boolean there) {}

    private record Watched(Look last, long sinceNanos, long lookedNanos) {}

    private final Map<HostId, Watched> hosts;
    private final long lookedNanos;

    private Confirmations(Map<HostId, Watched> hosts, long lookedNanos) {
        this.hosts = Map.copyOf(hosts);
        this.lookedNanos = lookedNanos;
    }

    /** Nothing seen yet, or nothing that still counts. */
    public static Confirmations none() {
        return new Confirmations(Map.of(), 0);
    }

    /**
     * After one look at everybody that is watched.
     *
     * @param looks whoever is missing has no record
     * @param beganNanos before the first question; the answers are of then or later
     * @param endedNanos after the last answer
     * @param gapMax a longer time since the last look is a pause, and what was seen before says nothing
     */
    public Confirmations look(Map<HostId, Look> looks, long beganNanos, long endedNanos, Duration gapMax) {
        boolean goesOn = endedNanos - lookedNanos <= gapMax.toNanos();
        Map<HostId, Watched> now = new HashMap<>();
        looks.forEach((host, look) -> {
            @Nullable Watched before = goesOn ? hosts.get(host) : null;
            now.put(
                    host,
                    before != null && isSame(before.last, look)
                            ? new Watched(look, before.sinceNanos, beganNanos)
                            : new Watched(look, endedNanos, endedNanos));
        });
        return new Confirmations(now, endedNanos);
    }

    /** A lease that came back is a change as well, though nothing may have confirmed it yet. */
    private static boolean isSame(Look before, Look now) {
        return before.czxid == now.czxid && before.mzxid == now.mzxid && (before.there || !now.there);
    }

    public LeaseSight of(HostId host) {
        Watched watched = hosts.get(host);
        return watched == null
                ? new LeaseSight.Unknown("it was not looked at yet, or has never registered")
                : sight(watched.last, Duration.ofNanos(Math.max(0, watched.lookedNanos - watched.sinceNanos)));
    }

    static LeaseSight sight(Look look, Duration unconfirmed) {
        return new LeaseSight.Seen(look.record.registration(), look.record.confirmed() > 0, look.there, unconfirmed);
    }

    Set<HostId> hosts() {
        return hosts.keySet();
    }
}
