package io.holdfast.fencing.ipmi.sim;

import java.time.Duration;

/**
 * How a simulated BMC misbehaves. Several at once are possible.
 *
 * @param silent nothing is answered, nothing done
 * @param delay every answer takes that long, and nothing else is done meanwhile
 * @param orderDelay that much more for the answer to an order, which is carried out first
 * @param lossShare which share of the datagrams is lost, in each direction by itself, 0 to 1
 * @param lying orders are answered with "done" and not carried out; readings stay honest
 * @param refusing orders are refused; readings stay honest
 * @param busy every command is answered with "node busy"; logins work
 * @param wrongAnswers every command is carried out and answered as if it had been another one
 * @param garbled in every datagram that goes out, one octet is wrong
 * @param twice every datagram goes out twice
 */
public record BmcFaults(
        boolean silent,
        Duration delay,
        Duration orderDelay,
        double lossShare,
        boolean lying,
        boolean refusing,
        boolean busy,
        boolean wrongAnswers,
        boolean garbled,
        boolean twice) {

    /** Behaves. */
    public static final BmcFaults NONE =
            new BmcFaults(false, Duration.ZERO, Duration.ZERO, 0, false, false, false, false, false, false);

    public BmcFaults {
        if (lossShare < 0 || lossShare > 1) {
            throw new IllegalArgumentException("a share of loss is between 0 and 1, not " + lossShare);
        }
    }

    public BmcFaults withSilence() {
        return new BmcFaults(true, delay, orderDelay, lossShare, lying, refusing, busy, wrongAnswers, garbled, twice);
    }

    public BmcFaults withDelay(Duration ofAnswers, Duration ofOrders) {
        return new BmcFaults(
                silent, ofAnswers, ofOrders, lossShare, lying, refusing, busy, wrongAnswers, garbled, twice);
    }

    public BmcFaults withLoss(double share) {
        return new BmcFaults(silent, delay, orderDelay, share, lying, refusing, busy, wrongAnswers, garbled, twice);
    }

    public BmcFaults withLies() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, true, refusing, busy, wrongAnswers, garbled, twice);
    }

    public BmcFaults withRefusals() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, lying, true, busy, wrongAnswers, garbled, twice);
    }

    public BmcFaults withBusyness() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, lying, refusing, true, wrongAnswers, garbled, twice);
    }

    public BmcFaults withWrongAnswers() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, lying, refusing, busy, true, garbled, twice);
    }

    public BmcFaults withGarbage() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, lying, refusing, busy, wrongAnswers, true, twice);
    }

    public BmcFaults withCopies() {
        return new BmcFaults(silent, delay, orderDelay, lossShare, lying, refusing, busy, wrongAnswers, garbled, true);
    }
}
