package io.holdfast.server;

import io.holdfast.server.logging.Logging;
import io.holdfast.server.settings.Keys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** How a process of ours lives: logs from the first line, runs until a signal, stops cleanly, and has a limit for that. */
public final class LongRunning {

    private static final Logger log = LoggerFactory.getLogger(LongRunning.class);

    /** Longer than the longest stop of a part; after this the process ends all the same. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "How log lines look: text or json (default: ${DEFAULT-VALUE}).")
    Logging.Format format = Logging.Format.TEXT;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "info",
            description = "How much is logged: error, warn, info, debug (default: ${DEFAULT-VALUE}).")
    Logging.Verbosity verbosity = Logging.Verbosity.INFO;

    @Option(
            names = "--log-to-file",
            description = "Log into the state directory as well, in files that are bounded and rotated.")
    boolean toFile;

    /** What was said about logs, as arguments for another process of ours. */
    public List<String> options() {
        List<String> options =
                new ArrayList<>(List.of("--log-format=" + Keys.kebab(format), "--log-level=" + Keys.kebab(verbosity)));
        if (toFile) {
            options.add("--log-to-file");
        }
        return List.copyOf(options);
    }

    /** Starts, waits for SIGTERM or SIGINT, stops within 30 s. Returns the exit code. */
    public int run(String name, Path stateDirectory, Callable<? extends AutoCloseable> start) throws Exception {
        return run(name, stateDirectory, STOP_LIMIT, start);
    }

    /** Starts, waits for SIGTERM or SIGINT, stops within the limit. Returns the exit code. */
    public int run(String name, Path stateDirectory, Duration stopLimit, Callable<? extends AutoCloseable> start)
            throws Exception {
        @Nullable Path logs = toFile ? stateDirectory.resolve("logs") : null;
        Logging.configure(format, verbosity, logs, name);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        // The hook only asks and waits: parts are closed by the thread that made them, on which order can be relied.
        Thread hook = Thread.ofPlatform().name("stop").unstarted(() -> {
            asked.countDown();
            try {
                if (!stopped.await(stopLimit.toSeconds(), TimeUnit.SECONDS)) {
                    log.error(
                            "the {} did not stop within {} s and is ended; what was acknowledged is stored",
                            name,
                            stopLimit.toSeconds());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            AutoCloseable process = start.call();
            try {
                Runtime.getRuntime().addShutdownHook(hook);
                asked.await();
            } finally {
                process.close();
            }
        } finally {
            stopped.countDown();
        }
        return 0;
    }
}
