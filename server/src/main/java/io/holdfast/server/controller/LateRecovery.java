package io.holdfast.server.controller;

import io.holdfast.membership.HostStatus;
import io.holdfast.membership.Membership;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.RecoveryEngine;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The other knot of the wiring: membership tells recovery, and recovery answers membership. Set before either starts. */
final class LateRecovery {

    private volatile @Nullable Parts parts;

    /** @param deliver makes agents be listened to, and told what they were not told yet, without waiting for a round */
    void become(RecoveryEngine engine, Membership membership, Supplier<List<HostId>> lively, Runnable deliver) {
        parts = new Parts(engine, membership, lively, deliver);
    }

    RecoveryEngine engine() {
        return parts().engine;
    }

    /** As membership saw them last. */
    List<HostStatus> hosts() {
        return parts().membership.hosts();
    }

    /**
     * The first acts of a leader: a full grace period for everybody, and open cases go on. Throws when the store does not
     * answer; the caller tries again, because a host nobody expects is a host nobody misses.
     */
    void begin(LeaderEpoch epoch) {
        Parts assembled = parts();
        assembled.membership.elected();
        assembled.membership.expect(assembled.lively.get());
        assembled.engine.onLeadershipChanged();
        assembled.deliver.run();
    }

    private Parts parts() {
        Parts assembled = parts;
        if (assembled == null) {
            throw new IllegalStateException("the controller is not assembled yet");
        }
        return assembled;
    }

    private record Parts(
            RecoveryEngine engine, Membership membership, Supplier<List<HostId>> lively, Runnable deliver) {}
}
