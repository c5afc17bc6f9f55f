package io.holdfast.server.pki;

import java.util.Locale;

/** What the holder of a certificate may do; stands in the organizational unit of its subject. */
public enum Role {
    /** May command agents. */
    CONTROLLER,
    /** Runs on a host; obeys controllers and commands nobody. */
    AGENT,
    /** A person's tool: may look, may not command agents. */
    OPERATOR;

    /** The word in the certificate: {@code controller}, {@code agent}, {@code operator}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
