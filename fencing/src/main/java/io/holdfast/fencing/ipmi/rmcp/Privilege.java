package io.holdfast.fencing.ipmi.rmcp;

import java.util.Optional;

/** What a session may do (section 6.8). Power control wants OPERATOR (appendix G). */
public enum Privilege {
    USER(2),
    OPERATOR(3),
    ADMINISTRATOR(4);

    private final int level;

    Privilege(int level) {
        this.level = level;
    }

    /** On the wire. */
    public int level() {
        return level;
    }

    /** The privilege of that number, if it is one that we know. */
    public static Optional<Privilege> of(int level) {
        for (Privilege each : values()) {
            if (each.level == level) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
