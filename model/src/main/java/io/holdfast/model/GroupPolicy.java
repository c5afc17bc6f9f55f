package io.holdfast.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the members of a server group want to live: together or apart, at any price or if it can be had. */
public enum GroupPolicy {
    /** All on one host. Whoever cannot be with the others waits. */
    AFFINITY,
    /** Not more than so many on one host. Whoever finds no other host waits. */
    ANTI_AFFINITY,
    /** On one host where there is room; elsewhere rather than nowhere. */
    SOFT_AFFINITY,
    /** On as many hosts as there are; together rather than nowhere. */
    SOFT_ANTI_AFFINITY;

    /** Whether it is never broken, not even by a recovery. */
    public boolean strict() {
        return this == AFFINITY || this == ANTI_AFFINITY;
    }

    /** Whether the members want to be together. */
    public boolean together() {
        return this == AFFINITY || this == SOFT_AFFINITY;
    }

    /** The Compute API's word, for example {@code soft-anti-affinity}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Optional<GroupPolicy> parse(String word) {
        return Arrays.stream(values())
                .filter(policy -> policy.word().equals(word))
                .findFirst();
    }
}
