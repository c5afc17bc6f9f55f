package io.holdfast.chaos.sim;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which faults a world may have. {@link Fault} says of each what it does.
 *
 * @param on those that may happen; a seed takes about half of them, so that rare ones are seen without the noise of all
 */
public record Faults(Set<Fault> on) {

    public Faults {
        EnumSet<Fault> copy = EnumSet.noneOf(Fault.class);
        copy.addAll(on);
        on = Collections.unmodifiableSet(copy);
    }

    public static Faults all() {
        return new Faults(EnumSet.allOf(Fault.class));
    }

    public static Faults none() {
        return new Faults(EnumSet.noneOf(Fault.class));
    }

    /**
     * Reads {@code all}, {@code none} or words with commas between them.
     *
     * @throws IllegalArgumentException with the known words, for a word that is none of them
     */
    public static Faults parse(String text) {
        if (text.equals("all")) {
            return all();
        }
        if (text.equals("none")) {
            return none();
        }
        EnumSet<Fault> on = EnumSet.noneOf(Fault.class);
        for (String word : text.split(",", -1)) {
            on.add(Fault.of(word.strip())
                    .orElseThrow(() -> new IllegalArgumentException("unknown fault '" + word.strip()
                            + "'; known are all, none, and any of "
                            + Arrays.stream(Fault.values()).map(Fault::word).collect(Collectors.joining(", ")))));
        }
        return new Faults(on);
    }

    public boolean has(Fault fault) {
        return on.contains(fault);
    }
}
