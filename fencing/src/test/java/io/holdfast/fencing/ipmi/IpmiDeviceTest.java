package io.holdfast.fencing.ipmi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.Needs;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Suite;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and the whole way from request to proof, against Debian's BMC simulator. */
@Needs(value = "ipmi_sim", in = "openipmi")
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

    @Test
    void readsItsSensors() {
        HardwareHealth good = sim.device().hardware(Duration.ofSeconds(10));
        assertThat(good.trouble()).isEmpty();
        assertThat(good.grade()).isEqualTo(HardwareHealth.Grade.GOOD);
        assertThat(good.findings().getLast().text()).isEqualTo("Ambient 1 24 degrees C: ok");

        IpmiDevice device = sim.device();
        for (int degrees : new int[] {43, 48}) {
            sim.temperature(degrees);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> device.hardware(Duration.ofSeconds(10))
                            .summary()
                            .equals("Ambient 1 " + degrees + " degrees C: above the "
                                    + (degrees == 43 ? "warning" : "critical") + " limit"));
        }
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
        return sim.device("fencer", "wrong", null, Suite.SUITE_3, Privilege.OPERATOR);
    }

    @Test
    void eachReasonForARefusedLoginIsNamed() {
        String password = IpmiSim.PASSWORD;
        Suite three = Suite.SUITE_3;
        Privilege operator = Privilege.OPERATOR;

        assertThat(detail(sim.device("nobody", password, null, three, operator)))
                .startsWith("refused login: wrong user: the device knows no user 'nobody'");
        assertThat(detail(sim.device("fencer", "wrong", null, three, operator)))
                .startsWith("refused login: wrong password:");
        assertThat(detail(sim.device("fencer", password, "wrong", three, operator)))
                .startsWith("refused login: wrong K_g:");
        assertThat(detail(sim.device("fencer", password, null, Suite.SUITE_17, operator)))
                .startsWith("refused login: wrong cipher suite: the device does not offer suite 17");
        // This simulator makes anybody an administrator who asks; what it refuses is an order from less than an
        // operator.
        assertThat(sim.device("fencer", password, null, three, Privilege.USER)
                        .powerOff(Duration.ofSeconds(3))
                        .detail())
                .startsWith("refused: privilege: USER is not enough");
    }

    private static String detail(FenceDevice device) {
        PowerReading reading = device.readPower(Duration.ofSeconds(3));
        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        return reading.detail();
    }

    @Test
    void logsInWithTwoKeys(@TempDir Path another) throws IOException {
        try (IpmiSim twoKeys = IpmiSim.start(another, "K_g-of-the-BMC")) {
            assertThat(detail(twoKeys.device())).startsWith("refused login: wrong K_g:");

            FenceDevice device =
                    twoKeys.device("fencer", IpmiSim.PASSWORD, "K_g-of-the-BMC", Suite.SUITE_3, Privilege.OPERATOR);
            assertThat(device.powerOff(Duration.ofSeconds(3)).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
            assertThat(device.readPower(Duration.ofSeconds(3)).state()).isEqualTo(PowerState.OFF);
        }
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

        FenceResult result = fence(sim.device("fencer", "wrong", null, Suite.SUITE_3, Privilege.OPERATOR));

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
