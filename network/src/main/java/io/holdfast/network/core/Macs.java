package io.holdfast.network.core;

/** MAC addresses of our own. */
public final class Macs {

    /** Locally administered (bit 1 of the first byte), one receiver (bit 0): the prefix that OpenStack uses. */
    private static final long PREFIX = 0xfa16_3eL;

    private Macs() {}

    /**
     * @param seed its lowest 24 bits decide; whoever finds the address taken tries another seed
     */
    public static String of(long seed) {
        long bits = (PREFIX << 24) | (seed & 0xff_ffff);
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(String.format("%02x", (bits >> shift) & 0xff)).append(shift == 0 ? "" : ":");
        }
        return text.toString();
    }

    /** Whether a port may have it: one receiver, and not all zeros. */
    public static boolean isUsable(String mac) {
        return mac.matches("[0-9a-f][02468ace](:[0-9a-f]{2}){5}") && !mac.equals("00:00:00:00:00:00");
    }
}
