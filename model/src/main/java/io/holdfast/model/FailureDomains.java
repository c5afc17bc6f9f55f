package io.holdfast.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a host shares with others so that one failure takes all of them: its rack, its power distribution unit, a room.
 * A kind of domain, and the name of the one the host is in: {@code rack=r4, pdu=a}.
 *
 * <p>Kinds are free; {@code rack} and {@code pdu} are the usual ones. A kind has 1 to 32 lower-case letters, digits or
 * hyphens, a name 1 to 63 letters, digits, dots, hyphens or underscores; at most 16 kinds. An empty one is valid: of
 * such a host nobody knows what it shares.
 */
public record FailureDomains(Map<String, String> names) {

    public static final FailureDomains NONE = new FailureDomains(Map.of());

    private static final int KINDS_MAX = 16;
    private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    public FailureDomains {
        names = java.util.Collections.unmodifiableMap(new TreeMap<>(names));
        if (names.size() > KINDS_MAX) {
            throw new IllegalArgumentException(
                    "failure-domains must have at most " + KINDS_MAX + " kinds, has " + names.size());
        }
        names.forEach((kind, name) -> {
            requireKind(kind);
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("failure-domains: not a name for a " + kind + ": '" + name
                        + "' (1 to 63 letters, digits, dots, hyphens or underscores)");
            }
        });
    }

    /** @throws IllegalArgumentException for a word that can be no kind of domain */
    public static void requireKind(String kind) {
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("failure-domains: not a kind of domain: '" + kind
                    + "' (1 to 32 lower-case letters, digits or hyphens, for example rack)");
        }
    }

    /** Reads what {@link #toString} wrote. */
    public static FailureDomains parse(String text) {
        Map<String, String> names = new TreeMap<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a failure domain: '" + part + "', expected kind=name");
            }
            names.put(part.substring(0, equals), part.substring(equals + 1));
        }
        return new FailureDomains(names);
    }

    /** {@code pdu=a,rack=r4}, by kind; empty when there are none. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        names.forEach((kind, name) -> parts.add(kind + "=" + name));
        return String.join(",", parts);
    }
}
