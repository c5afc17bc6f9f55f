package io.holdfast.api.audit;

import io.holdfast.api.http.Caller;
import java.util.Locale;
import java.util.Set;

/**
 * Who asked.
 *
 * @param user its id in the identity service; of a token of the settings its name; this and the others at most 255 characters
 * @param name for people
 * @param project in which it acted; {@code none} without one
 */
public record Who(Kind kind, String user, String name, String project) {

    private static final int WORD_MAX = 255;

    public Who {
        user = Plain.of(user, WORD_MAX);
        name = Plain.of(name, WORD_MAX);
        project = Plain.of(project, WORD_MAX);
    }

    /** What somebody is to this deployment. */
    public enum Kind {
        /** Has the role admin. */
        OPERATOR,
        /** Member or reader of a project. */
        USER,
        /** A program whose word about hosts the settings weigh. */
        MONITOR,
        /** Holdfast itself. */
        SYSTEM,
        /** Without a token, or with a wrong one. */
        NOBODY;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when there is none of that word */
        public static Kind of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /** Holdfast itself. */
    public static final Who SYSTEM = new Who(Kind.SYSTEM, "holdfast", "holdfast", Caller.NO_PROJECT.value());

    /** @param monitors users whom the settings name as monitors */
    public static Who of(Caller caller, Set<String> monitors) {
        Kind kind;
        if (caller.equals(Caller.NOBODY)) {
            kind = Kind.NOBODY;
        } else if (monitors.contains(caller.user())) {
            kind = Kind.MONITOR;
        } else {
            kind = caller.isAdmin() ? Kind.OPERATOR : Kind.USER;
        }
        return new Who(kind, caller.user(), caller.name(), caller.project().value());
    }
}
