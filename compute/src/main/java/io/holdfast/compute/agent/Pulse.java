package io.holdfast.compute.agent;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's sign of life: once a second a pulse goes around everything that the agent works with, and only when it has come
 * around it counts as a beat.
 *
 * <p>It starts in the thread that wakes lanes, goes on a virtual thread, through the lock under which every order is ruled
 * on, to the thread that hears the controllers, and back. Whatever of this stands still stops the pulse; a thread of its own
 * that beats would go on while all else hangs.
 *
 * <p>Not on its way, because they wait for others and a new agent would wait as well: the hypervisor, ZooKeeper and the
 * disks. What they do to the agent is told in other ways.
 *
 * <p>Ends with the agent, whose threads carry it.
 */
public final class Pulse {

    private static final Logger log = LoggerFactory.getLogger(Pulse.class);

    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Agent agent;
    private final Executor ear;
    private final Runnable beat;

    /** One at a time: of an agent that hangs for hours nothing piles up. */
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param ear runs what it is given in the thread that hears the controllers
     * @param beat called for each pulse that has come around, on a virtual thread
     */
    public Pulse(Agent agent, Executor ear, Runnable beat) {
        this.agent = agent;
        this.ear = ear;
        this.beat = beat;
    }

    /** Begins; the agent must not be closed yet. */
    public void start() {
        var _ = agent.timer.scheduleWithFixedDelay(this::send, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void send() {
        if (underWay.compareAndSet(false, true)) {
            hand(agent.workers, this::passTheLock);
        }
    }

    private void passTheLock() {
        var _ = agent.describe();
        hand(ear, () -> hand(agent.workers, this::arrive));
    }

    private void arrive() {
        try {
            beat.run();
        } finally {
            underWay.set(false);
        }
    }

    private static void hand(Executor to, Runnable task) {
        try {
            to.execute(task);
        } catch (RejectedExecutionException closing) {
            log.debug("no pulse any more, the agent is closing");
        }
    }
}
