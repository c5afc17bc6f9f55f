package io.holdfast.secrets;

import java.util.List;

/**
 * Child processes that do not inherit master keys.
 *
 * <p>A child gets the whole environment of its parent, and hands it on; whoever may look at any of them would read the key
 * there. Every program that Holdfast starts is made here, which a test of the architecture checks.
 */
public final class Subprocess {

    private Subprocess() {}

    /** Like {@code new ProcessBuilder(command)}; the key file's name goes too, since a child has no use for it. */
    public static ProcessBuilder of(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove(KeySources.KEYS_VARIABLE);
        builder.environment().remove(KeySources.FILE_VARIABLE);
        return builder;
    }

    /** Another process of Holdfast itself, which reads secrets as this one does and needs the keys for it. */
    public static ProcessBuilder ofOurs(List<String> command) {
        return new ProcessBuilder(command);
    }

    public static ProcessBuilder of(String... command) {
        return of(List.of(command));
    }
}
