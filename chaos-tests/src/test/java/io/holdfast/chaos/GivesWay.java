package io.holdfast.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Makes this module's test process, and what it starts, give way to whoever else wants a processor. Simulations reckon for minutes
 * with every core, while the stories of real hosts are told beside them: those wait for guests to boot within limits, simulations
 * wait for nobody, so they take what is left over.
 */
public final class GivesWay implements LauncherSessionListener {

    private static final String NICENESS = "19";

    private static final int LIMIT_SECONDS = 30;

    private static final Path THREADS = Path.of("/proc/self/task");

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (!Files.isDirectory(THREADS)) {
            return; // Not Linux: no stories of real hosts either.
        }
        List<String> command = new ArrayList<>(List.of("renice", "-n", NICENESS, "-p"));
        // On Linux each thread has its own, which those that it starts later inherit; to renice the process is to
        // renice its first.
        try (Stream<Path> threads = Files.list(THREADS)) {
            threads.map(thread -> thread.getFileName().toString()).forEach(command::add);
            Process renice = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            // A thread that has ended meanwhile makes it fail, the others are done all the same.
            if (!renice.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                renice.destroyForcibly();
                throw new IllegalStateException("renice did not end within " + LIMIT_SECONDS + " s");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("this process cannot be made to give way", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
