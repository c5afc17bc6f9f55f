/**
 * Measurements that need many hosts: real sessions of a thousand light agents against a controller's membership, and false alarms
 * in simulated worlds, beside those of a plain SWIM detector.
 *
 * <p>What is measured is the product's own; what is played beside it says so in its class. {@code holdfast bench} runs them.
 */
@NullMarked
package io.holdfast.chaos.bench;

import org.jspecify.annotations.NullMarked;
