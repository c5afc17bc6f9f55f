package io.holdfast.api;

import io.holdfast.compute.Advisories;
import io.holdfast.scheduler.AdvisorySettings;

/**
 * What is said of hosts from outside, and what it does.
 *
 * @param settings those that the scheduler works with
 */
public record Advised(Advisories book, AdvisorySettings settings) {}
