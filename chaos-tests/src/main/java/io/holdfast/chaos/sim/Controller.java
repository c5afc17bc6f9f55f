package io.holdfast.chaos.sim;

import io.holdfast.compute.InstanceReport;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** A controller's machine: a process that can be killed, paused and started again, and clocks of its own. */
public final class Controller {

    private final World world;
    private final String name;
    private double rate = 1;
    private Duration step = Duration.ZERO;
    private boolean clockMoved;
    private @Nullable ControllerProcess process;
    private long pausedAt;
    private boolean hears = true;
    private long heardUntil;
    private boolean paused;

    Controller(World world, String name) {
        this.world = world;
        this.name = name;
    }

    public String name() {
        return name;
    }

    /** Whether a process is there and not paused. */
    public boolean runs() {
        return process != null && process.runs();
    }

    public boolean isPaused() {
        return paused;
    }

    public boolean leads() {
        return process != null && runs() && process.leader().isPresent();
    }

    @Nullable
    ControllerProcess process() {
        return process;
    }

    /** Starts a process if there is none. */
    public void start() {
        if (process == null) {
            // A machine asks for the time before it starts anything.
            step = Duration.ZERO;
            ControllerProcess started = new ControllerProcess(world, this);
            process = started;
            started.begin();
            world.group().look();
            world.controllersChanged();
        }
    }

    /** As {@code kill -9}: whatever was under way on its side ends here. */
    public void kill() {
        if (process != null) {
            world.story().tell(name, "is killed");
            process.die();
            process = null;
            paused = false;
            world.group().look();
            world.controllersChanged();
        }
    }

    /** As SIGSTOP: does nothing at all, until it goes on as if nothing had been. */
    public void pause() {
        if (process != null && !paused) {
            world.story().tell(name, "is paused");
            paused = true;
            pausedAt = world.timeline().now();
            process.pause();
            world.controllersChanged();
        }
    }

    public void goOn() {
        if (process != null && paused) {
            paused = false;
            Duration gap = Duration.ofNanos(world.timeline().now() - pausedAt);
            world.story().tell(name, "goes on after " + gap.toMillis() + " ms");
            process.goOn(gap);
            world.controllersChanged();
        }
    }

    /** Gives leadership back, if it has it. */
    public void resign() {
        if (process != null && runs()) {
            process.run(process.leadership()::resign);
        }
    }

    /** Moves its wall clock. */
    public void stepClock(Duration by) {
        step = step.plus(by);
        clockMoved = true;
        world.story().tell(name, "its wall clock jumps by " + by.toSeconds() + " s");
        if (process != null) {
            process.clockStepped(by);
        }
    }

    /** Whether its wall clock ever went otherwise than the world's. */
    public boolean clockWasMoved() {
        return clockMoved;
    }

    /** @param share how much too fast its clocks run, for example 0.02 */
    public void drift(double share) {
        rate = 1 + share;
        clockMoved = true;
        world.story().tell(name, "its clocks run at " + rate);
    }

    /** The last moment at which it reached any host with power, in nanoseconds of the world. */
    public long hearsSomebodySince() {
        return hears ? world.timeline().now() : heardUntil;
    }

    void hears(boolean somebody) {
        if (hears && !somebody) {
            heardUntil = world.timeline().now();
        }
        hears = somebody;
    }

    long nanos() {
        return (long) (world.timeline().now() * rate);
    }

    InstantSource clock() {
        return () -> Timeline.START.plusNanos(nanos()).plus(step);
    }

    /** How long it really takes until that much has passed on its clocks. */
    Duration stretched(Duration own) {
        // Rounded up: a wait that is a nanosecond short would be found not to be over, for ever.
        return rate == 1 ? own : Duration.ofNanos((long) (own.toNanos() / rate) + 1_000);
    }

    void hear(Host host, InstanceReport report) {
        if (process != null) {
            process.goals().report(host, report);
        }
    }
}
