package io.holdfast.membership.core;

import io.holdfast.membership.MembershipSettings;
import java.time.Duration;
import java.util.Optional;

/**
 * Why this controller does not trust what it sees of a host, at one moment of one turn. No row of the health table comes past it: a
 * host is condemned by silence only while nothing here speaks against it. Pure.
 */
final class Doubts {

    private final MembershipSettings settings;
    private final Observer observer;
    private final TurnHosts hosts;
    private final Moment now;

    Doubts(MembershipSettings settings, Observer observer, TurnHosts hosts, Moment now) {
        this.settings = settings;
        this.observer = observer;
        this.hosts = hosts;
        this.now = now;
    }

    /** What speaks against condemning the host by silence. */
    Optional<Standing.Doubt> of(HostView host) {
        if (!observer.coordinated()) {
            return Optional.of(Standing.Doubt.NO_COORDINATION);
        }
        if (observer.alone()) {
            return Optional.of(Standing.Doubt.ISOLATED);
        }
        if (isTooMany(host)) {
            return Optional.of(Standing.Doubt.TOO_MANY);
        }
        // The first to be heard after a shared silence must not be the reason to condemn who is heard a moment
        // later.
        if (host.standing() instanceof Standing.Held held && held.isSettling(now, settings.settleTime())) {
            return Optional.of(Standing.Doubt.SETTLING);
        }
        if (now.isBefore(observer.graceUntil())) {
            return Optional.of(Standing.Doubt.GRACE);
        }
        return Optional.empty();
    }

    /** Nothing decides: after a while say so, and say why, so that a human can look. */
    Optional<Standing.Doubt> undecided(HostView host, Moment suspectedSince, Duration patience, boolean silent) {
        if (!now.hasPassed(suspectedSince, patience)) {
            return Optional.empty();
        }
        if (!observer.coordinated()) {
            return Optional.of(Standing.Doubt.NO_COORDINATION);
        }
        if (observer.alone()) {
            return Optional.of(Standing.Doubt.ISOLATED);
        }
        if (host.registration() == null) {
            return Optional.of(Standing.Doubt.NO_ADDRESS);
        }
        if (silent) {
            return Optional.of(Standing.Doubt.TABLE);
        }
        return Optional.of(isPartlyDeaf(host) ? Standing.Doubt.PARTLY_DEAF : Standing.Doubt.CONTRADICTION);
    }

    /** Right after a disturbance a place is unknown as well; what speaks for the host there is heard, and only not trusted yet. */
    private boolean isPartlyDeaf(HostView host) {
        return host.group() instanceof Presence.Unknown
                && observer.hearing().entrySet().stream()
                        .anyMatch(heard ->
                                heard.getValue().alone() && host.places().belongsTo(heard.getKey()));
    }

    /** A host whose power reads off explains itself; it does not speak against the observer. */
    private boolean isTooMany(HostView suspect) {
        Moment fell = since(suspect.standing());
        int population = 0;
        int silent = 0;
        for (HostView host : hosts.all()) {
            switch (host.standing()) {
                case Standing.Absent _ -> {}
                case Standing.Expected _, Standing.Alive _, Standing.Degraded _ -> population++;
                // Who has answered is no sign that we hear badly; who has not yet may be one.
                case Standing.Missed missed when missed.answered() -> population++;
                case Standing.Missed _, Standing.Suspected _, Standing.Held _, Standing.Isolated _ -> {
                    population++;
                    silent += isTogether(fell, since(host.standing())) ? 1 : 0;
                }
                case Standing.Lost lost -> {
                    if (lost.bySilence() && isTogether(fell, lost.since())) {
                        population++;
                        silent++;
                    }
                }
            }
        }
        return silent == population || silent > population * settings.maxShare();
    }

    private static Moment since(Standing standing) {
        return switch (standing) {
            case Standing.Held held -> held.suspectedSince();
            case Standing.Isolated isolated -> isolated.suspectedSince();
            case Standing.Absent _,
                    Standing.Expected _,
                    Standing.Alive _,
                    Standing.Missed _,
                    Standing.Suspected _,
                    Standing.Degraded _,
                    Standing.Lost _ -> standing.since();
        };
    }

    private boolean isTogether(Moment one, Moment other) {
        return one.apart(other).compareTo(settings.shareWindow()) <= 0;
    }
}
