package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;

/** What happens to a conversation. */
public sealed interface Event {

    /** Something came from the device's address and port. It may be anything. */
    record Heard(Bytes datagram) implements Event {}

    /** The time that the state asked to be woken at may have come. */
    record Wake() implements Event {}

    /**
     * The network says that nobody is there.
     *
     * @param detail for people
     */
    record Unreachable(String detail) implements Event {}

    /** Nobody waits for the answer any more. */
    record Abandoned() implements Event {}
}
