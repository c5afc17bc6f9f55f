package io.holdfast.membership.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process has looked without a break, by both of its clocks. Immutable and pure.
 *
 * <table>
 *   <caption>What is found at a look</caption>
 *   <tr><th>monotonic clock</th><th>wall clock</th><th>found</th></tr>
 *   <tr><td>more than a tick and {@code pause-limit} since the last look</td><td>–</td><td>the process stood still</td></tr>
 *   <tr><td>less</td><td>went further, by more than {@code pause-limit}</td><td>the machine was suspended, or its clock was set forward: a
 *       jump</td></tr>
 *   <tr><td>less</td><td>went less far by more than that, or back</td><td>its clock was set back: a jump</td></tr>
 *   <tr><td colspan="2">a jump, and {@value #JUMPS_MAX} within the last minute were believed</td><td>the clock errs</td></tr>
 *   <tr><td>less</td><td>the same</td><td>nothing</td></tr>
 * </table>
 *
 * <p>The monotonic clock of Linux stands still while the machine is suspended, so by it alone nobody could know. Who was suspended and whose
 * clock was set look the same from inside, and both doubt themselves: what they held of ages and answers is from before.
 *
 * <p><b>Why not each jump.</b> Each one costs an observer its opinions for the settle time. A time service that steps the clock all the time
 * would make it blind for good, and the next host that dies would be missed by nobody. So a few jumps a minute are believed; whatever comes
 * beyond them is the clock's own fault, is told to people, and changes nothing. Durations never come from the wall clock.
 *
 * @param longest two looks are not further apart unless the process stood still
 * @param apart how far the clocks may go apart between two looks
 * @param last the last look
 * @param jumpsNanos when jumps were believed within the last minute, oldest first, by the monotonic clock
 * @param toldNanos when it was last told that the clock errs, or null
 * @param found at the last look
 */
public record Vigil(
        Duration longest,
        Duration apart,
        Moment last,
        List<Long> jumpsNanos,
        @Nullable Long toldNanos,
        Found found) {

    /** So many jumps within {@link #WINDOW} are believed. Too many: a bad clock keeps a controller blind. */
    public static final int JUMPS_MAX = 3;

    /** That a clock errs is told so often, too. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    /** What a look found. */
    public sealed interface Found {}

    /** Nothing. */
    public record Awake() implements Found {}

    /** The process did not run for so long. */
    public record StoodStill(Duration gap) implements Found {}

    /** @param by how much further the wall clock went than the monotonic one; negative when it went back */
    public record Jumped(Duration by) implements Found {}

    /**
     * One jump too many within a minute: not believed.
     *
     * @param news whether people have not been told for a minute
     */
    public record Errs(Duration by, boolean news) implements Found {}

    public Vigil {
        jumpsNanos = List.copyOf(jumpsNanos);
    }

    /**
     * @param tick between two looks
     * @param pauseLimit what a look may be late, and the clocks may go apart, without a doubt
     */
    public static Vigil from(Moment now, Duration tick, Duration pauseLimit) {
        return new Vigil(tick.plus(pauseLimit), pauseLimit, now, List.of(), null, new Awake());
    }

    /** After a look at this moment, which is not before the last one by the monotonic clock. */
    public Vigil look(Moment now) {
        Duration gap = now.since(last);
        Duration by = Duration.between(last.wall(), now.wall()).minus(gap);
        if (gap.compareTo(longest) > 0) {
            return found(now, jumpsNanos, toldNanos, new StoodStill(gap));
        }
        if (by.abs().compareTo(apart) <= 0) {
            return found(now, jumpsNanos, toldNanos, new Awake());
        }
        List<Long> recent = new ArrayList<>(jumpsNanos);
        recent.removeIf(at -> now.nanos() - at >= WINDOW.toNanos());
        if (recent.size() < JUMPS_MAX) {
            recent.add(now.nanos());
            return found(now, recent, toldNanos, new Jumped(by));
        }
        boolean news = toldNanos == null || now.nanos() - toldNanos >= WINDOW.toNanos();
        return found(now, recent, news ? Long.valueOf(now.nanos()) : toldNanos, new Errs(by, news));
    }

    /** For how long this process may have been away, if it has to doubt itself now. */
    public Optional<Duration> pause() {
        return switch (found) {
            case StoodStill(Duration gap) -> Optional.of(gap);
            case Jumped(Duration by) -> Optional.of(by.abs());
            case Awake _, Errs _ -> Optional.empty();
        };
    }

    /** In words, for people; empty when there is nothing to tell. */
    public String text() {
        return switch (found) {
            case Awake _ -> "";
            case StoodStill(Duration gap) -> "this process did not run for " + gap.toMillis() + " ms";
            case Jumped(Duration by) ->
                "the wall clock went " + far(by)
                        + " than the monotonic one: this machine was suspended, or its clock was" + " set";
            case Errs(Duration by, boolean news) ->
                !news
                        ? ""
                        : "the wall clock jumps again and again (now it went " + far(by)
                                + " than the monotonic one); it is"
                                + " not taken for a pause more than " + JUMPS_MAX + " times in " + WINDOW.toSeconds()
                                + " s. See to this machine's time service";
        };
    }

    private static String far(Duration by) {
        return by.abs().toMillis() + " ms " + (by.isNegative() ? "less far" : "further");
    }

    private Vigil found(Moment now, List<Long> jumps, @Nullable Long told, Found what) {
        return new Vigil(longest, apart, now, jumps, told, what);
    }
}
