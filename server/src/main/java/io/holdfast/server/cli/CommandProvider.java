package io.holdfast.server.cli;

import java.util.List;

/**
 * A command that a module beyond this one brings along, found by {@link java.util.ServiceLoader}: the arrows between the
 * modules point from it to here, so it cannot be named here.
 */
public interface CommandProvider {

    /** A section of commands for the help, with objects that carry picocli's annotations. */
    Section section(Terminal terminal);

    /** Measurements for {@code holdfast bench}, as objects with picocli's annotations; none unless it says so. */
    default List<Object> benches(Terminal terminal) {
        return List.of();
    }
}
