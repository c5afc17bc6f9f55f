package io.holdfast.server.controller;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.membership.HostReactions;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has libvirt started again on hosts where the health table asks for it.
 *
 * <p>For each such host one course: ask its agent, give it time to help, and ask again while it has not, a bounded number of times. Then
 * a human is needed; the host stays degraded, of which operators were told. Only the leader asks. A controller that does not lead keeps
 * the course, so that it can take it up when it does.
 *
 * <p>What if we die here: whoever leads next has the course too, and counts from the start; the agent counts for itself.
 */
final class LibvirtRestarts implements HostReactions, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LibvirtRestarts.class);

    /** Longer than an agent's own limit for the command by default. */
    private static final Duration ANSWER = Duration.ofSeconds(40);

    /** Too large: a daemon that dies at once is started for as long as nobody looks. The agent has a limit of its own. */
    static final int ATTEMPTS = 3;

    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Function<HostId, Optional<ComputeHost>> hosts;
    private final HostAgents agents;
    private final Duration pause;
    private final Map<HostId, CountDownLatch> courses = new ConcurrentHashMap<>();

    /** @param pause between two attempts: what a daemon needs to be seen well again, and a little */
    LibvirtRestarts(
            Supplier<Optional<LeaderEpoch>> leader,
            Function<HostId, Optional<ComputeHost>> hosts,
            HostAgents agents,
            Duration pause) {
        this.leader = leader;
        this.hosts = hosts;
        this.agents = agents;
        this.pause = pause;
    }

    /** Never blocks; twice is once. */
    @Override
    public void restartLibvirtd(HostId host, String reason) {
        CountDownLatch over = new CountDownLatch(1);
        if (courses.putIfAbsent(host, over) == null) {
            Thread.ofVirtual().name("restart-libvirt-" + host).start(() -> run(host, reason, over));
        }
    }

    @Override
    public void noMore(HostId host) {
        CountDownLatch course = courses.remove(host);
        if (course != null) {
            course.countDown();
        }
    }

    private void run(HostId host, String reason, CountDownLatch over) {
        int attempts = 0;
        try {
            do {
                Optional<LeaderEpoch> epoch = leader.get();
                if (epoch.isEmpty()) {
                    log.debug("host {}: libvirt is for the leader to start again", host);
                } else if (attempts < ATTEMPTS) {
                    attempts++;
                    tell(host, reason, attempts, ask(host, reason, epoch.get()));
                } else {
                    log.warn(
                            "host {}: libvirt is still not well ({}) after {} restarts were asked for; somebody has to look at it",
                            host,
                            reason,
                            attempts);
                    return;
                }
            } while (!over.await(pause.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RemedyAnswer ask(HostId host, String reason, LeaderEpoch epoch) {
        Optional<ComputeHost> known;
        try {
            known = hosts.apply(host);
        } catch (RuntimeException e) {
            // The store is away; the next attempt may find it.
            return new RemedyAnswer.NoAnswer("where its agent is cannot be read: " + e.getMessage());
        }
        if (known.isEmpty()) {
            return new RemedyAnswer.Refused("there is no such host");
        }
        ComputeHost is = known.get();
        String boot = is.bootId();
        return boot == null
                ? new RemedyAnswer.Refused("it has not introduced itself yet")
                : agents.mend(
                        is, new RemedyOrder(host, is.epoch(), epoch, boot, Remedy.RESTART_LIBVIRT, reason), ANSWER);
    }

    private static void tell(HostId host, String reason, int attempt, RemedyAnswer answer) {
        String course = "restart " + attempt + " of " + ATTEMPTS + " of libvirt";
        switch (answer) {
            case RemedyAnswer.Done(String detail) -> log.info("host {}: {} ({}): {}", host, course, reason, detail);
            case RemedyAnswer.Failed(String why) -> log.warn("host {}: {} ({}) failed: {}", host, course, reason, why);
            case RemedyAnswer.Refused(String why) ->
                log.warn("host {}: {} ({}) was refused: {}", host, course, reason, why);
            case RemedyAnswer.Stale(String why) ->
                log.info("host {}: {} ({}) came too late: {}", host, course, reason, why);
            case RemedyAnswer.NoAnswer(String why) ->
                log.warn("host {}: {} ({}) may have been done: {}", host, course, reason, why);
        }
    }

    /** Ends every course. An order that is out is not called back. */
    @Override
    public void close() {
        courses.keySet().forEach(this::noMore);
    }
}
