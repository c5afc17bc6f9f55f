package io.holdfast.membership.core;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import java.time.Duration;
import java.util.Optional;

/** What the calls of a host itself mean, and how long each is waited for. Pure. */
final class HostCalls {

    /** The longest that a call is waited for, in times of {@code probe-timeout}. */
    private static final int PATIENCE = 8;

    /** So many calls in a row, each with more patience than the one before, have to be silent before their silence counts. */
    private static final int PATIENT_CALLS = 3;

    private final MembershipSettings settings;

    HostCalls(MembershipSettings settings) {
        this.settings = settings;
    }

    /** What is wrong with a host that lives, as far as the calls show it. */
    Optional<Standing.Ailment> ailment(HostView host, Moment now) {
        Reachability answer = host.probe().answer();
        Moment since = host.probe().sameSince();
        if (answer == null || since == null) {
            return Optional.empty();
        }
        return switch (answer) {
            case REFUSED -> Optional.of(Standing.Ailment.AGENT_DOWN);
            case ANSWERED, ACCEPTED -> {
                if (!now.hasPassed(since, settings.agentSilence())) {
                    yield Optional.empty();
                }
                yield Optional.of(
                        host.lease() instanceof Presence.Present
                                ? Standing.Ailment.OUT_OF_GROUP
                                : answer == Reachability.ANSWERED
                                        ? Standing.Ailment.AGENT_HUNG
                                        : Standing.Ailment.AGENT_SILENT);
            }
            case MUTE, SILENT, UNKNOWN -> Optional.empty();
        };
    }

    /** Whether the calls, the lease and the group have been silent for as long as each must be to count. */
    boolean areSilentPastTheTimes(HostView host, Moment now) {
        Moment silentSince = host.probe().sameSince();
        return host.isProbeSilent()
                && silentSince != null
                && host.probe().inARow() >= PATIENT_CALLS
                && now.hasPassed(
                        silentSince,
                        host.probe().answer() == Reachability.MUTE ? settings.hangTime() : settings.probeTime())
                && host.lease() instanceof Presence.Absent lease
                && now.hasPassed(lease.since(), settings.leaseTime())
                && host.isGroupSilent(now, settings.groupTime());
    }

    /**
     * A host that was silent is given twice as long the next time, then four times; and none is given less than twice
     * what its last answer took, up to eight times. A network that is slow for everybody makes a living host miss each
     * short deadline; once its agent has died, nothing but these calls would speak for it, and its guests would be shot.
     * Asked first, a host is asked shortly: the suspicion waits for it. (Lifeguard has the same thought: who is slow to
     * hear gives the others more time.)
     */
    Duration deadline(HostView host) {
        Duration first = settings.probeTimeout();
        int silences = host.isProbeSilent() ? Math.min(host.probe().inARow(), PATIENT_CALLS - 1) : 0;
        Duration asItWas = shorter(host.probe().took().multipliedBy(2), longest());
        Duration byPatience = first.multipliedBy(1L << silences);
        return byPatience.compareTo(asItWas) > 0 ? byPatience : asItWas;
    }

    /** The longest that a call is waited for. */
    Duration longest() {
        return settings.probeTimeout().multipliedBy(PATIENCE);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
