package io.holdfast.membership.core;

import io.holdfast.model.HostId;

/**
 * One transition of one host.
 *
 * @param detail what to add for the reader of a log: the doubt, the ailment, the evidence
 */
public record Change(HostId host, Transition transition, String detail) {}
