package io.holdfast.notifications.core;

import java.util.Arrays;
import java.util.Locale;

/** How much a fact should disturb whoever hears of it. Each one includes those after it. */
public enum Severity {
    /** Good to know; nothing has to be done. */
    INFO,
    /** Something works less well than it should, or somebody should look at it in daylight. */
    WARNING,
    /** Something is down, or stays down until a human does something. */
    CRITICAL;

    /** As it is spelled outside. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isAtLeast(Severity least) {
        return compareTo(least) >= 0;
    }

    /** @throws IllegalArgumentException when no severity is spelled so */
    public static Severity of(String word) {
        return Arrays.stream(values())
                .filter(one -> one.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + word + "' is no severity; there are info, warning and critical"));
    }
}
