package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each thing on the pulse's way is brought to a stand in turn. */
class PulseTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration LONGER_THAN_A_BEAT = Duration.ofMillis(2500);

    @TempDir
    Path state;

    private final AtomicInteger beats = new AtomicInteger();
    private final ExecutorService ear = Executors.newSingleThreadExecutor();
    private final CountDownLatch standing = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private AgentJournal journal;
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        journal = AgentJournal.open(state);
        agent = new Agent(
                AgentFixtures.H1,
                "boot-1",
                new SimulatedHypervisor(AgentFixtures.H1, new SimulatedStorage(Duration.ofMillis(50))),
                journal,
                AgentFixtures.settings(state, "test:///default"),
                Clock.systemUTC());
        agent.start();
        new Pulse(agent, ear, beats::incrementAndGet).start();
        awaitBeats(2);
    }

    @AfterEach
    void stop() throws Exception {
        goOn.countDown();
        agent.close();
        journal.close();
        ear.shutdownNow();
    }

    @Test
    void anEarThatStandsStillStopsItAndItGoesOnWithIt() throws Exception {
        ear.execute(this::stand);
        standsStill();
    }

    @Test
    void aTimerThatStandsStillStopsItAndItGoesOnWithIt() throws Exception {
        agent.timer.execute(this::stand);
        standsStill();
    }

    @Test
    void aLockThatIsNeverGivenBackStopsItAndItGoesOnWhenItIs() throws Exception {
        // A watcher is told under the agent's lock.
        Thread holder = Thread.ofPlatform()
                .start(() -> agent.watch(new AgentWatcher() {
                    @Override
                    public void reported(io.holdfast.compute.InstanceReport report) {}

                    @Override
                    public void troubled(String trouble) {
                        stand();
                    }
                }));
        standsStill();
        holder.join();
    }

    @Test
    void aBeatThatFailsIsFollowedByTheNext() {
        AtomicInteger tried = new AtomicInteger();
        new Pulse(agent, ear, () -> {
                    tried.incrementAndGet();
                    throw new IllegalStateException("no space");
                })
                .start();
        await().dontCatchUncaughtExceptions()
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(tried).hasValueGreaterThan(1));
    }

    @Test
    void endsWithTheAgent() {
        agent.close();
        int last = beats.get();
        await().during(LONGER_THAN_A_BEAT)
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(beats.get()).isLessThanOrEqualTo(last + 1));
    }

    private void standsStill() throws InterruptedException {
        standing.await();
        // One that was past the place where it stands may still arrive.
        int last = beats.get() + 1;
        await().during(LONGER_THAN_A_BEAT)
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(beats.get()).isLessThanOrEqualTo(last));
        goOn.countDown();
        awaitBeats(last + 2);
    }

    private void awaitBeats(int count) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(beats.get()).isGreaterThanOrEqualTo(count));
    }

    private void stand() {
        standing.countDown();
        try {
            goOn.await();
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }
}
