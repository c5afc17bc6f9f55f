/**
 * What a BMC's sensors are and what their readings mean: the records of its repository (section 43 of the specification, version
 * 2.0) and the answers to Get Sensor Reading (section 35.14), from bytes to values.
 *
 * <p>As pure as the wire format beside it: no socket, clock, thread or random number. Whatever bytes come, the outcome is a value
 * or a {@link io.holdfast.fencing.ipmi.rmcp.GarbledException} that names what is wrong.
 *
 * <p>What it refuses to do: call anything bad that was not read.
 */
@NullMarked
package io.holdfast.fencing.ipmi.sdr;

import org.jspecify.annotations.NullMarked;
