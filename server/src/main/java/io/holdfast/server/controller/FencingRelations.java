package io.holdfast.server.controller;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.server.settings.Durations;
import java.time.Duration;
import java.util.List;

/**
 * What the settings of fencing mean for those of other groups, and theirs for fencing: relations that no group can see by itself. Looked at
 * when the controller starts, because a wrong one would show for the first time when a host is to be fenced.
 */
final class FencingRelations {

    private static final String FENCE_DEADLINE = "recovery.fence-deadline";

    private final FencingSettings fencing;
    private final FencingSettings.Slot slot;
    private final MembershipSettings membership;
    private final RecoverySettings recovery;

    FencingRelations(FencingSettings fencing, MembershipSettings membership, RecoverySettings recovery) {
        this.fencing = fencing;
        this.slot = fencing.slot();
        this.membership = membership;
        this.recovery = recovery;
    }

    /** @throws IllegalArgumentException naming the settings that do not fit together, and what to do */
    void require() {
        slot.requireOneReader();
        fencing.requireWithin(FENCE_DEADLINE, recovery.fenceDeadline());
        requireCalls();
        requireFreshSlots();
        fencing.devices().forEach((name, device) -> {
            switch (device) {
                case FencingSettings.SelfFence _ -> requireSelfFence(name);
                case FencingSettings.Kdump _ -> requireListening(name);
                case FencingSettings.Ipmi _, FencingSettings.Redfish _, FencingSettings.Agent _ -> {}
            }
        });
    }

    /** One call may be lost, and what became of it has to be asked with another. */
    private void requireCalls() {
        Duration twice = fencing.callTimeout().multipliedBy(2);
        if (twice.compareTo(recovery.fenceDeadline()) > 0) {
            throw wrong("fencing.call-timeout (" + text(fencing.callTimeout()) + ") must not be longer than half of "
                    + FENCE_DEADLINE + " (" + text(recovery.fenceDeadline())
                    + "): an order whose answer is lost would leave no time to read back what became of it; shorten"
                    + " call-timeout, or lengthen fence-deadline");
        }
        Duration interval = fencing.checkInterval();
        if (!interval.isZero() && twice.compareTo(interval) > 0) {
            throw wrong("fencing.check-interval (" + text(interval) + ") must not be shorter than twice"
                    + " fencing.call-timeout (" + text(fencing.callTimeout())
                    + "): a host whose device is silent would be due again before its rehearsal is over; lengthen"
                    + " check-interval, or shorten call-timeout");
        }
    }

    /** What was read of a slot counts for slot-time; between two readings it must not run out. */
    private void requireFreshSlots() {
        switch (slot.read()) {
            case SELF -> {
                Duration apart = slot.lookInterval().plus(slot.deadline());
                if (slot.path() != null && membership.slotTime().compareTo(apart) < 0) {
                    throw wrong("membership.slot-time (" + text(membership.slotTime()) + ") must not be shorter than"
                            + " fencing.slot.look-interval (" + text(slot.lookInterval())
                            + ") and fencing.slot.deadline ("
                            + text(slot.deadline())
                            + ") together: a slot would count as unreadable between two looks at"
                            + " it; lengthen slot-time, or shorten the other two");
                }
            }
            case AGENTS -> {
                Duration apart = RelayedSlots.APART_MAX;
                if (membership.slotTime().compareTo(apart) < 0) {
                    throw wrong("membership.slot-time (" + text(membership.slotTime()) + ") must not be shorter than "
                            + text(apart)
                            + " where fencing.slot.read is 'agents', whose answers can come so far apart: a"
                            + " slot would count as unreadable between two of them; lengthen slot-time");
                }
            }
        }
    }

    private void requireSelfFence(String name) {
        if (membership.sessionTimeout().compareTo(slot.boundMax()) > 0) {
            throw wrong("membership.session-timeout (" + text(membership.sessionTimeout()) + ") must not be longer than"
                    + " fencing.slot.bound-max (" + text(slot.boundMax()) + ") with fencing.devices." + name
                    + " of type self-fence: the lease of a host that has certainly stopped would still be there, and the"
                    + " level would end without a proof; shorten session-timeout, or lengthen bound-max");
        }
        Duration needed = slot.boundMax().plus(slot.looks());
        boolean inNoLevel = fencing.levels().values().stream()
                .flatMap(List::stream)
                .noneMatch(level -> level.devices().contains(name));
        if (inNoLevel && needed.compareTo(recovery.fenceDeadline()) > 0) {
            throw wrong(FENCE_DEADLINE + " (" + text(recovery.fenceDeadline()) + ") must not be shorter than "
                    + text(needed) + ", fencing.slot.bound-max (" + text(slot.boundMax())
                    + ") and three times fencing.slot.look-interval (" + text(slot.lookInterval())
                    + "), with fencing.devices." + name + " of type self-fence, which is in no level and has that time:"
                    + " lengthen fence-deadline, or shorten the other two");
        }
    }

    private void requireListening(String name) {
        if (fencing.kdump().listen() == null) {
            throw wrong(
                    "fencing.devices." + name + " is of type kdump, and fencing.kdump.listen is missing: nobody would"
                            + " hear a crashed kernel; set it to an address of this controller that only hosts reach, or remove"
                            + " the device");
        }
    }

    private static String text(Duration value) {
        return Durations.format(value);
    }

    private static IllegalArgumentException wrong(String message) {
        return new IllegalArgumentException(message);
    }
}
