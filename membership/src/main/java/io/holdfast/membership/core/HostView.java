package io.holdfast.membership.core;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Reachability;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import org.jspecify.annotations.Nullable;

/**
 * One host as the machine holds it.
 *
 * @param registration the newest seen, or null
 * @param joinedSession the agent session that was last told as joined, or null
 * @param left whether the registration's session took its leave on purpose
 */
record HostView(
        HostId id,
        @Nullable HostRegistration registration,
        @Nullable String joinedSession,
        boolean left,
        Presence lease,
        Places places,
        Inquiry<Reachability> probe,
        Inquiry<PowerState> power,
        Signs signs,
        Standing standing) {

    static HostView unseen(HostId id, Moment now) {
        return new HostView(
                id,
                null,
                null,
                false,
                new Presence.Never(now),
                Places.never(now),
                Inquiry.none(),
                Inquiry.none(),
                Signs.NONE,
                new Standing.Absent(now, false));
    }

    HostView with(HostRegistration newRegistration) {
        return new HostView(id, newRegistration, joinedSession, left, lease, places, probe, power, signs, standing);
    }

    HostView joined(@Nullable String session) {
        return new HostView(id, registration, session, left, lease, places, probe, power, signs, standing);
    }

    HostView left(boolean nowLeft) {
        return new HostView(id, registration, joinedSession, nowLeft, lease, places, probe, power, signs, standing);
    }

    HostView lease(Presence presence) {
        return new HostView(id, registration, joinedSession, left, presence, places, probe, power, signs, standing);
    }

    HostView places(Places nowPlaces) {
        return new HostView(id, registration, joinedSession, left, lease, nowPlaces, probe, power, signs, standing);
    }

    HostView probe(Inquiry<Reachability> inquiry) {
        return new HostView(id, registration, joinedSession, left, lease, places, inquiry, power, signs, standing);
    }

    HostView power(Inquiry<PowerState> inquiry) {
        return new HostView(id, registration, joinedSession, left, lease, places, probe, inquiry, signs, standing);
    }

    HostView signs(Signs nowSigns) {
        return new HostView(id, registration, joinedSession, left, lease, places, probe, power, nowSigns, standing);
    }

    HostView standing(Standing newStanding) {
        return new HostView(id, registration, joinedSession, left, lease, places, probe, power, signs, newStanding);
    }

    /** Its places on all networks as one signal. */
    Presence group() {
        return places.together();
    }

    /** Whether that is the agent that registered last. */
    boolean isSession(String agentSession) {
        return registration != null && registration.agentSession().equals(agentSession);
    }

    /** What its present agent said last, or null. */
    Signs.@Nullable Words words() {
        Signs.Words words = signs.words();
        return words != null && isSession(words.agentSession()) ? words : null;
    }

    /** A signal that was had is gone, and we could have heard it. */
    boolean isMissing() {
        return lease instanceof Presence.Absent || group() instanceof Presence.Absent;
    }

    /** Power reads off, was asked after the suspicion, and the group does not contradict it. */
    boolean isPowerOff() {
        return power.answer() == PowerState.OFF && !(group() instanceof Presence.Present);
    }

    boolean isPowerAskedSince(Moment since) {
        Moment asked = power.latestAskedAt();
        return asked != null && !asked.isBefore(since);
    }

    /** Nobody on it answers when it is called: neither its kernel nor, where one should, a process. */
    boolean isProbeSilent() {
        return probe.answer() == Reachability.SILENT || probe.answer() == Reachability.MUTE;
    }

    boolean isProbedSince(Moment since) {
        Moment asked = probe.latestAskedAt();
        return asked != null && !asked.isBefore(since);
    }

    /** Every signal that the host ever had is there. */
    boolean isWell() {
        return lease instanceof Presence.Present
                && (group() instanceof Presence.Present || group() instanceof Presence.Never);
    }

    boolean hasNewSession() {
        return lease instanceof Presence.Present
                && registration != null
                && !registration.agentSession().equals(joinedSession);
    }
}
