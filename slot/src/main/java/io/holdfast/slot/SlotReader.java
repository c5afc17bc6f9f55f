package io.holdfast.slot;

/** Reads all slots: from the storage itself, or through whoever can. Any thread may call; comes back within a bounded time. */
public interface SlotReader {

    /** Never throws for what the world does; that is {@link DeviceReading.Unreadable}. */
    DeviceReading read();
}
