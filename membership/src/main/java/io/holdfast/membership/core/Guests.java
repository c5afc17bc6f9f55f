package io.holdfast.membership.core;

import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.health.Column;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether the guests of a host that is not heard still write, by the looks since its suspicion.
 *
 * <p><b>Rule.</b> One disk that was written makes them active, for as long as a write may be old. {@link #QUIET_LOOKS} looks in a row that
 * saw every disk and no write make them quiet, which proves nothing. Anything else is unknown; a look that could not see is no look.
 *
 * @param since the suspicion; looks that were asked before it do not count
 * @param newest what the newest look showed, or null
 * @param newestAskedAt when it was asked
 * @param written the newest look that saw a write, or null
 * @param writtenAskedAt when that was asked, which is before the write was seen
 * @param quietInARow looks without a write that saw every disk, the newest included
 * @param openSince when the look under way was asked, or null
 */
record Guests(
        @Nullable Moment since,
        @Nullable GuestActivity newest,
        @Nullable Moment newestAskedAt,
        GuestActivity.@Nullable Written written,
        @Nullable Moment writtenAskedAt,
        int quietInARow,
        @Nullable Moment openSince) {

    /** Too small: guests that write once in a while are called quiet. */
    static final int QUIET_LOOKS = 3;

    static final Guests NOT_ASKED = new Guests(null, null, null, null, null, 0, null);

    /** Since when answers count for a host that stands so; null for one whose guests are not asked for. */
    static @Nullable Moment countedSince(Standing standing) {
        return switch (standing) {
            // Whose agent speaks needs nobody who speaks for it.
            case Standing.Degraded degraded when degraded.heard() -> null;
            // Asked itself first, which is over sooner.
            case Standing.Missed _ -> null;
            default -> standing.answersCountSince();
        };
    }

    boolean isDue(Moment now, Duration interval) {
        return openSince == null && (newestAskedAt == null || now.hasPassed(newestAskedAt, interval));
    }

    /** A new suspicion forgets the old one's looks, but not that a question is under way: there is never a second one. */
    Guests asked(Moment now, Moment suspectedSince) {
        return suspectedSince.equals(since)
                ? new Guests(since, newest, newestAskedAt, written, writtenAskedAt, quietInARow, now)
                : new Guests(suspectedSince, null, null, null, null, 0, now);
    }

    /** The answer to a question that is not open changes nothing; one that was asked too early is no answer. */
    Guests seen(Moment askedAt, GuestActivity activity) {
        if (!askedAt.equals(openSince)) {
            return this;
        }
        return switch (activity) {
            case GuestActivity.Written now -> new Guests(since, now, askedAt, now, askedAt, 0, null);
            case GuestActivity.Unchanged now ->
                new Guests(since, now, askedAt, written, writtenAskedAt, quietInARow + 1, null);
            case GuestActivity.Unseen now -> new Guests(since, now, askedAt, written, writtenAskedAt, 0, null);
        };
    }

    /**
     * @param counted what {@link #countedSince} says of the host now
     * @param limit how old a look may be to say something of now
     */
    Column.Guests reading(@Nullable Moment counted, Moment now, Duration limit) {
        if (counted == null) {
            return Column.Guests.UNKNOWN;
        }
        if (isFresh(writtenAskedAt, counted, now, limit)) {
            return Column.Guests.ACTIVE;
        }
        return quietInARow >= QUIET_LOOKS && counted.equals(since) && isFresh(newestAskedAt, counted, now, limit)
                ? Column.Guests.QUIET
                : Column.Guests.UNKNOWN;
    }

    private static boolean isFresh(@Nullable Moment askedAt, Moment counted, Moment now, Duration limit) {
        return askedAt != null && !askedAt.isBefore(counted) && !now.hasPassed(askedAt, limit);
    }

    private boolean quietSinceWrite() {
        return !(newest instanceof GuestActivity.Written);
    }

    /** For people; empty where nobody looked. */
    String text(Moment now) {
        if (newest == null || newestAskedAt == null) {
            return "";
        }
        String seen = switch (newest) {
            case GuestActivity.Written is -> "active: " + is.detail();
            case GuestActivity.Unchanged is -> "unchanged in " + quietInARow + " looks: " + is.detail();
            case GuestActivity.Unseen is -> is.reason().isEmpty() ? "" : "not seen: " + is.reason();
        };
        return written != null && writtenAskedAt != null && quietSinceWrite() && !seen.isEmpty()
                ? seen + "; " + written.detail() + " "
                        + now.since(writtenAskedAt).toMillis() + " ms ago"
                : seen;
    }
}
