package io.holdfast.fencing.selffence.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a host knows of its right to live.
 *
 * <p>Intuition: two strings hold the host, its slot and its lease, and one is enough. A pill cuts both for good. And a host that has
 * slept through its own reset does not go on as if nothing had been: the device should have fired, others count on it.
 *
 * <p>A slot gives no licence before the lease has named device and slot (<em>named</em>): until then a controller could watch another
 * slot, or wait for another device's time.
 *
 * <p>Immutable. All times are of this host's monotonic clock, in nanoseconds.
 *
 * @param named the lease has been held with the present terms in it, in this boot
 * @param slotFrom when the last good write of the slot began, or null
 * @param leaseFrom when the last acknowledged write to ZooKeeper, at which our lease was there, began, or null
 * @param pettedAt when the device was petted the last time, or null while it is not armed by us
 * @param ended why this host may never pet again, or null
 */
public record Licences(
        boolean named,
        @Nullable Long slotFrom,
        @Nullable Long leaseFrom,
        @Nullable Long pettedAt,
        @Nullable Ended ended) {

    /** @param byPill an order to die, rather than a sleep that was too long */
    public record Ended(String reason, boolean byPill) {}

    /** At the start of an agent. */
    public static Licences start(boolean named) {
        return new Licences(named, null, null, null, null);
    }

    /** A round on the slot was good. */
    public Licences slotWritten(long beganNanos) {
        return new Licences(named, later(slotFrom, beganNanos), leaseFrom, pettedAt, ended);
    }

    /** Nobody can say what the slot's last good write is worth. */
    public Licences slotLost() {
        return new Licences(named, null, leaseFrom, pettedAt, ended);
    }

    /** A write to ZooKeeper was acknowledged while our lease, with the present terms, was there. */
    public Licences leaseHeld(long beganNanos) {
        return new Licences(true, slotFrom, later(leaseFrom, beganNanos), pettedAt, ended);
    }

    /** A pill for this life was read. Nothing takes that back. */
    public Licences pilled(String reason) {
        return new Licences(named, slotFrom, leaseFrom, pettedAt, new Ended(reason, true));
    }

    /** The device was petted: {@code nanos} is the time before the pet. */
    public Licences petted(long nanos) {
        return new Licences(named, slotFrom, leaseFrom, nanos, ended);
    }

    /** A look before a petting; the state after it remembers a sleep that was too long. */
    public Licences looked(SelfFenceTimes times, long nowNanos) {
        Long last = pettedAt;
        if (ended != null || last == null || nowNanos - last <= deviceNanos(times)) {
            return this;
        }
        String reason = "the device has not been petted for "
                + Duration.ofNanos(nowNanos - last).toMillis() + " ms, so it has fired or is about to";
        return new Licences(named, slotFrom, leaseFrom, pettedAt, new Ended(reason, false));
    }

    private static long deviceNanos(SelfFenceTimes times) {
        return (long) (times.watchdog().toNanos() * (1 - times.drift()));
    }

    /** What to do now. Of a state that has {@linkplain #looked looked}. */
    public Decision decide(SelfFenceTimes times, long nowNanos) {
        if (ended != null) {
            return ended.byPill() ? new Decision.Die(ended.reason()) : new Decision.Starve(ended.reason());
        }
        if (!named) {
            return new Decision.Starve("no lease has named the device yet");
        }
        if (isGood(slotFrom, times, nowNanos)) {
            return new Decision.Pet("slot");
        }
        return isGood(leaseFrom, times, nowNanos)
                ? new Decision.Pet("lease")
                : new Decision.Starve("neither the slot nor the lease was renewed within "
                        + times.licence().toMillis() + " ms");
    }

    private static boolean isGood(@Nullable Long fromNanos, SelfFenceTimes times, long nowNanos) {
        return fromNanos != null && nowNanos - fromNanos < times.licence().toNanos();
    }

    private static Long later(@Nullable Long one, long other) {
        return one == null || other - one > 0 ? Long.valueOf(other) : one;
    }
}
