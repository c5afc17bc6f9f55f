package io.holdfast.recovery;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.health.Reaction;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What membership concludes, on its way into recovery. What has to be told at once is told from memory before {@link #take} returns;
 * all else waits in the inbox for the owner thread. Any thread; never blocks.
 */
final class MembershipNews {

    private static final String LEFT =
            "its agent took its leave, with no guest running: nothing is concluded from its silence, no case"
                    + " is opened, and its instances stay where they are";

    private final RecoveryEngine engine;
    private final Supplier<Optional<LeaderEpoch>> leadership;
    private final EarlyNotices early;
    private final Failbacks failbacks;
    private final Arrivals arrivals;
    private final Openings openings;
    private final Consumer<Runnable> inbox;
    private final Consumer<List<Fact>> untold;

    /**
     * @param inbox of the owner thread
     * @param untold takes what was told, to be kept with the next write; called on the owner thread
     */
    MembershipNews(
            RecoveryEngine engine,
            Supplier<Optional<LeaderEpoch>> leadership,
            EarlyNotices early,
            Failbacks failbacks,
            Arrivals arrivals,
            Openings openings,
            Consumer<Runnable> inbox,
            Consumer<List<Fact>> untold) {
        this.engine = engine;
        this.leadership = leadership;
        this.early = early;
        this.failbacks = failbacks;
        this.arrivals = arrivals;
        this.openings = openings;
        this.inbox = inbox;
        this.untold = untold;
    }

    void take(MembershipEvent event) {
        boolean leads = leadership.get().isPresent();
        switch (event) {
            case MembershipEvent.Suspected e -> {
                early.suspect(e.host(), e.at(), e.evidence());
                failbacks.troubled(e.host());
                inbox.accept(() -> arrivals.suspected(e.host(), e.at()));
                tellNow(leads, e.host(), e.at(), "suspected", "suspected: a signal is missing", e.evidence());
            }
            case MembershipEvent.Cleared e -> {
                // Told first, so that it says since when there was a suspicion: that links the two notices.
                tellNow(leads, e.host(), e.at(), "cleared", "the suspicion proved wrong", e.evidence());
                early.clear(e.host());
                inbox.accept(() -> arrivals.cleared(e));
            }
            case MembershipEvent.Degraded e -> {
                early.ail(e);
                failbacks.troubled(e.host());
                boolean told = leads && e.reactions().contains(Reaction.TELL);
                tellNow(told, e.host(), e.at(), "degraded", e.reason(), e.evidence());
                drain(e.host(), e.reactions(), e.reason());
            }
            case MembershipEvent.Isolated e -> {
                early.suspect(e.host(), e.at(), e.evidence());
                failbacks.troubled(e.host());
                tellNow(leads, e.host(), e.at(), "isolated", e.reason(), e.evidence());
            }
            case MembershipEvent.Held e -> {
                early.hold(e.host(), e.reason());
                tellNow(leads, e.host(), e.at(), "held", e.reason(), e.evidence());
                inbox.accept(() -> engine.note(e.host(), "held", "observer: " + e.reason()));
            }
            case MembershipEvent.Lost e -> {
                early.lose(e.host(), e.at(), e.evidence());
                Optional<LeaderEpoch> heardAt = leadership.get();
                inbox.accept(() -> {
                    arrivals.gone(e.host());
                    openings.lost(e, heardAt.orElse(null));
                });
            }
            case MembershipEvent.PowerOff e -> inbox.accept(() -> openings.powerOff(e));
            case MembershipEvent.Joined e -> {
                early.joined(e.host());
                if (leads) {
                    early.admitting(e.host());
                }
                inbox.accept(() -> arrivals.joined(e));
            }
            case MembershipEvent.Left e -> {
                early.left(e.host());
                inbox.accept(() -> {
                    arrivals.gone(e.host());
                    openings.hostIsHere(e.host());
                    engine.note(e.host(), "left", LEFT);
                });
                tellNow(leads, e.host(), e.at(), "left", LEFT, List.of());
            }
        }
    }

    /** Nobody moves guests off a living host yet: that somebody should is written down where people look. */
    private void drain(HostId host, List<Reaction> reactions, String reason) {
        if (reactions.contains(Reaction.DRAIN)) {
            inbox.accept(() -> engine.note(host, "drain", "its guests should move elsewhere: " + reason));
        }
    }

    private void tellNow(boolean told, HostId host, Instant at, String what, String reason, List<Evidence> evidence) {
        if (told) {
            List<Fact> facts = early.tell(host, at, what, reason, evidence);
            inbox.accept(() -> untold.accept(facts));
        }
    }
}
