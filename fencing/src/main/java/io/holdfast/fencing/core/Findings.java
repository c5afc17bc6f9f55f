package io.holdfast.fencing.core;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceCheck.Finding;
import io.holdfast.fencing.FenceCheck.Grade;
import io.holdfast.fencing.FenceCheck.Subject;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What a device's answers in a rehearsal mean. Pure.
 *
 * <pre>
 * the device says                    and the host           finding
 * power on                           whatever               POWER ok
 * power off                          does not live          POWER ok
 * power off                          lives                  POWER fail: it lies, is another host's, or feeds a supply of
 *                                                           several that is switched off; nothing tells these apart
 * nothing usable                     whatever               POWER fail
 * its power, later than half the time that a call has       LATENCY warn
 * the account may cut the power      -                      RIGHTS ok
 * the account may not                -                      RIGHTS fail
 * it has rights of the maker's own   -                      RIGHTS warn
 * a time that is ours, or nearly     -                      CLOCK ok
 * a time that is {@link #CLOCK_LIMIT} from ours or more     CLOCK warn
 * that it is well; that it is not    -                      MONITOR ok; MONITOR fail
 * slot, lease and watchdog are so that its silence would prove; one of them is not    SELF_FENCE ok; SELF_FENCE fail
 * its crashed kernel would be heard; it would not             KERNEL_DUMP ok; KERNEL_DUMP fail
 * its power, and nothing else        -                      OTHERS warn
 * that it will not say               -                      untold
 * </pre>
 *
 * <p>A clock that is wrong fences as well as one that is right; but a certificate may count as expired by it, and the
 * device's log cannot be laid beside ours.
 */
public final class Findings {

    /** Too small: clocks that nobody set to the second are always reported; too large: a wrong time zone passes. */
    public static final Duration CLOCK_LIMIT = Duration.ofMinutes(5);

    private Findings() {}

    /**
     * All findings about one device, the power first.
     *
     * @param ours wall time at the end of the facts
     * @param alive whether other signals say that the host lives, both before and after the reading
     * @param callTimeout what a call to a device may take in earnest
     */
    public static List<Finding> of(
            PowerReading reading, List<DeviceFact> facts, Instant ours, boolean alive, Duration callTimeout) {
        List<Finding> findings = new ArrayList<>();
        findings.add(power(reading, alive));
        if (reading.state() != PowerState.UNKNOWN) {
            findings.add(latency(reading, callTimeout));
        }
        for (DeviceFact fact : facts) {
            findings.add(of(fact, ours));
        }
        return List.copyOf(findings);
    }

    private static Finding power(PowerReading reading, boolean alive) {
        return switch (reading.state()) {
            case ON -> new Finding(Subject.POWER, Grade.OK, reading.detail(), reading.took());
            case OFF ->
                alive
                        ? new Finding(
                                Subject.POWER,
                                Grade.FAIL,
                                "says off, and the host is alive: the device lies, is another host's, or feeds a supply that is"
                                        + " switched off ("
                                        + reading.detail() + ")",
                                reading.took())
                        : new Finding(Subject.POWER, Grade.OK, reading.detail(), reading.took());
            case UNKNOWN -> new Finding(Subject.POWER, Grade.FAIL, reading.detail(), reading.took());
        };
    }

    private static Finding latency(PowerReading reading, Duration callTimeout) {
        boolean slow = reading.took().multipliedBy(2).compareTo(callTimeout) > 0;
        String took = reading.took().toMillis() + " ms";
        return new Finding(
                Subject.LATENCY,
                slow ? Grade.WARN : Grade.OK,
                slow
                        ? "took " + took + ", more than half of what a call may take (" + callTimeout.toMillis()
                                + " ms, fencing.call-timeout)"
                        : "took " + took,
                reading.took());
    }

    /** What one answer means by itself. */
    public static Finding of(DeviceFact fact, Instant ours) {
        return switch (fact) {
            case DeviceFact.Rights rights ->
                new Finding(
                        Subject.RIGHTS,
                        switch (rights.answer()) {
                            case GRANTED -> Grade.OK;
                            case DENIED -> Grade.FAIL;
                            case DOUBTFUL -> Grade.WARN;
                            case UNTOLD -> Grade.UNTOLD;
                        },
                        rights.detail(),
                        rights.took());
            case DeviceFact.Clock clock -> clock(clock, ours);
            case DeviceFact.Contact contact ->
                new Finding(Subject.MONITOR, contact.made() ? Grade.OK : Grade.FAIL, contact.detail(), contact.took());
            case DeviceFact.SelfFence known ->
                new Finding(Subject.SELF_FENCE, known.good() ? Grade.OK : Grade.FAIL, known.detail(), known.took());
            case DeviceFact.Listening listening ->
                new Finding(
                        Subject.KERNEL_DUMP,
                        listening.good() ? Grade.OK : Grade.FAIL,
                        listening.detail(),
                        listening.took());
            case DeviceFact.Silence silence ->
                new Finding(
                        Subject.OTHERS,
                        Grade.WARN,
                        "gave its power, and no answer to anything else: " + silence.detail(),
                        silence.took());
        };
    }

    private static Finding clock(DeviceFact.Clock clock, Instant ours) {
        Instant theirs = clock.time();
        if (theirs == null) {
            return new Finding(Subject.CLOCK, Grade.UNTOLD, clock.detail(), clock.took());
        }
        Duration ahead = Duration.between(ours, theirs);
        if (ahead.abs().compareTo(CLOCK_LIMIT) < 0) {
            return new Finding(
                    Subject.CLOCK, Grade.OK, "within " + (ahead.abs().toSeconds() + 1) + " s of ours", clock.took());
        }
        return new Finding(
                Subject.CLOCK,
                Grade.WARN,
                "is " + length(ahead.abs()) + (ahead.isNegative() ? " behind" : " ahead of") + " ours (" + theirs + ")",
                clock.took());
    }

    private static String length(Duration off) {
        return off.toDays() > 1
                ? off.toDays() + " days"
                : off.toHours() > 1 ? off.toHours() + " hours" : off.toMinutes() + " minutes";
    }
}
