package io.holdfast.scheduler;

import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One host while a plan is made: its snapshot, and what the plan has promised on it so far.
 *
 * <p>The only thing in this module that changes; it lives for one call of {@link Scheduler#place} and never leaves it.
 * Amounts are {@code long}, because capacity times overcommit, or a disk that nobody limits, may exceed an {@code int}.
 */
final class Room {

    private final HostSnapshot snapshot;
    private final long vcpusLimit;
    private final long memoryMibLimit;
    private final long diskGibLimit;
    private final boolean limitsDisk;
    private final long instancesLimit;

    /** What stands in the way of each size that was asked for since the last promise; a plan has few sizes. */
    private final Map<Resources, String> missing = new HashMap<>();

    private long vcpusUsed;
    private long memoryMibUsed;
    private long diskGibUsed;
    private long instances;

    Room(HostSnapshot snapshot, SchedulerSettings settings) {
        this.snapshot = snapshot;
        this.vcpusLimit = limit(snapshot.capacity().vcpus(), settings.vcpuOvercommit());
        this.memoryMibLimit = limit(snapshot.capacity().memoryMib(), settings.memoryOvercommit());
        this.diskGibLimit = limit(snapshot.capacity().diskGib(), settings.diskOvercommit());
        this.limitsDisk = settings.diskOvercommit() > 0;
        this.instancesLimit = settings.maxInstancesPerHost() == 0 ? Long.MAX_VALUE : settings.maxInstancesPerHost();
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

    long vcpusLimit() {
        return vcpusLimit;
    }

    long vcpusFree() {
        return vcpusLimit - vcpusUsed;
    }

    long memoryMibFree() {
        return memoryMibLimit - memoryMibUsed;
    }

    long memoryMibLimit() {
        return memoryMibLimit;
    }

    boolean limitsDisk() {
        return limitsDisk;
    }

    long diskGibLimit() {
        return diskGibLimit;
    }

    long diskGibFree() {
        return diskGibLimit - diskGibUsed;
    }

    long instances() {
        return instances;
    }

    /** Whether it has as many instances as it may have, or more since somebody lowered that. */
    boolean isCrowded() {
        return instances >= instancesLimit;
    }

    /** Whether all of that is free. */
    boolean holds(long vcpus, long memoryMib, long diskGib) {
        return vcpus <= vcpusFree() && memoryMib <= memoryMibFree() && (!limitsDisk() || diskGib <= diskGibFree());
    }

    /** What is not free of it, in words for people; null when all of it is. */
    @Nullable
    String missing(Resources wants) {
        return holds(wants.vcpus(), wants.memoryMib(), wants.diskGib())
                ? null
                : missing.computeIfAbsent(wants, this::inWords);
    }

    private String inWords(Resources wants) {
        StringJoiner words = new StringJoiner("; ");
        note(words, wants.vcpus(), vcpusFree(), "vCPU");
        note(words, wants.memoryMib(), memoryMibFree(), "MiB");
        if (limitsDisk) {
            note(words, wants.diskGib(), diskGibFree(), "GiB of disk");
        }
        return words.toString();
    }

    private static void note(StringJoiner words, long wanted, long free, String unit) {
        if (wanted > free) {
            words.add("needs " + wanted + " " + unit + ", " + Math.max(0, free) + " " + unit + " free");
        }
    }

    void take(Resources wants) {
        missing.clear();
        vcpusUsed += wants.vcpus();
        memoryMibUsed += wants.memoryMib();
        diskGibUsed += wants.diskGib();
        instances++;
    }

    private static long limit(int capacity, double overcommit) {
        return (long) Math.floor(capacity * overcommit);
    }
}
