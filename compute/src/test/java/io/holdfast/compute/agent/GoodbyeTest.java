package io.holdfast.compute.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.model.Generation;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GoodbyeTest {

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(20));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(AgentFixtures.H1, storage);

    @AfterEach
    void close() {
        hypervisor.close();
        storage.close();
    }

    @Test
    void noGuestRunsOnceEachHasEnded() throws Exception {
        assertThat(Goodbye.guestsMayRun(hypervisor)).isFalse();
        hypervisor.plant(AgentFixtures.instance(1), Generation.of(1));
        assertThat(Goodbye.guestsMayRun(hypervisor)).isTrue();
        hypervisor.stop(AgentFixtures.instance(1), Duration.ofSeconds(5));
        assertThat(Goodbye.guestsMayRun(hypervisor)).isFalse();
    }

    @Test
    void aHypervisorThatDoesNotAnswerMayBeRunningGuests() {
        hypervisor.loseDaemon("libvirtd is down");
        assertThat(Goodbye.guestsMayRun(hypervisor)).isTrue();
    }
}
