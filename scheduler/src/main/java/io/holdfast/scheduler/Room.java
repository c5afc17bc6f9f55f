package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;

/**
 * One host while a plan is made: its snapshot, and what the plan has promised on it so far.
 *
 * <p>The only thing in this module that changes; it lives for one call of {@link Scheduler#place} and never leaves it.
 * Amounts are {@code long}, because capacity times overcommit, or a disk that nobody limits, may exceed an {@code int}.
 */
final class Room {

    private final HostSnapshot snapshot;
    private final SchedulerSettings settings;
    private long vcpusUsed;
    private long memoryMibUsed;
    private long diskGibUsed;
    private long instances;

    Room(HostSnapshot snapshot, SchedulerSettings settings) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.vcpusUsed = snapshot.used().vcpus();
        this.memoryMibUsed = snapshot.used().memoryMib();
        this.diskGibUsed = snapshot.used().diskGib();
        this.instances = snapshot.instances();
    }

    HostId host() {
        return snapshot.host();
    }

    HostSnapshot snapshot() {
        return snapshot;
    }

    long vcpusFree() {
        return limit(snapshot.capacity().vcpus(), settings.vcpuOvercommit()) - vcpusUsed;
    }

    long memoryMibFree() {
        return memoryMibLimit() - memoryMibUsed;
    }

    long memoryMibLimit() {
        return limit(snapshot.capacity().memoryMib(), settings.memoryOvercommit());
    }

    boolean limitsDisk() {
        return settings.diskOvercommit() > 0;
    }

    long diskGibFree() {
        return limit(snapshot.capacity().diskGib(), settings.diskOvercommit()) - diskGibUsed;
    }

    long instances() {
        return instances;
    }

    /** Whether all of that is free. */
    boolean holds(long vcpus, long memoryMib, long diskGib) {
        return vcpus <= vcpusFree() && memoryMib <= memoryMibFree() && (!limitsDisk() || diskGib <= diskGibFree());
    }

    void take(Resources wants) {
        vcpusUsed += wants.vcpus();
        memoryMibUsed += wants.memoryMib();
        diskGibUsed += wants.diskGib();
        instances++;
    }

    private static long limit(int capacity, double overcommit) {
        return (long) Math.floor(capacity * overcommit);
    }
}
