package io.holdfast.chaos.scenario;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** {@code holdfast simulate --scenario}: reads, plays, records and reports. */
public final class Scenarios {

    /** All passed. */
    public static final int PASSED = 0;

    /** A file is wrong; nothing was played. */
    public static final int NOT_READ = 1;

    /** A difference, or an invariant was violated. */
    public static final int DIFFERS = 2;

    private final Function<Scenario, Outcome> player;

    Scenarios(Function<Scenario, Outcome> player) {
        this.player = player;
    }

    /**
     * What somebody wants of a run.
     *
     * @param record whether a story that differs is written down; never one in which an invariant was violated, or whose
     *     end is not as its author expects
     * @param json one object instead of lines
     * @param story whether all that was told is printed, however it ended
     */
    public record Wanted(boolean record, boolean json, boolean story) {}

    /** As users play them. */
    public static Scenarios onTheSimulator() {
        return new Scenarios(scenario -> new ScenarioRunner(scenario).play());
    }

    /**
     * Plays one scenario, or all below a directory.
     *
     * @return {@link #PASSED}, {@link #NOT_READ} or {@link #DIFFERS}
     */
    public int run(Path directory, Wanted wanted, PrintWriter out, PrintWriter err) {
        List<Scenario> scenarios;
        try {
            scenarios = ScenarioLoader.load(directory);
        } catch (ScenarioException e) {
            e.problems().forEach(problem -> err.println("holdfast: " + problem));
            err.flush();
            return NOT_READ;
        }
        List<Outcome> outcomes = new ArrayList<>();
        List<String> recorded = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            Outcome outcome = player.apply(scenario);
            if (wanted.record() && outcome.storyDiffers() && isBelievable(outcome)) {
                write(scenario, outcome.story());
                recorded.add(scenario.name());
                outcome = withoutStoryDifference(outcome);
            }
            outcomes.add(outcome);
        }
        if (wanted.json()) {
            out.println(Report.json(outcomes, recorded, wanted.story()));
        } else {
            Report.lines(outcomes, recorded, wanted.story()).forEach(out::println);
        }
        out.flush();
        return outcomes.stream().allMatch(Outcome::passed) ? PASSED : DIFFERS;
    }

    /** Nothing but the story differs. */
    private static boolean isBelievable(Outcome outcome) {
        return outcome.violations().isEmpty()
                && outcome.differences().stream().allMatch(text -> text.startsWith(Judge.STORY));
    }

    private static Outcome withoutStoryDifference(Outcome outcome) {
        return new Outcome(
                outcome.scenario(),
                outcome.story(),
                outcome.seen(),
                outcome.differences().stream()
                        .filter(text -> !text.startsWith(Judge.STORY))
                        .toList(),
                outcome.violations(),
                false,
                outcome.simulated());
    }

    private static void write(Scenario scenario, List<String> story) {
        try {
            Files.writeString(scenario.folder().resolve(Scenario.STORY), String.join("\n", story) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the story of " + scenario.name(), e);
        }
    }
}
