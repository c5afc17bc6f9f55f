package io.holdfast.membership;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What an agent says of its own host. It can only say what is wrong with a host that lives; that a host is dead, no word of its
 * agent can say.
 *
 * @param findings at most one of each aspect; what is not in it was not looked at
 */
public record AgentHealth(List<Finding> findings) {

    /** Nothing was looked at. */
    public static final AgentHealth UNSAID = new AgentHealth(List.of());

    /** Who has said something says it again that often, also when nothing has changed. */
    public static final Duration REPEAT = Duration.ofSeconds(5);

    /** What was not said again for so long says nothing of now: two repeats may be late, and three are missed. */
    public static final Duration VALID = REPEAT.multipliedBy(3);

    public AgentHealth {
        findings = List.copyOf(findings);
        if (findings.stream().map(Finding::aspect).distinct().count() < findings.size()) {
            throw new IllegalArgumentException("an agent says one thing of each aspect, not " + findings);
        }
    }

    /** Nothing is known, of any aspect, and why. */
    public static AgentHealth unknown(String reason) {
        return new AgentHealth(Arrays.stream(Aspect.values())
                .map(aspect -> new Finding(aspect, Grade.UNKNOWN, reason))
                .toList());
    }

    /** What can be looked at. */
    public enum Aspect {
        /** Whether the hypervisor's daemon answers. */
        LIBVIRT,
        /** Whether the shared storage can be written and read back, and how fast. */
        STORAGE,
        /** How full the host's own disk is. */
        DISK,
        /** Whether memory is short. */
        MEMORY,
        /** Whether the wall clock jumps or is off. */
        CLOCK,
        /** Whether the network cards have a link. */
        LINK
    }

    /** How it is. {@code POOR} still works. */
    public enum Grade {
        GOOD,
        POOR,
        BAD,
        UNKNOWN
    }

    /**
     * One thing that was looked at.
     *
     * @param detail for people: what was measured
     */
    public record Finding(Aspect aspect, Grade grade, String detail) {

        /** In words. */
        public String text() {
            return aspect.name().toLowerCase(Locale.ROOT) + " " + said();
        }

        /** The same without its aspect. */
        public String said() {
            String found = grade.name().toLowerCase(Locale.ROOT);
            return detail.isBlank() ? found : found + ": " + detail;
        }
    }
}
