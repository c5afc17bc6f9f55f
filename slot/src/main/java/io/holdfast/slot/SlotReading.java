package io.holdfast.slot;

import java.util.stream.Stream;

/**
 * One slot as it was read, block by block.
 *
 * @param slot its number, from 0
 */
public record SlotReading(
        int slot,
        Content<Claim> claim,
        Content<Heartbeat> heartbeat,
        Content<Pill> pill,
        Content<Acknowledgement> acknowledgement) {

    /** Whether every block is what it should be. */
    public boolean isReadable() {
        return Stream.of(claim, heartbeat, pill, acknowledgement).noneMatch(Content.Unreadable.class::isInstance);
    }
}
