package io.holdfast.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The name of a compute host, as the operator, Nova's clients and the host itself spell it. 1 to 63 characters: letters, digits, dot, hyphen, underscore. */
public record HostId(String value) implements Comparable<HostId> {

    private static final int LENGTH_MAX = 63;

    public HostId {
        if (!isName(value)) {
            throw new IllegalArgumentException("not a valid host name: '" + value
                    + "' (1 to 63 letters, digits, dots, hyphens or underscores, starting with a letter or digit)");
        }
    }

    /** Letter by letter: names are made of what arrives from each host several times a second, where an expression had cost more than the rest. */
    private static boolean isName(String text) {
        if (text.isEmpty() || text.length() > LENGTH_MAX || !isLetterOrDigit(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '.' && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    public static HostId of(String value) {
        return new HostId(value);
    }

    /**
     * The host as a project may know it: the same for two instances of the project on one host, and of no use to another
     * project. Nova's {@code hostId}: SHA-224 of the project and the host's name, in hexadecimal digits.
     */
    public String opaqueTo(ProjectId project) {
        try {
            String text = project.value() + value;
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-224").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime of ours has SHA-224", e);
        }
    }

    @Override
    public int compareTo(HostId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
