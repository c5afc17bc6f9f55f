package io.holdfast.membership.core;

import io.holdfast.membership.HostRegistration;
import io.holdfast.model.HostId;

/** What the machine wants to know. Each is answered exactly once, by its deadline; at most one of a kind per host is open. */
public sealed interface Command {

    HostId host();

    Moment askedAt();

    /** Read the host's power; answered by {@link Observation.PowerRead}. */
    record AskPower(HostId host, Moment askedAt) implements Command {}

    /** Call the agent's port; answered by {@link Observation.ProbeAnswer}. */
    record Probe(HostId host, HostRegistration where, Moment askedAt) implements Command {}
}
