package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.rmcp.Bytes;

/** What a conversation wants done, in this order. */
public sealed interface Command {

    /** One datagram to the device. */
    record Send(Bytes datagram) implements Command {}

    /** The outcome, once. The conversation may go on a little to close its session; nobody need wait for that. */
    record Answer(Outcome outcome) implements Command {}
}
