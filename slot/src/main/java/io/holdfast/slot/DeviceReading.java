package io.holdfast.slot;

import java.util.List;

/** All slots at one look, or the reason why there was no look. */
public sealed interface DeviceReading {

    /**
     * @param header the device, as it was when it was opened
     * @param pastCaches whether this read what stands on the storage; if not, it may be older than that, and no age may be
     *     counted from it for a proof
     * @param slots every slot, by number
     */
    record Read(DeviceHeader header, boolean pastCaches, List<SlotReading> slots) implements DeviceReading {
        public Read {
            slots = List.copyOf(slots);
        }
    }

    /** The device could not be read in time, or at all. Says nothing about any host. */
    record Unreadable(String reason) implements DeviceReading {}
}
