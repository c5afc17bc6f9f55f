package io.holdfast.chaos.sim;

import io.holdfast.model.FailureDomains;
import java.util.Map;

/**
 * What hosts say that they share. In half of the worlds they say nothing. In the others, neighbours share a rack, and every
 * second host of two neighbouring racks shares a PDU, so that a loss of one cuts across the other.
 */
final class Labels {

    static final String RACK = "rack";
    static final String PDU = "pdu";

    private final boolean used;
    private final int hostsOfARack;

    Labels(Dice dice, int hosts) {
        used = dice.chance(0.5);
        // A small world that is one single rack would know no other loss than that of everything.
        hostsOfARack = hosts <= 8 ? 2 : 4;
    }

    /** @param number of the host, from 0 */
    FailureDomains of(int number) {
        if (!used) {
            return FailureDomains.NONE;
        }
        int pair = number / (2 * hostsOfARack);
        return new FailureDomains(
                Map.of(RACK, "r" + number / hostsOfARack, PDU, "p" + pair + (number % 2 == 0 ? "a" : "b")));
    }
}
