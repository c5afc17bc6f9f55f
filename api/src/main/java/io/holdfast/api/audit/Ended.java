package io.holdfast.api.audit;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request.
 *
 * @param status of the answer, 100 to 599
 * @param fault the answer's message where it is an error and does not speak of what the request contained; else null. It begins with
 *     {@value #UNKNOWN} where nobody here can say whether the change was made; at most {@value #TEXT_MAX} characters
 * @param made id of what was made; null when nothing was, or it has none; at most {@value #TEXT_MAX} characters
 */
public record Ended(
        int status, @Nullable String fault, @Nullable String made) {

    /** How long a text of a line may be, in characters. What is longer is cut. */
    static final int TEXT_MAX = 300;

    /** The first word of the fault of a change that may have been made. */
    public static final String UNKNOWN = "unknown";

    public Ended {
        fault = Plain.orNull(fault, TEXT_MAX);
        made = Plain.orNull(made, TEXT_MAX);
    }

    /** The change may have been made, or not: 503, as the caller was told, and the word {@value #UNKNOWN}. */
    public static Ended unknown(@Nullable String why) {
        return new Ended(503, UNKNOWN + (why == null ? "" : ": " + why), null);
    }

    public boolean isUnknown() {
        return fault != null && fault.startsWith(UNKNOWN);
    }
}
