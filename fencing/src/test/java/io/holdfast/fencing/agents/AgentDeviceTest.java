package io.holdfast.fencing.agents;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.model.PowerState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of all devices, with an agent as it should be. */
class AgentDeviceTest extends FenceDeviceContract {

    private static final Duration CALL = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private TestAgents agents;
    private FenceDevice device;

    @BeforeEach
    void install() {
        agents = TestAgents.in(directory);
        device = agents.device("fence_polite");
    }

    @Override
    protected FenceDevice device() {
        return device;
    }

    @Override
    protected void switchOn() {
        agents.power(true);
    }

    @Override
    protected boolean hasPower() {
        return agents.hasPower();
    }

    @Override
    protected void silence() {
        agents.mood("silent", "");
    }

    @Override
    protected void lie() {
        agents.mood("lie", "");
    }

    @Override
    protected void refuseOrders() {
        agents.mood("refuse", "");
    }

    @Override
    protected void slowDown() {
        agents.mood("slow", "");
    }

    @Override
    protected FenceDevice withWrongPassword() {
        return agents.device("fence_polite", "wrong");
    }

    @Test
    void noSecretIsInTheArgumentsOrTheEnvironment() {
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);

        assertThat(agents.told("seen-arguments"))
                .endsWith("/fence_polite\n")
                .doesNotContain("password", agents.moods().toString());
        assertThat(agents.told("seen-environment").lines().map(each -> each.replaceAll("=.*", "")))
                .as("nothing of ours, of the operator's or of the machine's is inherited")
                .isSubsetOf("PATH", "LANG", "PYTHONWARNINGS", "HOME", AgentRunner.MARK, "PWD", "SHLVL", "_");
        assertThat(agents.told("seen-environment")).doesNotContain(TestAgents.PASSWORD);
    }

    @Test
    void aRehearsalSeesThatTheDeviceLetsUsInAndThatItDoesNot() {
        agents.power(false);

        assertThat(contact(agents.device("fence_polite")).made()).isTrue();
        DeviceFact.Contact wrong = contact(agents.device("fence_polite", "wrong"));
        assertThat(wrong.made()).isFalse();
        assertThat(wrong.detail()).startsWith("refused login");
    }

    private static DeviceFact.Contact contact(AgentDevice device) {
        return (DeviceFact.Contact) device.facts(CALL).getFirst();
    }

    @Test
    void isNamedByAgentAndDevice() {
        assertThat(device().name()).isEqualTo("fence_polite h1").isEqualTo(device().toString());
    }
}
