package io.holdfast.compute;

import java.nio.ByteBuffer;

/** What an agent read of the slot device on the shared storage. Whoever asked checks it; how old it is, nobody can say. */
public sealed interface SlotsAnswer {

    /** @param device every byte of it, read-only */
    record Read(ByteBuffer device) implements SlotsAnswer {}

    /** It has none, cannot read it, did not answer in time, or is of an earlier release. */
    record Unknown(String reason) implements SlotsAnswer {}
}
