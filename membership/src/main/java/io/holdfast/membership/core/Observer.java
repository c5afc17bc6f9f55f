package io.holdfast.membership.core;

import io.holdfast.membership.Network;
import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What we hold of ourselves. Immutable.
 *
 * @param startedAt when this controller began to watch
 * @param firstLookAt when it had its first lease view since it started, or since coordination was disturbed last; null before the very
 *     first. Who held those leases was seen by nobody here
 * @param graceUntil silence condemns nobody before
 * @param coordinated whether we have contact with the coordination service, and have had a lease view since
 * @param leaseTrustedAt an absent lease before this moment is our own fault
 * @param leasesSeenAt when it had its last lease view; null before the first
 * @param hearing what we hear on each network; the management network is always among them
 */
record Observer(
        Moment startedAt,
        @Nullable Moment firstLookAt,
        Moment graceUntil,
        boolean coordinated,
        Moment leaseTrustedAt,
        @Nullable Moment leasesSeenAt,
        Map<Network, Hearing> hearing) {

    /**
     * What we hear on one network.
     *
     * @param alone whether our view holds nobody but us although it should
     * @param trustedAt a missing member before this moment is our own fault
     * @param members agent sessions in the newest view, by host
     * @param seenAt when the group was looked at last; null before the first look
     */
    record Hearing(
            boolean alone,
            Moment trustedAt,
            Map<HostId, Set<String>> members,
            @Nullable Moment seenAt) {

        boolean shows(HostId host, String agentSession) {
            return members.getOrDefault(host, Set.of()).contains(agentSession);
        }
    }

    /** At start: nothing was heard, and silence condemns nobody yet. */
    static Observer starting(Moment now, Moment graceUntil) {
        return new Observer(
                now,
                null,
                graceUntil,
                false,
                now,
                null,
                Map.of(Network.MANAGEMENT, new Hearing(false, now, Map.of(), null)));
    }

    Hearing on(Network network) {
        Hearing heard = hearing.get(network);
        if (heard != null) {
            return heard;
        }
        // The first view of it is news of members only: where a host was never seen, nobody misses it.
        Hearing management = hearing.get(Network.MANAGEMENT);
        return new Hearing(false, management == null ? graceUntil : management.trustedAt(), Map.of(), null);
    }

    Observer with(Network network, Hearing heard) {
        Map<Network, Hearing> next = new TreeMap<>(hearing);
        next.put(network, heard);
        return new Observer(
                startedAt, firstLookAt, graceUntil, coordinated, leaseTrustedAt, leasesSeenAt, Map.copyOf(next));
    }

    /** A view of one network's group has come. */
    Observer heard(Network network, Map<HostId, Set<String>> members, boolean alone, Moment settledAt, Moment now) {
        Hearing before = on(network);
        // A merge brings the others back in several views.
        boolean back = before.alone() && !alone;
        Moment trustedAt = back ? later(before.trustedAt(), settledAt) : before.trustedAt();
        return with(network, new Hearing(alone, trustedAt, members, now));
    }

    /** The group of that network was looked at, and is as the last view of it said; without one there is nothing to be unchanged. */
    Observer unchanged(Network network, Moment now) {
        Hearing before = hearing.get(network);
        return before == null
                ? this
                : with(network, new Hearing(before.alone(), before.trustedAt(), before.members(), now));
    }

    Observer aloneOn(Network network) {
        Hearing before = on(network);
        return with(network, new Hearing(true, before.trustedAt(), before.members(), before.seenAt()));
    }

    Observer withLease(boolean nowCoordinated, Moment trustedAt) {
        return new Observer(
                startedAt,
                firstLookAt,
                graceUntil,
                nowCoordinated,
                later(leaseTrustedAt, trustedAt),
                leasesSeenAt,
                hearing);
    }

    /**
     * A lease view has come.
     *
     * @param first whether it is the first since it started or since a disturbance
     */
    Observer looked(Moment now, boolean first) {
        return new Observer(
                startedAt, first ? now : firstLookAt, graceUntil, coordinated, leaseTrustedAt, now, hearing);
    }

    /** Whether a lease that is seen since then was there when this controller looked for the first time, and may be nobody's. */
    boolean foundIt(Moment since) {
        return since.equals(firstLookAt);
    }

    Observer elected(Moment nowGraceUntil) {
        return new Observer(startedAt, firstLookAt, nowGraceUntil, coordinated, leaseTrustedAt, leasesSeenAt, hearing);
    }

    /** What was not heard before that moment is our own fault. */
    Observer paused(Moment trustedAt) {
        Map<Network, Hearing> next = new TreeMap<>(hearing);
        next.replaceAll((network, heard) ->
                new Hearing(heard.alone(), later(heard.trustedAt(), trustedAt), heard.members(), heard.seenAt()));
        return new Observer(
                startedAt,
                firstLookAt,
                graceUntil,
                coordinated,
                later(leaseTrustedAt, trustedAt),
                leasesSeenAt,
                Map.copyOf(next));
    }

    /** Whether we hear nobody although there are others, on any network. */
    boolean alone() {
        for (Hearing heard : hearing.values()) {
            if (!heard.alone()) {
                return false;
            }
        }
        return true;
    }

    /** Whether no network shows any host. */
    boolean hearsNobody() {
        for (Hearing heard : hearing.values()) {
            if (!heard.members().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    boolean trustsLeases(Moment now) {
        return coordinated && !now.isBefore(leaseTrustedAt);
    }

    boolean trusts(Network network, Moment now) {
        Hearing heard = on(network);
        return !heard.alone() && !now.isBefore(heard.trustedAt());
    }

    /** Why it condemns nobody by silence now, whoever it is. */
    Optional<Standing.Doubt> doubt(Moment now) {
        if (!coordinated) {
            return Optional.of(Standing.Doubt.NO_COORDINATION);
        }
        if (alone()) {
            return Optional.of(Standing.Doubt.ISOLATED);
        }
        return now.isBefore(graceUntil) ? Optional.of(Standing.Doubt.GRACE) : Optional.empty();
    }

    private static Moment later(Moment one, Moment other) {
        return one.isBefore(other) ? other : one;
    }
}
