package io.holdfast.compute;

import io.holdfast.fencing.FenceProof;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The hosts in the store. Every verb is one transaction, with the facts given to it written to the outbox in the same
 * one; verbs on behalf of a leader refuse an older leader epoch ({@code StaleLeaderException}).
 */
public interface Hosts {

    List<ComputeHost> list();

    Optional<ComputeHost> find(HostId host);

    /** By host; one that is in no aggregate, has no trait, has not said what its cells are, and of which nobody says anything, is left out and has {@link HostSurroundings#NONE}. */
    Map<HostId, HostSurroundings> surroundings();

    /**
     * Records that a host has introduced itself: makes it known the first time; a new boot, or the first introduction
     * after a condemnation, is a new incarnation. The host is JOINING afterwards, unless nothing changed and it serves.
     *
     * <p>A host that was proven isolated does not get everything back: whoever is in a strict affinity group that lives
     * elsewhere by now is taken off it, and its owner told, in the same transaction ({@code core.HomeReturn}).
     * @param expected the host's epoch when it was decided to admit it, zero for one that is not known yet. A host that was
     *     condemned since is not introduced (CONFLICT): the call may have been held up, and would lift a condemnation that
     *     nobody has pardoned while its fence order is on the way
     */
    ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader);

    /**
     * Tells a host what it owns, has it destroy everything else, and makes it SERVING. Blocks for the agent's answer.
     * When the agent does not confirm, the host stays JOINING and the caller tries again.
     */
    AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts);

    /**
     * Condemns the host: raises its epoch from {@code expected}, stops claims on it, and marks its instances UNKNOWN.
     * Does nothing and returns the host as it is when it already stands condemned at {@code expected.next()}.
     */
    ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts);

    /** Records the proof: the host is FENCED; those of its instances that nobody moves are no longer UNKNOWN but STOPPED. */
    ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts);

    /** Takes a condemned host's condemnation back, because it came back before anything was done to it: JOINING. */
    ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts);

    ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason);

    /** Who said so and why, of a host that is forced down; nobody is promised to know. */
    Optional<String> forcedDownBy(HostId host);

    /** An operator works on the host: no new claims, and it is not condemned for being silent. */
    ComputeHost startMaintenance(HostId host, Actor by, String reason);

    ComputeHost endMaintenance(HostId host, Actor by);

    /** The host failed too often: it serves what it has and takes no claims. Does nothing when it is in quarantine already. */
    ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader);

    /** Ends a quarantine; does nothing when there is none. */
    ComputeHost release(HostId host);

    ComputeHost enable(HostId host, Actor by);

    ComputeHost disable(HostId host, Actor by, String reason);
}
