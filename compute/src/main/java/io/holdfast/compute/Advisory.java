package io.holdfast.compute;

import io.holdfast.model.HostId;
import java.time.Instant;

/**
 * What somebody outside says of a host, for a time: it is hot, its RAID is degraded, it will fail soon.
 *
 * @param kind what is said, {@code hot}; what it does to placement is a matter of settings
 * @param source the user who says so
 * @param detail for people, may be empty
 * @param since from when, without a gap
 * @param until from then on it does not exist
 */
public record Advisory(HostId host, String kind, String source, String detail, Instant since, Instant until) {

    /** For people: {@code says icinga: CPU at 96 °C}. */
    public String words() {
        return "says " + source + (detail.isEmpty() ? "" : ": " + detail);
    }
}
