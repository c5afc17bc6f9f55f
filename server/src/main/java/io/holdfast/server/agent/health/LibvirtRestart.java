package io.holdfast.server.agent.health;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.agent.Remedies;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.agent.health.core.RestartBudget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operator's command that starts libvirt again: one at a time, so many in a while, each with a deadline.
 *
 * <p>What the command writes goes to a file in the state directory, of the last run alone, and not through a pipe: a daemon that it
 * leaves behind would hold that open. At the deadline the command is killed, and what it has started, as far as it has not become
 * a process of its own.
 */
public final class LibvirtRestart implements Remedies.Work {

    /** What is told of what a failed command wrote: its end. */
    private static final int WORDS_MAX = 300;

    private final HealthSettings settings;
    private final Path output;

    @GuardedBy("this")
    private RestartBudget budget = RestartBudget.UNUSED;

    @GuardedBy("this")
    private @Nullable CompletableFuture<RemedyAnswer> underWay;

    public LibvirtRestart(HealthSettings settings, Path stateDirectory) {
        this.settings = settings;
        this.output = stateDirectory.resolve("restart-libvirt.log");
    }

    @Override
    public RemedyAnswer run(Duration patience) {
        CompletableFuture<RemedyAnswer> run = new CompletableFuture<>();
        synchronized (this) {
            if (settings.restartLibvirt().isEmpty()) {
                return new RemedyAnswer.Refused("health.restart-libvirt is empty in this agent's settings");
            }
            if (underWay != null && !underWay.isDone()) {
                return new RemedyAnswer.NoAnswer("an earlier restart is still under way");
            }
            Optional<RestartBudget> left =
                    budget.take(System.nanoTime(), settings.restartLimit(), settings.restartWindow());
            if (left.isEmpty()) {
                return new RemedyAnswer.Refused("libvirt was started again " + settings.restartLimit()
                        + " times within " + settings.restartWindow().toSeconds() + " s, which is the limit");
            }
            budget = left.get();
            underWay = run;
        }
        // Not interrupted with the call that asked: half of a restart is worse than one that nobody waits for.
        Thread.ofVirtual().name("restart-libvirt").start(() -> run.complete(execute()));
        try {
            return run.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return new RemedyAnswer.NoAnswer("the command is still under way after " + patience.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new RemedyAnswer.NoAnswer("interrupted while the command runs on");
        } catch (ExecutionException e) {
            throw new IllegalStateException("running a command failed in a way of its own", e.getCause());
        }
    }

    private RemedyAnswer execute() {
        long beganNanos = System.nanoTime();
        Process process;
        try {
            process = Subprocess.of(settings.restartLibvirt())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        } catch (IOException e) {
            return new RemedyAnswer.Failed("it cannot be run: " + e.getMessage());
        }
        try {
            if (!process.waitFor(settings.restartDeadline().toNanos(), TimeUnit.NANOSECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                return new RemedyAnswer.Failed("killed: it did not end within "
                        + settings.restartDeadline().toMillis() + " ms");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new RemedyAnswer.NoAnswer("interrupted while the command runs on");
        }
        int code = process.exitValue();
        long millis = Duration.ofNanos(System.nanoTime() - beganNanos).toMillis();
        return code == 0
                ? new RemedyAnswer.Done("done in " + millis + " ms")
                : new RemedyAnswer.Failed("it ended with code " + code + " after " + millis + " ms" + words());
    }

    private String words() {
        try {
            byte[] written = Files.readAllBytes(output);
            int from = Math.max(0, written.length - WORDS_MAX);
            String end = new String(written, from, written.length - from, StandardCharsets.UTF_8)
                    .replaceAll("\\p{C}+", " ")
                    .strip();
            return end.isEmpty() ? "" : ": " + end;
        } catch (IOException e) {
            return "; what it wrote cannot be read: " + e.getMessage();
        }
    }
}
