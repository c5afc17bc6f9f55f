package io.holdfast.fencing;

import io.holdfast.model.Actor;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.util.List;

/** Gives hosts their power back, when somebody says so. Any thread may call, and waits. */
public interface PowerOn {

    /**
     * Switches on what of a host's devices reads off: the last level first, so that outlets have power before a management
     * controller is asked to use it. Refused while a case of the host is open, and gives way to a fence.
     *
     * <p>No instance is in danger from it: a host that was proven off has lost the memory of every guest, and its next life
     * may claim nothing before it has destroyed what it no longer owns.
     *
     * @param epoch which life of the host is over, for the journal
     * @throws RuntimeException when the journal cannot be written; then nothing more was ordered
     */
    Answer on(HostId host, HostEpoch epoch, Actor by, String reason) throws InterruptedException;

    /** Whose power, on whose word, and by which leader's order. */
    record Wish(HostId host, HostEpoch epoch, SegmentId segment, LeaderEpoch leader, Actor by, String reason) {}

    /** How it ended. */
    sealed interface Answer {

        /**
         * Every device was asked, and those that read off were ordered on.
         *
         * @param provenAt the level whose devices proved that the host was off, or 0 when no device did
         */
        record Done(List<Device> devices, int provenAt) implements Answer {
            public Done {
                devices = List.copyOf(devices);
            }

            /** Whether each device reads on now. */
            public boolean all() {
                return devices.stream().allMatch(device -> device.power() == PowerState.ON);
            }

            /**
             * Whether all that took the power away gives it again: each device of the level that proved it off reads on, and no
             * other reads off. Of a level that could prove nothing then, a device may still be unknown.
             */
            public boolean enough() {
                return provenAt == 0
                        ? all()
                        : devices.stream()
                                .allMatch(device -> device.power() == PowerState.ON
                                        || (device.level() != provenAt && device.power() == PowerState.UNKNOWN));
            }
        }

        /** @param reason for people; some devices may have been ordered on before it gave way, and the journal says which */
        record NotNow(String reason) implements Answer {}
    }

    /**
     * One device.
     *
     * @param power what it reads at the end
     * @param detail what was done and said, for people
     */
    record Device(int level, String name, PowerState power, String detail) {}
}
