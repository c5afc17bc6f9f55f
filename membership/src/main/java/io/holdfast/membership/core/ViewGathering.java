package io.holdfast.membership.core;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * How long a change of who is there waits for what else changes with it, so that a crowd that comes, or several that go
 * together, make one view and not one each.
 *
 * <p>Rapid's cut detector has the same aim: whoever is about to follow is waited for, and then all are decided about at once. Here
 * nobody reports on anybody; what belongs together is told by time. The sessions of hosts that crash at one moment end in
 * the ticks of a server that follow each other, and a segment that is switched on arrives for seconds.
 *
 * <ul>
 *   <li>Nothing waits that is good news about a host that was missed: who was seen before and is back, and who took its
 *       leave.
 *   <li>Who goes waits for {@code lossPause} in which nobody else goes, and for {@code lossLimit} at the most.
 *   <li>Who was never seen before waits for {@code joinPause} and {@code joinLimit}: nobody misses it.
 *   <li>If one of a change need not wait, nothing of it does.
 * </ul>
 *
 * <p>Not thread-safe, and without a clock: whoever looks says what time it is.
 */
public final class ViewGathering {

    private final Duration lossPause;
    private final Duration lossLimit;
    private final Duration joinPause;
    private final Duration joinLimit;

    /** Everybody who was ever in a view that was said. Only grows. */
    private final Set<String> seen = new HashSet<>();

    private Set<String> said = Set.of();
    private boolean nothingSaid = true;

    /** What was looked at last, and is not said yet. */
    private Set<String> pending = Set.of();

    private boolean waiting;
    private long beganNanos;
    private long changedNanos;

    public ViewGathering(Duration lossPause, Duration lossLimit, Duration joinPause, Duration joinLimit) {
        this.lossPause = lossPause;
        this.lossLimit = lossLimit;
        this.joinPause = joinPause;
        this.joinLimit = joinLimit;
    }

    /**
     * For leases that end with sessions of that length. The server looks for ended sessions every fifth of it, and those of
     * hosts that crashed together end up to a third of it apart, since each was renewed at a time of its own: a
     * quarter is more than the one, and three quarters are more than both.
     */
    public static ViewGathering ofSessions(Duration sessionTimeout) {
        Duration pause = Duration.ofMillis(Math.clamp(sessionTimeout.toMillis() / 4, 150, 1000));
        return new ViewGathering(pause, pause.multipliedBy(3), Duration.ofMillis(200), Duration.ofSeconds(2));
    }

    /**
     * @param present who is there now
     * @param left who of the others took its leave on purpose
     * @return zero if that is to be said now; otherwise after how long to look again
     */
    public Duration look(Set<String> present, Set<String> left, long nowNanos) {
        if (nothingSaid || present.equals(said)) {
            waiting = false;
            return Duration.ZERO;
        }
        boolean loss = false;
        for (String one : said) {
            if (!present.contains(one)) {
                if (left.contains(one)) {
                    return Duration.ZERO;
                }
                loss = true;
            }
        }
        for (String one : present) {
            if (!said.contains(one) && seen.contains(one)) {
                return Duration.ZERO;
            }
        }
        if (!waiting) {
            waiting = true;
            beganNanos = nowNanos;
            changedNanos = nowNanos;
        } else if (!present.equals(pending)) {
            changedNanos = nowNanos;
        }
        pending = Set.copyOf(present);
        long pause = (loss ? lossPause : joinPause).toNanos();
        long limit = (loss ? lossLimit : joinLimit).toNanos();
        long rest = Math.min(changedNanos - nowNanos + pause, beganNanos - nowNanos + limit);
        return rest <= 0 ? Duration.ZERO : Duration.ofNanos(rest);
    }

    /** That was said. */
    public void said(Set<String> view) {
        said = Set.copyOf(view);
        seen.addAll(said);
        nothingSaid = false;
        waiting = false;
    }

    /** After a disturbance: the next look is said at once. */
    public void disturbed() {
        nothingSaid = true;
        waiting = false;
    }
}
