package io.holdfast.membership;

import io.holdfast.membership.health.Reaction;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.List;

/** What membership concludes. Events of one host arrive in order. */
public sealed interface MembershipEvent {

    HostId host();

    /** Wall time of the conclusion, for people. */
    Instant at();

    /** A host has a lease it did not have before: after a boot, an agent's restart, or the end of a disturbance. */
    record Joined(HostId host, HostRegistration registration, Instant at) implements MembershipEvent {}

    /** A signal is missing. To be told at once; nothing may be touched. */
    record Suspected(HostId host, List<Evidence> evidence, Instant at) implements MembershipEvent {}

    /** The suspicion proved wrong. */
    record Cleared(HostId host, List<Evidence> evidence, Instant at) implements MembershipEvent {}

    /**
     * The host lives, something on it does not.
     *
     * @param takesNew whether anything new may be placed there: its agent can be given orders, and no reaction is against it
     * @param heard whether its agent holds the lease and a network shows it
     * @param reactions what the health table has follow
     */
    record Degraded(
            HostId host,
            String reason,
            boolean takesNew,
            boolean heard,
            List<Reaction> reactions,
            List<Evidence> evidence,
            Instant at)
            implements MembershipEvent {}

    /**
     * The host lives, and no network reaches it. If the health table has it fenced, {@link Lost} or {@link Held} follows.
     *
     * @param reactions what the health table has follow
     */
    record Isolated(HostId host, String reason, List<Reaction> reactions, List<Evidence> evidence, Instant at)
            implements MembershipEvent {}

    /** The verdict: condemned. */
    record Lost(HostId host, String reason, List<Evidence> evidence, Instant at) implements MembershipEvent {}

    /**
     * The power of a host that is condemned already reads off, asked after the verdict. Told again with each such reading,
     * because who has to know it may have been deaf the first time.
     */
    record PowerOff(HostId host, List<Evidence> evidence, Instant at) implements MembershipEvent {}

    /** The signals would condemn, but the observer doubts itself: nothing is done, and here is why. */
    record Held(HostId host, String reason, List<Evidence> evidence, Instant at) implements MembershipEvent {}

    /** The agent took its leave on purpose. */
    record Left(HostId host, Instant at) implements MembershipEvent {}
}
