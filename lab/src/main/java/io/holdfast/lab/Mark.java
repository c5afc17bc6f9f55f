package io.holdfast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The mark of the lab on the machine: that it exists, whose it is, and what was made outside its own directory. It is there
 * before anything else is and goes last, so whatever is to be removed is noted in it before it is made.
 */
final class Mark {

    static final Path DIRECTORY = Path.of("/run/holdfast-lab");
    /** Whose lab it is. */
    static final Path LAB = DIRECTORY.resolve("lab.json");
    /** Held by each step that makes something; see {@link #making}. */
    static final Path STEPS = DIRECTORY.resolve("steps");

    private static final Path CREATED = DIRECTORY.resolve("created");

    private Mark() {}

    /** For a new lab, which has made nothing yet. */
    static void begin() throws IOException {
        Files.writeString(CREATED, "");
    }

    static void note(String what) throws IOException {
        if (!Files.readAllLines(CREATED).contains(what)) {
            Files.writeString(CREATED, what + "\n", StandardOpenOption.APPEND);
        }
    }

    /** What was noted, in its order. */
    static Set<String> created() throws IOException {
        return new LinkedHashSet<>(Files.exists(CREATED) ? Files.readAllLines(CREATED) : List.of());
    }

    /**
     * Runs a step that makes something. A step does not die with a tool that is killed; it holds a lock meanwhile, and
     * {@code down} waits for that lock before it looks at what there is. A step that begins later finds the mark gone.
     */
    static void making(List<String> step) {
        List<String> command = new ArrayList<>(List.of(
                "flock",
                "--shared",
                "--no-fork",
                STEPS.toString(),
                "bash",
                "-euc",
                "[ -e \"$0\" ] || exit 1; exec \"$@\"",
                LAB.toString()));
        command.addAll(step);
        Commands.run(command);
    }

    static boolean isMounted(String place) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .anyMatch(line -> line.split(" ", -1)[4].equals(place));
    }

    /** Everything but its lock, which whoever holds it removes last; {@link #LAB} goes after the rest. */
    static void clear() throws IOException {
        try (var files = Files.newDirectoryStream(DIRECTORY)) {
            for (Path file : files) {
                if (!file.equals(LAB) && !file.equals(DIRECTORY.resolve("lock"))) {
                    Files.deleteIfExists(file);
                }
            }
        }
        Files.deleteIfExists(LAB);
    }
}
