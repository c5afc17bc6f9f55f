package io.holdfast.membership.cut;

import java.time.Duration;

/**
 * How far an observer trusts itself. Who is slow hears late, and would take others for silent; so it first takes itself for slow:
 * its score rises, every silence has to last longer before it says so, and above {@code membership.cut.score-limit} nobody
 * counts what it says.
 *
 * <table>
 *   <caption>What changes the score (Lifeguard, section IV-A, as far as it applies here)</caption>
 *   <tr><th>happening</th><th>score</th><th>in the paper</th></tr>
 *   <tr><td>a question is answered in time</td><td>-1</td><td>successful probe</td></tr>
 *   <tr><td>subjects fall silent</td><td>+1 a turn</td><td>failed probe, of which a turn has one there</td></tr>
 *   <tr><td>more than half of the subjects fall silent in one turn</td><td>+1 each</td><td>failed probes</td></tr>
 *   <tr><td>none of several subjects was heard for a base time-out</td><td>+1 each turn</td><td>failed probes without a nack:
 *       nobody else answers either</td></tr>
 *   <tr><td>somebody says that it did not hear us, and we hear it say so</td><td>+1 each</td><td>refuted suspicion</td></tr>
 *   <tr><td>our own turn comes late</td><td>+1 for each interval</td><td>–; the paper measures it by the probes that fail</td></tr>
 *   <tr><td>our own clocks went apart: suspended, or set</td><td>+1 for each interval of it</td><td>–</td></tr>
 * </table>
 *
 * @param score 0, in good health, to {@link #WORST}
 */
public record LocalHealth(int score) {

    /** The paper's S. The longest time-out is this many base time-outs and one. */
    public static final int WORST = 8;

    static final LocalHealth GOOD = new LocalHealth(0);

    public LocalHealth {
        if (score < 0 || score > WORST) {
            throw new IllegalArgumentException("a local health score is 0 to " + WORST + ", not " + score);
        }
    }

    LocalHealth better() {
        return new LocalHealth(Math.max(0, score - 1));
    }

    /** @param by not negative */
    LocalHealth worse(long by) {
        return new LocalHealth((int) Math.min(WORST, score + Math.min(by, WORST)));
    }

    /** The paper's rule: base × (score + 1). */
    Duration widened(Duration base) {
        return base.multipliedBy(score + 1L);
    }
}
