package io.holdfast.chaos.bench.scheduler;

/** What a user asked for, before it is begun. */
final class Checked {

    private Checked() {}

    /** @throws IllegalArgumentException in words for whoever typed the option */
    static void within(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(option + " must be between " + min + " and " + max + ", is " + value);
        }
    }
}
