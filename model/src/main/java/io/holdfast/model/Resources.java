package io.holdfast.model;

/**
 * An amount of what a host offers and an instance asks for.
 *
 * @param vcpus virtual processors, zero or more
 * @param memoryMib memory in MiB, zero or more
 * @param diskGib disk in GiB, zero or more; on shared storage a host's own disk is not used up by instances
 */
public record Resources(int vcpus, int memoryMib, int diskGib) {

    public static final Resources NOTHING = new Resources(0, 0, 0);

    public Resources {
        if (vcpus < 0 || memoryMib < 0 || diskGib < 0) {
            throw new IllegalArgumentException(
                    "resources must not be negative: " + vcpus + " vCPU, " + memoryMib + " MiB, " + diskGib + " GiB");
        }
    }

    public Resources plus(Resources other) {
        return new Resources(
                Math.addExact(vcpus, other.vcpus),
                Math.addExact(memoryMib, other.memoryMib),
                Math.addExact(diskGib, other.diskGib));
    }

    /** What is left after {@code other} is taken; never below zero in any dimension. */
    public Resources minus(Resources other) {
        return new Resources(
                Math.max(0, vcpus - other.vcpus),
                Math.max(0, memoryMib - other.memoryMib),
                Math.max(0, diskGib - other.diskGib));
    }

    public boolean fitsIn(Resources other) {
        return vcpus <= other.vcpus && memoryMib <= other.memoryMib && diskGib <= other.diskGib;
    }
}
