package io.holdfast.fencing.redfish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.fencing.sim.InMemoryFenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract, the whole way from request to proof, and the ways in which services differ, over real TLS. */
class RedfishDeviceTest extends FenceDeviceContract {

    private static final Duration CALL = Duration.ofSeconds(5);

    private Bench bench;

    @BeforeEach
    void start() throws IOException {
        bench = Bench.of(Vendor.PLAIN, "437XR1138R2");
        // The first TLS of a process loads classes for longer than the contract's short calls last.
        bench.device().readPower(CALL);
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Override
    protected FenceDevice device() {
        return bench.device();
    }

    @Override
    protected void switchOn() {
        bench.machine().power(true);
    }

    @Override
    protected boolean hasPower() {
        return bench.machine().hasPower();
    }

    @Override
    protected void silence() {
        bench.front().fault(new FrontFault.Silent());
    }

    @Override
    protected void lie() {
        bench.front().fault(new FrontFault.Lying());
    }

    @Override
    protected void refuseOrders() {
        bench.front().fault(new FrontFault.RefusingOrders("not today"));
    }

    @Override
    protected void slowDown() {
        bench.front().fault(new FrontFault.Slow(Duration.ofSeconds(1)));
    }

    @Override
    protected FenceDevice withWrongPassword() {
        return bench.device(Bench.USER, "wrong", null, Login.SESSION, Bench.pinned());
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void findsItsWayThroughEveryKindOfService(Vendor vendor) throws IOException {
        for (Login login : Login.values()) {
            try (Bench own = Bench.of(vendor, "node-1", "node-2")) {
                RedfishDevice second = own.device(Bench.USER, Bench.PASSWORD, "node-2", login, Bench.pinned());

                assertThat(second.readPower(CALL).state()).isEqualTo(PowerState.ON);
                assertThat(second.powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
                assertThat(second.readPower(CALL).state()).isEqualTo(PowerState.OFF);
                assertThat(own.machine("node-1").hasPower()).isTrue();
                assertThat(own.machine("node-2").hasPower()).isFalse();
                assertThat(second.powerOn(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
                assertThat(second.readPower(CALL).state()).isEqualTo(PowerState.ON);
                await().untilAsserted(
                                () -> assertThat(own.front().openSessions()).isZero());
            }
        }
    }

    @Test
    void aSystemMayBeNamedByItsWholePath() throws IOException {
        try (Bench own = Bench.of(Vendor.SLASHES, "1", "2")) {
            RedfishDevice device =
                    own.device(Bench.USER, Bench.PASSWORD, "/redfish/v1/Systems/2", Login.BASIC, Bench.pinned());

            device.powerOff(CALL);

            assertThat(own.machine("1").hasPower()).isTrue();
            assertThat(own.machine("2").hasPower()).isFalse();
        }
    }

    @Test
    void everyCallHasASessionOfItsOwnAndLeavesNone() {
        for (int i = 0; i < 30; i++) {
            assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
        }

        await().untilAsserted(() -> assertThat(bench.front().openSessions()).isZero());
        assertThat(bench.front().requests().stream().filter(line -> line.startsWith("POST ")))
                .hasSize(31);
    }

    @Test
    void basicAuthenticationMakesNoSession() {
        RedfishDevice basic = bench.device(Bench.USER, Bench.PASSWORD, null, Login.BASIC, Bench.pinned());
        // The call before this test ends its session in its own time.
        await().untilAsserted(() -> assertThat(bench.front().openSessions()).isZero());
        int before = bench.front().requests().size();

        assertThat(basic.readPower(CALL).state()).isEqualTo(PowerState.ON);

        assertThat(bench.front()
                        .requests()
                        .subList(before, bench.front().requests().size()))
                .containsExactly("GET /redfish/v1/", "GET /redfish/v1/Systems", "GET /redfish/v1/Systems/437XR1138R2");
    }

    @Test
    void fencesAndProvesIt() {
        FenceResult result = fence(device());

        assertThat(((FenceResult.Proven) result).proof().evidence()).contains("power state is Off");
        assertThat(hasPower()).isFalse();
    }

    /** Failed, or unknown where the last reading met the deadline. */
    @Test
    void aServiceThatSaysDoneAndDoesNothingProvesNothing() {
        lie();

        assertThat(fence(device())).isNotInstanceOf(FenceResult.Proven.class);
        assertThat(hasPower()).isTrue();
    }

    @Test
    void onTheWayToOffIsNoProof() {
        bench.front().fault(new FrontFault.SayingAboutPower("\"PoweringOff\""));

        bench.machine().power(false);

        assertThat(fence(device())).isInstanceOf(FenceResult.Unknown.class);
    }

    @Test
    void aWrongPasswordStopsTheAttemptEarly() {
        long startNanos = System.nanoTime();

        FenceResult result = fence(withWrongPassword());

        assertThat(((FenceResult.Unknown) result).reason()).contains("refused login");
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(2));
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
