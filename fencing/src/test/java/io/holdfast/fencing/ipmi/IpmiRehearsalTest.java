package io.holdfast.fencing.ipmi;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceCheck.Finding;
import io.holdfast.fencing.FenceCheck.Grade;
import io.holdfast.fencing.FenceCheck.Subject;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.Rehearsed;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.BmcFaults;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.HostId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a rehearsal finds of a BMC, for each way in which it can be wrong. The BMC has room for one session. */
@Timeout(120)
final class IpmiRehearsalTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final Duration CALL = Duration.ofSeconds(4);

    private SimulatedBmc bmc;

    @BeforeEach
    void start() throws IOException {
        bmc = bmc(Privilege.OPERATOR);
    }

    @AfterEach
    void stop() {
        bmc.close();
    }

    @Test
    void aWellBmcHasPowerRightsAndTheTimeAndGetsNoOrder() {
        FenceCheck.Device found = rehearsed(PASSWORD);

        assertThat(found.findings())
                .extracting(Finding::subject)
                .containsExactly(Subject.POWER, Subject.LATENCY, Subject.RIGHTS, Subject.CLOCK);
        assertThat(found.findings()).extracting(Finding::grade).containsOnly(Grade.OK);
        assertThat(finding(found, Subject.RIGHTS).text()).contains("OPERATOR");
        assertThat(bmc.chassis().orders()).isEmpty();
    }

    @Test
    void aWrongPasswordIsNamed() {
        assertFails(rehearsed(Secret.ofPassword("another")), "refused login: wrong password");
    }

    @Test
    void tooLittlePrivilegeIsNamed() throws IOException {
        stop();
        bmc = bmc(Privilege.USER);

        assertFails(rehearsed(PASSWORD), "refused: privilege");
    }

    @Test
    void silenceFails() {
        bmc.faults(BmcFaults.NONE.withSilence());

        assertFails(rehearsed(PASSWORD), "timed out");
    }

    @Test
    void garbageFails() {
        bmc.faults(BmcFaults.NONE.withGarbage());

        assertThat(rehearsed(PASSWORD).works()).isFalse();
    }

    @Test
    void aSlowOneStillFencesAndIsWorthALook() {
        // Five answers make a reading: the handshake's three, the privilege, the status.
        bmc.faults(BmcFaults.NONE.withDelay(Duration.ofMillis(190), Duration.ZERO));

        FenceCheck.Device found = rehearsed(PASSWORD, Duration.ofMillis(1800));

        assertThat(found.works()).isTrue();
        assertThat(finding(found, Subject.LATENCY).grade()).isEqualTo(Grade.WARN);
    }

    @Test
    void offWhileTheHostLivesFails() {
        bmc.chassis().power(false);

        assertFails(rehearsed(PASSWORD), "says off, and the host is alive");
    }

    @Test
    void aClockThatIsOffByTwoHoursIsWorthALook() {
        bmc.chassis().clock(() -> Instant.now().plus(Duration.ofHours(2)).plusSeconds(30));

        FenceCheck.Device found = rehearsed(PASSWORD);

        assertThat(found.works()).isTrue();
        assertThat(finding(found, Subject.CLOCK).grade()).isEqualTo(Grade.WARN);
        assertThat(finding(found, Subject.CLOCK).text()).startsWith("is 2 hours ahead of ours");
    }

    @Test
    void aClockThatNobodyHasSetOrThatIsNotThereIsNotTold() {
        bmc.chassis().clock(() -> Instant.ofEpochSecond(4711));
        assertThat(finding(rehearsed(PASSWORD), Subject.CLOCK).text()).isEqualTo("nobody has set its clock");

        bmc.chassis().clock(null);
        Finding none = finding(rehearsed(PASSWORD), Subject.CLOCK);
        assertThat(none.grade()).isEqualTo(Grade.UNTOLD);
        assertThat(none.text()).startsWith("refused: ");
    }

    private static void assertFails(FenceCheck.Device found, String text) {
        assertThat(found.works()).isFalse();
        assertThat(found.worst().subject()).isEqualTo(Subject.POWER);
        assertThat(found.worst().text()).contains(text);
    }

    private static Finding finding(FenceCheck.Device device, Subject subject) {
        return device.findings().stream()
                .filter(each -> each.subject() == subject)
                .findFirst()
                .orElseThrow(() -> new AssertionError(device + " has no " + subject));
    }

    private FenceCheck.Device rehearsed(Secret password) {
        return rehearsed(password, CALL);
    }

    private FenceCheck.Device rehearsed(Secret password, Duration callTimeout) {
        IpmiDevice device = new IpmiDevice(
                new BmcClient(),
                "127.0.0.1",
                bmc.port(),
                new Login("fencer", password, null, Suite.of(17), Privilege.OPERATOR));
        FencingSettings defaults = FencingSettings.defaults();
        Fencer fencer = new Fencer(
                FenceDevices.one(Map.of(H1, device)),
                new InMemoryFenceJournal(),
                (_, _) -> true,
                new FencingSettings(
                        Map.of(),
                        Map.of(),
                        defaults.agents(),
                        callTimeout,
                        defaults.readBackPause(),
                        defaults.readBackPauseMax(),
                        3,
                        Duration.ZERO,
                        FencingSettings.Slot.defaults(),
                        KdumpSettings.none(),
                        SensorSettings.defaults()),
                InstantSource.system());
        Rehearsed answer = fencer.rehearse(H1, () -> true);
        return ((Rehearsed.Done) answer).check().levels().getFirst().devices().getFirst();
    }

    private static SimulatedBmc bmc(Privilege most) throws IOException {
        return SimulatedBmc.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, most)).withSessionsMax(1),
                1);
    }
}
