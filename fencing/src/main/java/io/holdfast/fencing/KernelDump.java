package io.holdfast.fencing;

import java.time.Instant;

/**
 * Why a host had better keep its power for a while.
 *
 * @param heard whether it says that it dumps; otherwise it is given the time to say so
 * @param until when to ask again
 * @param limit when its power is cut all the same
 * @param reason for people
 */
public record KernelDump(boolean heard, Instant until, Instant limit, String reason) {}
