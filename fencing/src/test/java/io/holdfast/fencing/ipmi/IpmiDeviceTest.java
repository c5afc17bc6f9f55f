package io.holdfast.fencing.ipmi;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and the whole way from request to proof, against Debian's BMC simulator. Needs {@code ipmi_sim}, not root. */
@Tag("lab")
class IpmiDeviceTest extends FenceDeviceContract {

    @TempDir
    Path directory;

    private IpmiSim sim;

    @BeforeEach
    void start() throws IOException {
        sim = IpmiSim.start(directory);
    }

    @AfterEach
    void stop() {
        sim.close();
    }

    @Override
    protected FenceDevice device() {
        return sim.device();
    }

    @Override
    protected void switchOn() {
        sim.power(true);
    }

    @Override
    protected boolean hasPower() {
        return sim.hasPower();
    }

    @Override
    protected void silence() {
        sim.close();
    }

    @Override
    protected void lie() {
        sim.mood("lie");
    }

    @Override
    protected void refuseOrders() {
        sim.mood("refuse");
    }

    @Override
    protected void slowDown() {
        sim.mood("slow");
    }

    @Override
    protected FenceDevice withWrongPassword() {
        return sim.device("fencer", "wrong", 3);
    }

    @Test
    void aWrongUserAndASuiteThatTheDeviceLacksAreNamedToo() {
        PowerReading wrongUser = sim.device("nobody", IpmiSim.PASSWORD, 3).readPower(Duration.ofSeconds(3));
        PowerReading wrongSuite = sim.device("fencer", IpmiSim.PASSWORD, 17).readPower(Duration.ofSeconds(3));

        assertThat(wrongUser.detail()).isEqualTo("refused login: wrong user, password or cipher suite");
        assertThat(wrongSuite.detail()).isEqualTo("refused login: wrong user, password or cipher suite");
        assertThat(wrongUser.took()).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aHundredReadingsLeaveNoSessionAndNoThreadBehind() {
        Leftovers before = Leftovers.now();
        for (int i = 0; i < 100; i++) {
            assertThat(device().readPower(Duration.ofSeconds(3)).state()).isEqualTo(PowerState.ON);
        }
        before.awaitNoMore();
    }

    @Test
    void fencesARealControllerAndProvesIt() {
        FenceResult result = fence();

        assertThat(((FenceResult.Proven) result).proof().evidence()).contains("chassis power is off");
        assertThat(hasPower()).isFalse();
    }

    @Test
    void aControllerThatSaysDoneAndDoesNothingFails() {
        lie();

        assertThat(((FenceResult.Failed) fence()).reason()).contains("said \"done\", and the host still has power");
    }

    @Test
    void aWrongPasswordStopsTheAttemptEarly() {
        long startNanos = System.nanoTime();

        FenceResult result = fence(sim.device("fencer", "wrong", 3));

        assertThat(((FenceResult.Unknown) result).reason()).contains("refused login");
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(3));
    }

    private FenceResult fence() {
        return fence(device());
    }

    private static FenceResult fence(FenceDevice device) {
        HostId host = HostId.of("h1");
        Fencer fencer = new Fencer(
                FenceDevices.one(Map.of(host, device)),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                FencingSettings.defaults(),
                InstantSource.system());
        return fencer.fence(new FenceRequest(
                CaseId.of(new UUID(0, 1)),
                SegmentId.of("s1"),
                host,
                HostEpoch.of(1),
                1,
                new LeaderEpoch(1),
                Duration.ofSeconds(4)));
    }
}
