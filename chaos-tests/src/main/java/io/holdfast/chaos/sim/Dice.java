package io.holdfast.chaos.sim;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * A stream of chances for one purpose. Each purpose has its own, made from the world's seed and the purpose's name, so
 * that one more draw in one place leaves every other place as it was. The generator is SplitMix64: the same numbers on
 * every machine and every JVM.
 */
public final class Dice {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    private Dice(long state) {
        this.state = state;
    }

    public static Dice of(long seed, String purpose) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < purpose.length(); i++) {
            hash = (hash ^ purpose.charAt(i)) * 0x100000001B3L;
        }
        return new Dice(mixed(seed * GOLDEN + hash));
    }

    public long next() {
        state += GOLDEN;
        return mixed(state);
    }

    private static long mixed(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** From 0 to below 1. */
    public double share() {
        return (next() >>> 11) * 0x1.0p-53;
    }

    /** True with this probability. A chance of none or all costs no draw. */
    public boolean chance(double probability) {
        if (probability <= 0) {
            return false;
        }
        return probability >= 1 || share() < probability;
    }

    /** Both ends are included. */
    public long between(long least, long most) {
        return least + (long) (share() * (most - least + 1));
    }

    public int between(int least, int most) {
        return (int) between((long) least, (long) most);
    }

    public Duration between(Duration least, Duration most) {
        return Duration.ofNanos(between(least.toNanos(), most.toNanos()));
    }

    /** A time to the next event of a kind that comes without memory, this far apart on average. */
    public Duration untilNext(Duration mean) {
        return Duration.ofNanos((long) (-Math.log(1 - share()) * mean.toNanos()));
    }

    public <T> T pick(List<T> from) {
        return from.get((int) (share() * from.size()));
    }

    public UUID uuid() {
        return new UUID((next() & ~0xF000L) | 0x4000L, (next() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L);
    }
}
