package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;

/** How an attempt to give an instance a new home ended. */
public sealed interface Claim {

    /** The instance's home is now {@code host}, with this generation, at that host's epoch. Durable. */
    record Granted(HostId host, Generation generation, HostEpoch epoch) implements Claim {}

    /**
     * The instance is not as it was (another generation, stopped or deleted by its owner), or its server group is not
     * where it was. Ask again with fresh eyes.
     */
    record Conflict(String reason) implements Claim {}

    /** The host no longer takes it: full, disabled, condemned. Another host may. */
    record HostRefused(HostId host, String reason) implements Claim {}
}
