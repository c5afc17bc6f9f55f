package io.holdfast.chaos.scenario;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One scenario, read and checked.
 *
 * @param folder where it was read from
 * @param name the folder's path below the tree that was asked for, with slashes
 * @param why the README, as it stands
 * @param events in the order of the file
 * @param story what was told when it was last recorded, or null if it never was
 */
public record Scenario(
        Path folder,
        String name,
        String why,
        Start start,
        List<TimedEvent> events,
        ExpectedEnd end,
        @Nullable List<String> story) {

    static final String README = "README.md";
    static final String START = "start.yaml";
    static final String EVENTS = "events.txt";
    static final String STORY = "expected-story.txt";
    static final String END = "expected-end.yaml";

    public Scenario {
        events = List.copyOf(events);
    }

    /** The same in a world with other small delays; its story is another one, and its end must hold all the same. */
    Scenario withSeed(long seed) {
        return new Scenario(folder, name, why, start.withSeed(seed), events, end, null);
    }
}
