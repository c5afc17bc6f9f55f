package io.holdfast.membership.core;

import io.holdfast.membership.HostRegistration;
import io.holdfast.model.HostId;
import java.time.Duration;

/** What the machine wants to know. Each is answered exactly once, by its deadline; at most one of a kind per host is open. */
public sealed interface Command {

    HostId host();

    Moment askedAt();

    /** Read the host's power; answered by {@link Observation.PowerRead}. */
    record AskPower(HostId host, Moment askedAt) implements Command {}

    /** Have others look whether its guests write their disks; answered by {@link Observation.GuestsSeen}. */
    record LookAtGuests(HostId host, Moment askedAt) implements Command {}

    /**
     * Call the host itself; answered by {@link Observation.ProbeAnswer}.
     *
     * @param deadline after it the host counts as silent for this once
     */
    record Probe(HostId host, HostRegistration where, Moment askedAt, Duration deadline) implements Command {}
}
