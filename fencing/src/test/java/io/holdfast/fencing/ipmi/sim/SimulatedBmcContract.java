package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every fence device promises, over UDP with our own BMC, for one suite. */
abstract class SimulatedBmcContract extends FenceDeviceContract {

    private static final Secret PASSWORD = Secret.ofPassword("f3nc3r");
    private static final Secret BMC_KEY = Secret.ofPassword("K_g");
    private static final BmcClient CLIENT = new BmcClient();

    private final Suite suite;
    private SimulatedBmc bmc;

    SimulatedBmcContract(Suite suite) {
        this.suite = suite;
    }

    @BeforeEach
    void start() throws IOException {
        bmc = SimulatedBmc.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                BmcIdentity.of(new BmcIdentity.User("fencer", PASSWORD, Privilege.OPERATOR))
                        .withBmcKey(BMC_KEY)
                        .withSuites(suite)
                        .withSessionsMax(1),
                1);
    }

    @AfterEach
    void stop() {
        bmc.close();
    }

    @Override
    protected FenceDevice device() {
        return device(PASSWORD);
    }

    private FenceDevice device(Secret password) {
        return new IpmiDevice(
                CLIENT, "127.0.0.1", bmc.port(), new Login("fencer", password, BMC_KEY, suite, Privilege.OPERATOR));
    }

    @Override
    protected void switchOn() {
        bmc.chassis().power(true);
    }

    @Override
    protected boolean hasPower() {
        return bmc.chassis().hasPower();
    }

    @Override
    protected void silence() {
        bmc.faults(BmcFaults.NONE.withSilence());
    }

    @Override
    protected void lie() {
        bmc.faults(BmcFaults.NONE.withLies());
    }

    @Override
    protected void refuseOrders() {
        bmc.faults(BmcFaults.NONE.withRefusals());
    }

    @Override
    protected void slowDown() {
        bmc.faults(BmcFaults.NONE.withDelay(Duration.ofSeconds(1), Duration.ZERO));
    }

    @Override
    protected FenceDevice withWrongPassword() {
        return device(Secret.ofPassword("wrong"));
    }
}
