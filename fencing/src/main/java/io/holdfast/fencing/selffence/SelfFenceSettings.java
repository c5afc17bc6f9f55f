package io.holdfast.fencing.selffence;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.selffence.core.SelfFenceTimes;
import io.holdfast.slot.SlotPlace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how this host uses a storage slot, and fences itself. Off by default: armed, a host without slot and lease is reset.
 *
 * @param mode {@code off}, or {@code watchdog}: pet the device while there is a licence
 * @param slot the slot device on the shared storage, made with {@code holdfast slot create}; null (the default): none. With mode
 *     {@code off} the host only says there that it lives
 * @param slotOffset at which byte of {@code slot} the slot device begins, where it is a range of a block device: a multiple of 4096, 0 (the
 *     default) to 2^60. The same at every agent and controller
 * @param watchdog the device; default {@code /dev/watchdog}. In {@code off} it is not touched
 * @param watchdogTime how long the device waits; it must be what the device itself says, where it says it; default 3 s
 * @param licence how long one good write allows to pet; default 2 s
 * @param slotInterval default 500 ms
 * @param slotDeadline default 1 s
 * @param petInterval default 500 ms
 * @param drift default 0.001
 * @param margin default 1 s
 * @param trustDevice the operator's word that the device goes on counting when its file is closed, and that it is no timer in
 *     the kernel which it should watch; needed where the kernel does not say so itself; default false
 * @param disarmOnStop whether a clean stop of the agent disarms the device, after the slot has said so; default false: then an agent
 *     that is not back within {@code watchdog-time} costs the host a reset
 * @param resetFile where one byte {@code b} resets the machine at once, for a pill that was read: {@code /proc/sysrq-trigger}; null
 *     (the default): wait for the device
 */
public record SelfFenceSettings(
        Mode mode,
        @Nullable Path slot,
        long slotOffset,
        Path watchdog,
        Duration watchdogTime,
        Duration licence,
        Duration slotInterval,
        Duration slotDeadline,
        Duration petInterval,
        double drift,
        Duration margin,
        boolean trustDevice,
        boolean disarmOnStop,
        @Nullable Path resetFile) {

    /** What a host does about itself. */
    public enum Mode {
        OFF,
        WATCHDOG
    }

    public SelfFenceSettings {
        new SelfFenceTimes(watchdogTime, licence, slotInterval, slotDeadline, petInterval, drift, margin);
        if (mode == Mode.WATCHDOG && slot == null) {
            throw new IllegalArgumentException(
                    "self-fence.mode is watchdog and self-fence.slot is missing: by its lease alone,"
                            + " every host would be reset when ZooKeeper is lost");
        }
        SlotPlace.requireOffset("self-fence.slot-offset", slotOffset);
        if (slotOffset != 0 && slot == null) {
            throw new IllegalArgumentException("self-fence.slot-offset is " + slotOffset
                    + " and self-fence.slot is missing: it is a place in a device");
        }
    }

    public static SelfFenceSettings defaults() {
        SelfFenceTimes times = SelfFenceTimes.defaults();
        return new SelfFenceSettings(
                Mode.OFF,
                null,
                0,
                Path.of("/dev/watchdog"),
                times.watchdog(),
                times.licence(),
                times.slotInterval(),
                times.slotDeadline(),
                times.petInterval(),
                times.drift(),
                times.margin(),
                false,
                false,
                null);
    }

    /**
     * What whoever arms a watchdog with these times has to know of the controllers, whose settings a host does not see; empty where the
     * times fit a controller that says nothing.
     */
    public Optional<String> beyondTheDefault() {
        Duration bound = times().bound();
        Duration accepted = FencingSettings.Slot.defaults().boundMax();
        return bound.compareTo(accepted) <= 0
                ? Optional.empty()
                : Optional.of(
                        "its times (self-fence.watchdog-time " + watchdogTime.toMillis() + " ms, self-fence.licence "
                                + licence.toMillis() + " ms) make a bound of " + bound.toMillis()
                                + " ms, longer than the " + accepted.toMillis()
                                + " ms that controllers wait for: unless fencing.slot.bound-max says more there, no level of"
                                + " self-fence proves anything of this host");
    }

    /** Where the slot device is; null for none. */
    public @Nullable SlotPlace place() {
        return slot == null ? null : new SlotPlace(slot, slotOffset);
    }

    public SelfFenceTimes times() {
        return new SelfFenceTimes(watchdogTime, licence, slotInterval, slotDeadline, petInterval, drift, margin);
    }
}
