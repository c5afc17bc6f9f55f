package io.holdfast.lab;

import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a short program to its end, with a deadline. */
final class Commands {

    private Commands() {}

    /** What a program left behind. */
    record Result(int exitCode, String output) {}

    /** Runs it and throws {@link LabException} unless it exits with zero. Returns standard output and error together. */
    static String run(Duration limit, List<String> command) {
        Result result = attempt(limit, command);
        if (result.exitCode() != 0) {
            throw new LabException("'" + String.join(" ", command) + "' failed with exit code " + result.exitCode()
                    + ": " + result.output().strip());
        }
        return result.output();
    }

    static String run(List<String> command) {
        return run(Duration.ofSeconds(30), command);
    }

    static Result attempt(Duration limit, List<String> command) {
        try {
            // A file, not a pipe: a daemon that inherits a pipe would keep a reader waiting after the program ended.
            // Under the lab's mark while there is one: what a killed tool leaves there, the next `down` removes.
            Path output = Files.isDirectory(Mark.DIRECTORY)
                    ? Files.createTempFile(Mark.DIRECTORY, "step", ".out")
                    : Files.createTempFile("holdfast-lab-", ".out");
            try {
                Process process = Subprocess.of(command)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly().waitFor();
                    throw new LabException("'" + String.join(" ", command) + "' did not end within " + limit.toMillis()
                            + " ms and was killed; it said: " + Files.readString(output));
                }
                return new Result(process.exitValue(), new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while running '" + String.join(" ", command) + "'", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run '" + String.join(" ", command) + "'", e);
        }
    }
}
