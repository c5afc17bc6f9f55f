package io.holdfast.network;

/** What the router of a subnet shall be. */
public sealed interface Gateway {

    /** The first address of the range, as usual. */
    record First() implements Gateway {}

    record None() implements Gateway {}

    record At(Ipv4 address) implements Gateway {}
}
