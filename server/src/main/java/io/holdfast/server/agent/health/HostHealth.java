package io.holdfast.server.agent.health;

import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.model.HostId;
import io.holdfast.server.agent.health.core.HealthMachine;
import io.holdfast.server.agent.health.core.HealthState;
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
 * <p>What if we die here: nothing is said any more, and whoever listens sees how old the last word is.
 */
public final class HostHealth implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HostHealth.class);

    private final HealthSettings settings;
    private final HostProbes probes;
    private final HealthMachine machine;
    private final CountDownLatch closing = new CountDownLatch(1);

    private HostHealth(HealthSettings settings, HostProbes probes) {
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

    /** @param listener is told after each look, on a thread of ours; must not block */
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
            probes.measure(patience);
            while (true) {
                // A round in which something is awaited begins the next one no later.
                nextNanos = Math.max(nextNanos + settings.interval().toNanos(), System.nanoTime());
                if (closing.await(nextNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return;
                }
                state = machine.step(state, probes.measure(patience), System.nanoTime());
                AgentHealth word = machine.word(state, System.nanoTime());
                word.findings().forEach(finding -> log(told.put(finding.aspect(), finding.grade()), finding));
                listener.accept(word);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
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
