package io.holdfast.chaos.bench.alarms;

import java.time.Duration;

/**
 * How the SWIM detector is tuned.
 *
 * @param period of the protocol: at 350 ms half of all deaths are suspected within 0.6 s, a little later than by the product, which is in SWIM's favour
 * @param helpers the paper's k
 * @param suspicion how long a suspicion may be refuted: what the product gives a silent host before it condemns
 */
public record Tuning(Duration period, int helpers, Duration suspicion) {

    public Tuning {
        if (period.toMillis() < 20 || period.toMillis() > 60_000) {
            throw new IllegalArgumentException("--swim-period must be between 20ms and 60s");
        }
        if (helpers < 0 || helpers > 10) {
            throw new IllegalArgumentException("--swim-helpers must be between 0 and 10, is " + helpers);
        }
    }

    public static Tuning usual() {
        return new Tuning(Duration.ofMillis(350), 3, Duration.ofSeconds(3));
    }
}
