package io.holdfast.model;

import org.jspecify.annotations.Nullable;

/**
 * What a host has of one resource class besides processors, memory and disk, as Placement's inventories have it.
 *
 * @param limit how much may be had of it in all: what there is without what is reserved, times the allocation ratio
 * @param used how much is had of it
 * @param minUnit the least that one may have
 * @param maxUnit the most that one may have
 * @param step what one has is a multiple of this
 */
public record Stock(long limit, long used, int minUnit, int maxUnit, int step) {

    public Stock {
        if (minUnit < 1 || maxUnit < 1 || step < 1 || used < 0) {
            throw new IllegalArgumentException("units and steps are at least 1, and nothing less than nothing is used");
        }
    }

    /**
     * Why it cannot be had, in words for people, or null.
     *
     * @param promised how much more than what is used is spoken for
     */
    public @Nullable String objection(String name, int wanted, long promised) {
        if (gives(wanted, promised)) {
            return null;
        }
        return isInUnits(wanted)
                ? "needs " + wanted + " " + name + ", " + Math.max(0, free(promised)) + " free"
                : "gives " + minUnit + " to " + maxUnit + " " + name + (step == 1 ? "" : " in steps of " + step)
                        + ", not " + wanted;
    }

    /** Whether it can be had; {@link #objection} says why it cannot. */
    public boolean gives(int wanted, long promised) {
        return isInUnits(wanted) && wanted <= free(promised);
    }

    private boolean isInUnits(int wanted) {
        return wanted >= minUnit && wanted <= maxUnit && wanted % step == 0;
    }

    private long free(long promised) {
        return limit - used - promised;
    }
}
