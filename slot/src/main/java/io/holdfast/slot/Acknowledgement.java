package io.holdfast.slot;

import io.holdfast.model.HostId;
import java.time.Instant;

/**
 * The host has read a pill and dies now. Proves nothing by itself: a host can be stopped between this word and its death.
 *
 * @param pill sequence of the pill that was read
 * @param writtenAt by the host's wall clock, for people
 */
public record Acknowledgement(HostId host, String bootId, long pill, Instant writtenAt) {

    public Acknowledgement {
        Words.require("boot id", bootId, 1, 64);
    }
}
