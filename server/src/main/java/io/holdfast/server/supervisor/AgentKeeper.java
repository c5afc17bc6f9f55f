package io.holdfast.server.supervisor;

import io.holdfast.secrets.Subprocess;
import io.holdfast.server.supervisor.core.AgentWatch;
import io.holdfast.server.supervisor.core.Command;
import io.holdfast.server.supervisor.core.Event;
import io.holdfast.server.supervisor.core.Life;
import io.holdfast.server.supervisor.core.Rules;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one agent: feeds {@link AgentWatch} with what the kernel and the life sign say, and does what it decides.
 *
 * <p>One thread does all of that. When it can no longer look at its agent it says so to {@code onFailure} and ends: the agent
 * goes on, and the next supervisor takes it over.
 */
final class AgentKeeper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AgentKeeper.class);

    private static final Duration LOOK = Duration.ofMillis(200);

    /** What the last order to kill gets to be carried out. */
    private static final Duration LAST_KILL = Duration.ofSeconds(3);

    /** Why the keeper does not only wait for its next look. */
    private enum Wake {
        AGENT_ENDED,
        STOP
    }

    private final Path directory;
    private final String bootId;
    private final int port;
    private final List<String> command;
    private final Rules rules;
    private final Consumer<Throwable> onFailure;
    private final AgentWatch watch;
    private final LinkedBlockingQueue<Wake> inbox = new LinkedBlockingQueue<>();
    private final Thread thread;

    /** The agent that runs, or ran a moment ago; null while none does. */
    private volatile @Nullable AgentRun run;

    /**
     * @param directory where the agent's life sign is
     * @param bootId of this boot: a life sign of another one is of nobody
     * @param port where the supervisor answers
     * @param command starts an agent
     * @param onFailure called once, on the keeper's thread, when it cannot go on
     */
    AgentKeeper(
            Path directory, String bootId, int port, List<String> command, Rules rules, Consumer<Throwable> onFailure) {
        this.directory = directory;
        this.bootId = bootId;
        this.port = port;
        this.command = List.copyOf(command);
        this.rules = rules;
        this.onFailure = onFailure;
        this.watch = new AgentWatch(rules);
        this.thread = Thread.ofPlatform().name("agent-keeper").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /**
     * Whether an agent is there at this moment: its process exists, and has beaten.
     *
     * <p>One that is starting is not there yet. It is started within a moment of the last one's end, long before anybody misses
     * that one; if its mere process counted, no caller would ever hear that an agent had died.
     */
    boolean agentRuns() throws IOException {
        AgentRun known = run;
        return known != null && known.isAlive() && (known.hasBeaten() || beats(known) != Event.Look.NONE);
    }

    /** Stops the agent: politely, and after its limit with force. Blocks until it has ended, or cannot be ended. */
    @Override
    public void close() {
        inbox.add(Wake.STOP);
        Duration patience = rules.stopLimit().plus(LAST_KILL);
        try {
            if (thread.isAlive() && !thread.join(patience)) {
                log.error("the agent has not ended within {} s, and is left behind", patience.toSeconds());
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            AgentWatch.State state = AgentWatch.State.begin(System.nanoTime());
            while (!(state.life() instanceof Life.Over)) {
                Wake wake = inbox.poll(LOOK.toNanos(), TimeUnit.NANOSECONDS);
                if (wake == Wake.STOP) {
                    state = turn(state, new Event.Stop());
                }
                state = turn(state, look());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException failure) {
            onFailure.accept(failure);
        }
    }

    private Event look() throws IOException, InterruptedException {
        AgentRun known = run;
        if (known == null) {
            return new Event.Look(Event.Look.NONE);
        }
        if (!known.isAlive()) {
            run = null;
            return new Event.Ended(known.ending());
        }
        return new Event.Look(beats(known));
    }

    private long beats(AgentRun known) throws IOException {
        Optional<Long> beats = LifeSign.read(directory)
                .filter(sign -> sign.process().equals(known.mark()) && sign.beats() > 0)
                .map(LifeSign.Read::beats);
        if (beats.isPresent()) {
            known.beats();
        }
        return beats.orElse(Event.Look.NONE);
    }

    private AgentWatch.State turn(AgentWatch.State state, Event event) throws IOException, InterruptedException {
        AgentWatch.Step step = watch.step(state, event, System.nanoTime());
        AgentWatch.State next = step.next();
        for (Command each : step.commands()) {
            Optional<Event> failed = carryOut(each);
            if (failed.isPresent()) {
                next = turn(next, failed.get());
            }
        }
        return next;
    }

    private Optional<Event> carryOut(Command order) throws IOException, InterruptedException {
        AgentRun known = run;
        switch (order) {
            case Command.Tell(boolean trouble, String text) -> {
                if (trouble) {
                    log.warn("{}", text);
                } else {
                    log.info("{}", text);
                }
            }
            case Command.Start() -> {
                return begin();
            }
            case Command.Terminate() -> {
                if (known != null) {
                    known.terminate();
                }
            }
            case Command.Dump() -> {
                if (known != null) {
                    known.dump();
                }
            }
            case Command.Kill() -> {
                if (known != null) {
                    known.kill();
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Event> begin() throws IOException, InterruptedException {
        Optional<LifeSign.Read> sign =
                LifeSign.read(directory).filter(read -> read.bootId().equals(bootId));
        if (sign.isPresent()) {
            Optional<AgentRun> found = AgentRun.found(sign.get().process());
            if (found.isPresent()) {
                takeOver(found.get(), sign.get());
                return Optional.empty();
            }
        }
        Process child;
        try {
            child = Subprocess.ofOurs(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException cannot) {
            return Optional.of(new Event.Ended(String.valueOf(cannot.getMessage())));
        }
        Optional<AgentRun> started = AgentRun.started(child);
        if (started.isEmpty()) {
            return Optional.of(new Event.Ended(AgentRun.ending(child.waitFor())));
        }
        keep(started.get());
        log.info("the agent is started, pid {}", child.pid());
        return Optional.empty();
    }

    private void takeOver(AgentRun found, LifeSign.Read sign) {
        keep(found);
        log.info(
                "the agent runs already, pid {}; this supervisor looks after it from now on",
                found.mark().pid());
        if (sign.supervisorPort() != port) {
            log.warn(
                    "that agent tells controllers that its supervisor answers at port {}, and this one answers at {}:"
                            + " stop the agent (SIGTERM), it is started again with the new port",
                    sign.supervisorPort(),
                    port);
        }
    }

    private void keep(AgentRun started) {
        run = started;
        started.onExit(() -> inbox.add(Wake.AGENT_ENDED));
    }
}
