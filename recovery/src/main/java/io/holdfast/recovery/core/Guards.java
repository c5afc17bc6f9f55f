package io.holdfast.recovery.core;

import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.Guard.Decision;
import io.holdfast.recovery.core.Guard.Finding;
import java.time.Instant;
import java.util.List;

/**
 * Whether a host may be condemned now.
 *
 * <p><b>Intuition.</b> Membership says what it sees; the guards ask what else it could mean, and what harm comes of
 * believing it. They never make anything happen, they only hold, and whatever they hold is looked at again until it
 * goes on or a human has decided.
 *
 * <p><b>Model.</b> A list, in the order of their strictness: an order to do nothing, maintenance, then what hard evidence
 * passes: the observer's fitness, cool-down, rate, failure domain, share of the segment. The first that does not let it pass gives the reason; all
 * of them are asked, so that a dry run can show each.
 *
 * <p><b>Invariants.</b> Disarmed means that nothing passes. A word passes everything else. Power that reads off passes
 * everything but orders and maintenance.
 *
 * <p>What if we die here: nothing is kept; the next controller asks again, with the same history from the journal.
 */
public final class Guards {

    private Guards() {}

    /** What a host in this situation gets. */
    public static Review review(Situation situation, RecoverySettings settings) {
        return new Review(of(settings).stream()
                .map(guard -> guard.review(situation))
                .map(finding -> new Line(finding.guard(), finding.mode().text(), finding.decision(), reason(finding)))
                .toList());
    }

    private static List<Guard> of(RecoverySettings settings) {
        GuardSettings guards = settings.guards();
        return List.of(
                new SegmentArmed(),
                new SegmentMaintenance(),
                new HostMaintenance(),
                new ObserverFit(),
                new CoolDown(guards.stormHolds(), guards.stormWindow(), guards.coolDown()),
                new FenceRate(guards.fencesPerWindow(), guards.fenceWindow()),
                new DomainLoss(guards.domainShare(), guards.domainWindow()),
                new SegmentShare(settings.condemnShare(), guards.stormWindow()));
    }

    private static String reason(Finding finding) {
        return finding.decision() == Decision.ACT
                ? finding.reason()
                : finding.guard() + ": " + finding.reason() + " (this guard "
                        + finding.mode().text() + ")";
    }

    /** Whether a hold for this reason counts towards a storm. */
    public static boolean isStorm(String reason) {
        return reason.startsWith("segment-share: ") || reason.startsWith("failure-domain: ");
    }

    /**
     * Whether a host that failed so often takes claims when it is back.
     *
     * <p>Fails open: a failure that is not in the journal is not counted, because a host is worth more than a suspicion
     * that nobody wrote down.
     *
     * @param failures when it was condemned, not by somebody's word
     * @return the reason for a quarantine, or an empty text
     */
    public static String flapping(List<Instant> failures, Instant now, GuardSettings settings) {
        String often = often(failures, now, settings);
        return often.isEmpty()
                ? ""
                : often + ". It serves what it has and takes no new claims until an operator"
                        + " releases it (holdfast host release), or until it was healthy for "
                        + settings.healthyPeriod().toMinutes() + " min (this guard fails open)";
    }

    /** As {@link #flapping}, of a host that is off. Nobody but an operator ends that: it cannot show that it is healthy. */
    public static String failsTooOften(List<Instant> failures, Instant now, GuardSettings settings) {
        String often = often(failures, now, settings);
        return often.isEmpty() ? "" : often + ". It stays off until an operator releases it (holdfast host release)";
    }

    private static String often(List<Instant> failures, Instant now, GuardSettings settings) {
        Instant since = now.minus(settings.flapWindow());
        long count = failures.stream().filter(at -> at.isAfter(since)).count();
        return count < settings.flapLimit()
                ? ""
                : "flapping: it failed " + count + " times within "
                        + settings.flapWindow().toMinutes() + " min, and the limit is " + settings.flapLimit();
    }

    /**
     * What one guard says.
     *
     * @param mode {@code fails open} or {@code fails closed}: what it does when it cannot know
     * @param reason begins with the guard's name when it does not let the host pass
     */
    public record Line(String guard, String mode, Decision decision, String reason) {}

    /** What all of them say. */
    public record Review(List<Line> lines) {

        public Review {
            lines = List.copyOf(lines);
        }

        public Decision decision() {
            return first().decision();
        }

        public boolean ignored() {
            return decision() == Decision.IGNORE;
        }

        public String reason() {
            return first().reason();
        }

        /** For a case. */
        public CaseEvent.HoldReviewed held() {
            return new CaseEvent.HoldReviewed(decision() == Decision.ACT, reason());
        }

        /** The first that does not let it pass, or the last one. */
        private Line first() {
            return lines.stream()
                    .filter(line -> line.decision() != Decision.ACT)
                    .findFirst()
                    .orElseGet(lines::getLast);
        }
    }
}
