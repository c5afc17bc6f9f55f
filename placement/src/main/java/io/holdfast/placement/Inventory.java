package io.holdfast.placement;

/**
 * How much of one resource class a provider offers.
 *
 * @param total how much there is, 1 or more
 * @param reserved how much of it nobody may have, 0 to total
 * @param minUnit the least that one consumer may have, 1 or more
 * @param maxUnit the most that one consumer may have, 1 or more
 * @param stepSize what one consumer has is a multiple of this, 1 or more
 * @param ratio how much is promised for each that is not reserved, above 0
 */
public record Inventory(int total, int reserved, int minUnit, int maxUnit, int stepSize, double ratio) {

    public Inventory {
        if (total < 1
                || reserved < 0
                || reserved > total
                || minUnit < 1
                || maxUnit < 1
                || stepSize < 1
                || !(ratio > 0)) {
            throw new IllegalArgumentException("an inventory of total " + total + ", reserved " + reserved + ", units "
                    + minUnit + " to " + maxUnit + " by " + stepSize + ", ratio " + ratio);
        }
    }

    /** How much may be promised in all. */
    public long capacity() {
        return (long) Math.floor((total - reserved) * ratio);
    }

    /** Whether one consumer may have so much, if there is room. */
    public boolean deals(long amount) {
        return amount >= minUnit && amount <= maxUnit && amount % stepSize == 0;
    }

    /** Whether there is room for so much beside what is used. */
    public boolean holds(long used, long amount) {
        return used + amount <= capacity();
    }
}
