package io.holdfast.slot;

import io.holdfast.model.HostId;
import java.time.Instant;

/**
 * Whose slot it is.
 *
 * @param bootId the life in which it was claimed; the same host claims again after each boot
 * @param claimedAt by the host's wall clock, for people
 */
public record Claim(HostId host, String bootId, Instant claimedAt) {

    public Claim {
        Words.require("boot id", bootId, 1, 64);
    }
}
