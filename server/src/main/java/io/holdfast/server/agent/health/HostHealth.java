package io.holdfast.server.agent.health;

import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.model.HostId;
import io.holdfast.server.agent.health.core.HealthMachine;
import io.holdfast.server.agent.health.core.HealthState;
import io.holdfast.server.agent.health.core.Measures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the host at an interval and says what it finds, from one thread ({@code health}).
 *
 * <p>What if a look fails by a defect of ours: it is said that nothing is known, and why, and the next look follows. What if the thread
 * stands still or dies all the same: a word is {@linkplain #goodFor good for} a few looks, and whoever carries it says after that that
 * nothing is known.
 */
public final class HostHealth implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HostHealth.class);

    /** On a host where this thread gets no turn for some seconds, looks are late and not over. */
    private static final Duration GOOD_FOR_LEAST = Duration.ofSeconds(10);

    private static final int GOOD_FOR_LOOKS = 3;

    private final HealthSettings settings;
    private final Probes probes;
    private final HealthMachine machine;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Of the thread that looks. */
    private boolean failing;

    /** What is asked in each look. */
    interface Probes extends AutoCloseable {

        /** Asks everything, and takes what is answered within that time. */
        Measures measure(Duration patience) throws InterruptedException;

        @Override
        void close();
    }

    HostHealth(HealthSettings settings, Probes probes) {
        this.settings = settings;
        this.probes = probes;
        this.machine = new HealthMachine(settings.limits());
    }

    /**
     * Assembles it; nothing is asked before {@link #start} or {@link #once}.
     *
     * @param bindAddress whose network card is watched when the settings name none
     */
    public static HostHealth of(
            HealthSettings settings, AgentSettings agent, HostId host, String bindAddress, Path stateDirectory) {
        return new HostHealth(settings, new HostProbes(settings, agent, host, bindAddress, stateDirectory));
    }

    /** How long a word says something of now: three looks, and 10 s at least. */
    public Duration goodFor() {
        Duration looks = settings.interval().multipliedBy(GOOD_FOR_LOOKS);
        return looks.compareTo(GOOD_FOR_LEAST) > 0 ? looks : GOOD_FOR_LEAST;
    }

    /** @param listener is told after each look, on a thread of ours; must neither block nor throw */
    public void start(Consumer<AgentHealth> listener) {
        Thread.ofPlatform().daemon().name("health").start(() -> watch(listener));
    }

    /**
     * One look for people: waits for every answer until its lack is bad.
     *
     * <p>There is one before it that is not told, here as in {@link #watch}: the first question loads libraries and opens connections,
     * which says nothing about the host.
     */
    public AgentHealth once() throws InterruptedException {
        Duration storage = settings.limits().storageBad();
        Duration libvirt = settings.limits().libvirtBad();
        Duration patience = (storage.compareTo(libvirt) > 0 ? storage : libvirt).plusMillis(100);
        probes.measure(patience);
        HealthState state = machine.step(HealthState.empty(), probes.measure(patience), System.nanoTime());
        return machine.word(state, System.nanoTime());
    }

    private void watch(Consumer<AgentHealth> listener) {
        HealthState state = HealthState.empty();
        Map<AgentHealth.Aspect, Grade> told = new EnumMap<>(AgentHealth.Aspect.class);
        // Most answers come within a few milliseconds. What does not is looked at again in the next round.
        Duration patience = settings.interval().dividedBy(4);
        try {
            long nextNanos = System.nanoTime();
            // Not told: see once().
            var _ = look(state, patience);
            while (true) {
                // A round in which something is awaited begins the next one no later.
                nextNanos = Math.max(nextNanos + settings.interval().toNanos(), System.nanoTime());
                if (closing.await(nextNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                Look look = look(state, patience);
                state = look.state();
                look.word().findings().forEach(finding -> log(told.put(finding.aspect(), finding.grade()), finding));
                listener.accept(look.word());
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private record Look(HealthState state, AgentHealth word) {}

    /** One that fails in a way for which no host can be blamed says that nothing is known. What was found before says nothing of now. */
    private Look look(HealthState before, Duration patience) throws InterruptedException {
        try {
            HealthState state = machine.step(before, probes.measure(patience), System.nanoTime());
            Look look = new Look(state, machine.word(state, System.nanoTime()));
            failing = false;
            return look;
        } catch (RuntimeException | Error defect) {
            // Whoever closes takes the threads away under a look.
            if (!failing && closing.getCount() > 0) {
                log.error("a look at this host failed; it is said that nothing is known, and looked again", defect);
            }
            failing = true;
            return new Look(before, AgentHealth.unknown("the look at the host failed: " + defect));
        }
    }

    private static void log(@Nullable Grade before, Finding finding) {
        if (finding.grade() == before) {
            return;
        }
        if (finding.grade() == Grade.BAD || finding.grade() == Grade.POOR) {
            log.warn("health {} -> {}", before == null ? "none" : before, finding.text());
        } else {
            log.info("health {} -> {}", before == null ? "none" : before, finding.text());
        }
    }

    @Override
    public void close() {
        closing.countDown();
        probes.close();
    }
}
