package io.holdfast.compute;

import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** New homes for instances whose home is proven isolated. */
public interface Claims {

    /**
     * Gives an instance a new home, in one transaction with the facts: takes room on {@code to}, frees it on the old
     * home, raises the generation from {@code expected}. There is no form of this without a proof, and the proof must
     * cover the old home's present epoch.
     *
     * <p>With {@code leaveStopped} only its home moves: it is STOPPED from then on, and nobody is told to start it. The strict rule of its server group is looked at in the same transaction; a home that it forbids is a conflict.
     *
     * <p>Idempotent: when the instance already has {@code to} as its home at {@code expected.next()}, that claim is
     * returned again.
     */
    Claim evacuate(
            InstanceId instance,
            Generation expected,
            HostId to,
            FenceProof proof,
            boolean leaveStopped,
            LeaderEpoch leader,
            List<Fact> facts);

    /** Instances whose home is this host and whose goal is not DELETED, in a stable order. */
    List<Instance> at(HostId host);

    Optional<Instance> find(InstanceId instance);

    /** Server groups with where their members live now, for whoever plans claims; none where there are no groups. */
    List<ServerGroup> groups();

    /** What binds the next home of each of these; those that are not there are left out. None where nobody keeps any. */
    Map<InstanceId, PlacementTerms> terms(Collection<InstanceId> instances);

    /** By host, the oldest instance of the project that has its home there; homes that are proven isolated are left out. */
    Map<HostId, InstanceId> livesOf(ProjectId project);

    /**
     * Makes the goal of an instance arrive at its home now, rather than at the next round. Returns at once; the
     * answer comes back as a changed {@link ActualState} and to {@link InstanceListener}s.
     */
    void deliver(InstanceId instance);
}
