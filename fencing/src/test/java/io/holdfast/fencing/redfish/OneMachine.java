package io.holdfast.fencing.redfish;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.ipmi.sim.BmcIdentity;
import io.holdfast.fencing.ipmi.sim.SimulatedBmc;
import io.holdfast.fencing.redfish.sim.RedfishFront;
import io.holdfast.fencing.redfish.sim.Vendor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;

/** One machine behind a management controller that speaks IPMI and Redfish, as boards do, and our devices for both. */
record OneMachine(SimulatedBmc bmc, RedfishFront front) implements AutoCloseable {

    private static final Secret SECRET = Secret.ofPassword(Bench.PASSWORD);

    static OneMachine of(Vendor vendor) throws IOException {
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        SimulatedBmc bmc = SimulatedBmc.start(
                any, BmcIdentity.of(new BmcIdentity.User(Bench.USER, SECRET, Privilege.OPERATOR)), 1);
        RedfishFront front = RedfishFront.start(
                any, Bench.certificate().identity(), vendor, Bench.USER, Bench.PASSWORD, Map.of("1", bmc.chassis()));
        front.hardware(bmc.chassis().hardware());
        return new OneMachine(bmc, front);
    }

    IpmiDevice byIpmi() {
        return new IpmiDevice(
                new BmcClient(),
                "127.0.0.1",
                bmc.port(),
                new Login(Bench.USER, SECRET, null, Suite.SUITE_17, Privilege.OPERATOR));
    }

    RedfishDevice byRedfish() {
        return Bench.device(
                front.port(), Bench.USER, Bench.PASSWORD, null, FencingSettings.Login.SESSION, Bench.pinned());
    }

    @Override
    public void close() {
        front.close();
        bmc.close();
    }
}
