package io.holdfast.membership.core;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.health.Column;
import io.holdfast.membership.health.Reading;
import java.time.Duration;

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

    /** What the calls show that has lasted for as long as it must to count. */
    Column.Probe reading(HostView host, Moment now) {
        Reachability answer = host.probe().answer();
        Moment since = host.probe().sameSince();
        if (answer == null || since == null) {
            return Column.Probe.OPEN;
        }
        boolean calledOften = host.probe().inARow() >= PATIENT_CALLS;
        return switch (answer) {
            case REFUSED -> Column.Probe.REFUSED;
            case ANSWERED -> now.hasPassed(since, settings.agentSilence()) ? Column.Probe.ANSWERS : Column.Probe.OPEN;
            case ACCEPTED -> now.hasPassed(since, settings.agentSilence()) ? Column.Probe.ACCEPTS : Column.Probe.OPEN;
            case MUTE ->
                calledOften && now.hasPassed(since, settings.hangTime()) ? Column.Probe.MUTE : Column.Probe.OPEN;
            case SILENT ->
                calledOften && now.hasPassed(since, settings.probeTime()) ? Column.Probe.SILENT : Column.Probe.OPEN;
            case UNKNOWN -> Column.Probe.OPEN;
        };
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

    /**
     * Whether a host of which a signal is missing has been asked for long enough, so that it has to be told.
     *
     * <p>The supervisor's answer speaks for the host, as long as it comes; an answer of a kernel alone does not, because a
     * kernel that hangs accepts as well. As long as the group hears the host, its missing lease has {@code lease-time}. One call that is silent after others were answered is a slow network, two are news.
     * Power that reads off needs no further question.
     */
    boolean isUnanswered(HostView host, Standing.Missed missed, Reading reading, Moment now) {
        Reachability answer = host.probe().answer();
        if (host.group() instanceof Presence.Present) {
            // Its lease alone is missing, and others hear it: it is its way to ZooKeeper that fails. Whoever dies is
            // missed by
            // the group first.
            return reading.is(Column.LEASE, Column.Lease.GONE);
        }
        if (host.isPowerOff() || host.registration() == null) {
            return true;
        }
        if (answer == Reachability.ACCEPTED || answer == Reachability.REFUSED) {
            // Refused, and still not called degraded: then the table has another name for it, and people are told
            // first.
            return true;
        }
        if (answer == Reachability.ANSWERED) {
            // The same, when it has been answered for so long that the table could have said what that is.
            return reading.is(Column.PROBE, Column.Probe.ANSWERS);
        }
        return missed.answered()
                ? host.isProbeSilent() && host.probe().inARow() > 1
                : now.hasPassed(missed.since(), settings.askTime());
    }

    /** The longest that a call is waited for. */
    Duration longest() {
        return settings.probeTimeout().multipliedBy(PATIENCE);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
