package io.holdfast.compute.sim;

import static io.holdfast.compute.agent.AgentFixtures.H1;
import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.compute.agent.AgentJournal;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The line without a network behaves as {@code GrpcContractTest} demands of the one with. */
class SimulatedAgentsTest {

    private static final Duration DEADLINE = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path state;

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(50));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(H1, storage);
    private final SimulatedAgents agents = new SimulatedAgents();
    private final ComputeHost h1 = host();
    private AgentJournal journal;
    private Agent agent;

    @BeforeEach
    void start() throws Exception {
        journal = AgentJournal.open(state);
        agent = new Agent(
                H1,
                "boot-1",
                hypervisor,
                journal,
                AgentFixtures.settings(Path.of("/srv/shared"), "test:///default"),
                Clock.systemUTC());
        agent.start();
        agents.attach(agent);
    }

    @AfterEach
    void end() throws Exception {
        agent.close();
        journal.close();
        storage.close();
    }

    @Test
    void ordersArriveAndAnswersComeBack() {
        assertThat(apply(1)).isInstanceOf(AgentAnswer.Refused.class);
        assertThat(agents.adopt(h1, adopt(), PATIENCE)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(apply(2)).isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(apply(1)).isInstanceOf(AgentAnswer.Stale.class);
    }

    @Test
    void aCutLinkIsSilentUntilTheDeadlineAndHealsWithoutAMemoryOfWhatDidNotArrive() throws Exception {
        assertThat(agents.adopt(h1, adopt(), PATIENCE)).isInstanceOf(AgentAnswer.Accepted.class);
        agents.cut(H1);
        long began = System.nanoTime();
        assertThat(apply(1, DEADLINE)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(DEADLINE);
        assertThat(hypervisor.guests()).isEmpty();

        agents.heal(H1);
        assertThat(apply(1)).isInstanceOf(AgentAnswer.Accepted.class);
    }

    @Test
    void aHostWithoutAnAgentRefusesAtOnce() {
        agents.detach(H1);
        Duration patience = Duration.ofSeconds(30);
        long began = System.nanoTime();
        assertThat(agents.adopt(h1, adopt(), patience)).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void whoeverWatchesHearsNothingThroughACutAndEverythingAfterIt() throws Exception {
        assertThat(agents.adopt(h1, adopt(), PATIENCE)).isInstanceOf(AgentAnswer.Accepted.class);
        List<InstanceReport> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = agents.watch(h1, heard::add)) {
            assertThat(watch).isNotNull();
            assertThat(apply(1)).isInstanceOf(AgentAnswer.Accepted.class);
            await().until(() -> !heard.isEmpty());

            agents.cut(H1);
            heard.clear();
            assertThat(agent.apply(order(2, 1, InstanceGoal.RUNNING), Duration.ofSeconds(5)))
                    .isInstanceOf(AgentAnswer.Accepted.class);
            assertThat(heard).isEmpty();

            agents.heal(H1);
            await().until(() ->
                    heard.stream().map(InstanceReport::instance).distinct().count() == 2);
        }
        heard.clear();
        assertThat(agent.apply(order(3, 1, InstanceGoal.RUNNING), Duration.ofSeconds(5)))
                .isInstanceOf(AgentAnswer.Accepted.class);
        assertThat(heard).isEmpty();
    }

    @Test
    void anInterruptedCallerGetsNoAnswerAndKeepsItsFlag() {
        agents.cut(H1);
        Thread.currentThread().interrupt();
        assertThat(agents.adopt(h1, adopt(), Duration.ofSeconds(30))).isInstanceOf(AgentAnswer.NoAnswer.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private AgentAnswer apply(long generation) {
        return apply(generation, PATIENCE);
    }

    private AgentAnswer apply(long generation, Duration deadline) {
        return agents.apply(h1, order(1, generation, InstanceGoal.RUNNING), deadline);
    }

    private static ComputeHost host() {
        return new ComputeHost(
                H1,
                new UUID(0, 1),
                SegmentId.of("s1"),
                "nova",
                HostState.SERVING,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot-1",
                true,
                null,
                false,
                "127.0.0.1",
                1,
                Resources.NOTHING,
                Resources.NOTHING,
                0,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                FailureDomains.NONE,
                null,
                null,
                null);
    }
}
