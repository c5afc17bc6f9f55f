package io.holdfast.server.cli;

import java.util.List;

/**
 * A group of commands under one title of the help.
 *
 * @param title what they have in common
 * @param commands objects with picocli's {@code @Command}, in the order of the help
 */
public record Section(String title, List<Object> commands) {

    public Section {
        commands = List.copyOf(commands);
    }
}
