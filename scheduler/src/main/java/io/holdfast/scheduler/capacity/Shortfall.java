package io.holdfast.scheduler.capacity;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is missing for a promise that the loss of any so many hosts is survived.
 *
 * @param failing how many of those losses are not survivable for certain; 0 when the promise is kept
 * @param left the most instances that one of them would leave without a home; 0 where only a bound was looked at
 * @param worst one host's loss before two; null when there is none to name
 * @param reason for people, empty when the promise is kept
 */
public record Shortfall(int failing, int left, @Nullable Answer worst, String reason) {

    static final Shortfall NONE = new Shortfall(0, 0, null, "");

    private static final int NAMED_MAX = 3;

    public boolean kept() {
        return failing == 0;
    }

    /** The same without the names of instances, for whoever may not see them all. */
    String brief() {
        return worst == null ? reason : loss(worst);
    }

    /** Whether more is missing than before: more losses that are not survivable, or one that leaves more. */
    boolean worseThan(Shortfall before) {
        return failing > before.failing || left > before.left;
    }

    /**
     * For people.
     *
     * @param left whom the planner gives no home, the most important first
     */
    public static String words(Answer answer, List<Details.Left> left) {
        String what = loss(answer) + ": ";
        if (left.isEmpty()) {
            return what + answer.ground().text();
        }
        String named = left.stream().limit(NAMED_MAX).map(Shortfall::word).collect(Collectors.joining("; "));
        return what
                + named
                + (left.size() > NAMED_MAX ? "; and " + (left.size() - NAMED_MAX) + " more would find no home" : "");
    }

    private static String loss(Answer answer) {
        return "the loss of " + answer.failure().name().replace("+", " and ")
                + (answer.verdict() == Verdict.NOT_SURVIVABLE ? " would be unsurvivable" : " is not proven survivable");
    }

    private static String word(Details.Left one) {
        return one.name() + " would find no home ("
                + (one.nearest() == null ? "" : one.nearest() + " is nearest: ")
                + one.reason() + ")";
    }
}
