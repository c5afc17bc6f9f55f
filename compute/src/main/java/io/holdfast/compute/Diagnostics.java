package io.holdfast.compute;

import java.util.List;

/**
 * What a guest has used up since it was started, as its hypervisor counts. A number that the hypervisor does not give is
 * {@link #UNKNOWN}.
 *
 * @param state {@code running}, {@code paused} or {@code crashed}
 * @param hypervisor {@code kvm} or {@code qemu}
 * @param cpus of each virtual processor, the first one first: its time in nanoseconds
 * @param memoryKib what it may have
 * @param memoryUsedKib what its process holds of the host's memory
 */
public record Diagnostics(
        String state,
        String hypervisor,
        List<Long> cpus,
        long memoryKib,
        long memoryUsedKib,
        List<Disk> disks,
        List<Card> cards) {

    /** In place of a number. */
    public static final long UNKNOWN = -1;

    public Diagnostics {
        cpus = List.copyOf(cpus);
        disks = List.copyOf(disks);
        cards = List.copyOf(cards);
    }

    /** @param device as the guest's description names it: {@code vda} */
    public record Disk(
            String device, long readBytes, long readRequests, long writeBytes, long writeRequests, long errors) {}

    /** @param device as it is called on the host */
    public record Card(
            String device,
            String mac,
            long rxBytes,
            long rxPackets,
            long rxErrors,
            long rxDropped,
            long txBytes,
            long txPackets,
            long txErrors,
            long txDropped) {}
}
