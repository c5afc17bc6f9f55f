package io.holdfast.compute;

import java.time.Duration;

/**
 * That the consumer of an instance is asked, when its host has been proven isolated, before anything is done about it.
 *
 * @param within how long its answer is waited for, {@link #SHORTEST} to {@link #LONGEST}; zero when nobody is to be asked
 * @param otherwise what is done when nobody has answered by then
 */
public record SayTerms(Duration within, SayAnswer otherwise) {

    public static final Duration SHORTEST = Duration.ofSeconds(1);
    public static final Duration LONGEST = Duration.ofMinutes(10);

    /** An instance's own word that it is not asked, whatever its server group says. */
    public static final SayTerms NEVER = new SayTerms(Duration.ZERO, SayAnswer.RECOVER);

    public SayTerms {
        boolean fits = within.compareTo(SHORTEST) >= 0 && within.compareTo(LONGEST) <= 0;
        if (!fits && !within.isZero()) {
            throw new IllegalArgumentException("an answer is waited for from " + SHORTEST.toSeconds() + " s to "
                    + LONGEST.toSeconds() + " s, not " + within.toMillis() + " ms");
        }
    }

    public boolean asks() {
        return !within.isZero();
    }
}
