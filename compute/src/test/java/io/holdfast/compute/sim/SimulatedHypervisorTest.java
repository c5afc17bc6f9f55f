package io.holdfast.compute.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriverContract;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SimulatedHypervisorTest extends HypervisorDriverContract {

    private final SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(5));
    private final SimulatedHypervisor hypervisor = new SimulatedHypervisor(HostId.of("h1"), storage);

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    protected HypervisorDriver driver() {
        return hypervisor;
    }

    @Override
    protected void killByHand(InstanceId instance) {
        hypervisor.endGuest(instance, "failed");
    }

    @Override
    protected void says(InstanceId instance, String words) {
        // Its guests say who they are when they begin.
    }

    @Override
    protected boolean diskExists(InstanceId instance) {
        return storage.hasDisk(instance);
    }

    @Test
    void oneWriterIsNoSplitBrainEvenAfterItMoved() throws Exception {
        SimulatedHypervisor other = new SimulatedHypervisor(HostId.of("h2"), storage);
        start(hypervisor, a, Generation.of(1));
        await().until(() -> storage.beats(a).size() > 3);
        hypervisor.losePower();
        start(other, a, Generation.of(2));
        await().until(() -> storage.beats(a).size() > 8);
        assertThat(storage.splitBrains()).isEmpty();
        assertThat(storage.firstBeat(a, Generation.of(2)).orElseThrow().host()).isEqualTo(HostId.of("h2"));
    }

    @Test
    void twoWritersAreCaught() throws Exception {
        SimulatedHypervisor other = new SimulatedHypervisor(HostId.of("h2"), storage);
        start(hypervisor, a, Generation.of(1));
        start(other, a, Generation.of(2));
        await().until(() -> !storage.splitBrains().isEmpty());
        assertThat(storage.splitBrains().getFirst()).contains("h1").contains("h2");
    }

    @Test
    void aMemoryThatIsOlderThanItsDiskIsCaught() throws Exception {
        start(hypervisor, a, Generation.of(1));
        hypervisor.suspend(a, AgentFixtures.spec(a));
        start(hypervisor, a, Generation.of(1));
        assertThat(storage.splitBrains()).isEmpty();
        hypervisor.suspend(a, AgentFixtures.spec(a));
        hypervisor.plant(a, Generation.of(1));
        hypervisor.destroy(a);
        start(hypervisor, a, Generation.of(1));
        assertThat(storage.splitBrains().getFirst()).contains("goes on with its memory of beat");
    }

    @Test
    void aGuestThatStandsBesideItsMemoryGoesOnOnlyWhenThatIsForgotten() throws Exception {
        start(hypervisor, a, Generation.of(1));
        hypervisor.suspend(a, AgentFixtures.spec(a));
        hypervisor.bringBackHalfway(a, Generation.of(1));
        assertThat(hypervisor.remembers(a, AgentFixtures.spec(a))).isTrue();
        Assertions.assertThatThrownBy(() -> hypervisor.unpause(a, AgentFixtures.spec(a)))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("its memory is still kept");
        start(hypervisor, a, Generation.of(2));
        assertThat(hypervisor.guests())
                .containsExactly(new HypervisorDriver.Guest(a, Generation.of(2), true, false, false));
        assertThat(hypervisor.wentOn(a)).isTrue();
        assertThat(hypervisor.remembers(a, AgentFixtures.spec(a))).isFalse();
        assertThat(storage.splitBrains()).isEmpty();
    }

    @Test
    void aHostWithoutPowerAnswersNothingAndForgetsItsGuests() throws Exception {
        start(hypervisor, a, Generation.of(1));
        hypervisor.losePower();
        Assertions.assertThatThrownBy(hypervisor::guests)
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("no power");
        hypervisor.restorePower();
        assertThat(hypervisor.guests()).isEmpty();
    }
}
