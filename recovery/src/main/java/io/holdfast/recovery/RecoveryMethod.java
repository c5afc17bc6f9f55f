package io.holdfast.recovery;

import java.util.Locale;

/** Which hosts may be given the instances of a host of a failover segment that failed. The words are Masakari's. */
public enum RecoveryMethod {
    /** Any host that takes instances. */
    AUTO,
    /** Only hosts that are reserved in its segment, one after the other. */
    RESERVED_HOST,
    /** Any host first; a reserved one for whoever found no home there. */
    AUTO_PRIORITY,
    /** Reserved hosts first; any other for whoever found no home there. */
    RH_PRIORITY;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException for a word that is none of the four */
    public static RecoveryMethod of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Whether reserved hosts come before all others. */
    public boolean beginsReserved() {
        return this == RESERVED_HOST || this == RH_PRIORITY;
    }
}
