package io.holdfast.server.supervisor;

import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One life of the agent that a supervisor looks after: its own child, or one that an earlier supervisor has started. */
final class AgentRun {

    /** Above it, an exit code says which signal ended the process. */
    private static final int BY_SIGNAL = 128;

    private final ProcessMark mark;
    private final ProcessHandle handle;
    private final @Nullable Process child;

    /** Never false again: what it does afterwards is for its beats to say. */
    private volatile boolean hasBeaten;

    private AgentRun(ProcessMark mark, ProcessHandle handle, @Nullable Process child) {
        this.mark = mark;
        this.handle = handle;
        this.child = child;
    }

    /** Empty when it has ended already. */
    static Optional<AgentRun> started(Process child) throws IOException {
        return ProcessMark.of(child.pid()).map(mark -> new AgentRun(mark, child.toHandle(), child));
    }

    /** Empty when that process has ended. */
    static Optional<AgentRun> found(ProcessMark mark) throws IOException {
        Optional<ProcessHandle> handle = ProcessHandle.of(mark.pid());
        // The handle first: it holds on to the process that it was made for, and that has to be the one of the mark.
        return handle.isPresent() && mark.isAlive()
                ? Optional.of(new AgentRun(mark, handle.get(), null))
                : Optional.empty();
    }

    ProcessMark mark() {
        return mark;
    }

    boolean isAlive() throws IOException {
        return mark.isAlive();
    }

    /** Whether it has ever given a sign of life: before, it is only starting. */
    boolean hasBeaten() {
        return hasBeaten;
    }

    void beats() {
        hasBeaten = true;
    }

    void terminate() {
        handle.destroy();
    }

    void kill() {
        handle.destroyForcibly();
    }

    /** Has a JVM write to its output what its threads do; one that cannot even do that is killed without it. */
    void dump() throws IOException {
        Subprocess.of("kill", "-QUIT", Long.toString(mark.pid())).inheritIO().start();
    }

    /** Calls back when it has ended; at once if it has. */
    void onExit(Runnable callback) {
        var _ = handle.onExit().thenRun(callback);
    }

    /** Why it ended, as far as that is known. */
    String ending() throws InterruptedException {
        if (child == null) {
            return "an earlier supervisor had started it, so its exit code is not known";
        }
        return ending(child.waitFor());
    }

    static String ending(int exitCode) {
        return exitCode > BY_SIGNAL ? "signal " + (exitCode - BY_SIGNAL) : "exit code " + exitCode;
    }
}
