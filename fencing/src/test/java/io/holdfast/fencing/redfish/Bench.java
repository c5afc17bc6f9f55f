package io.holdfast.fencing.redfish;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Login;
import io.holdfast.fencing.redfish.sim.RedfishFront;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.fencing.sim.HostPower;
import io.holdfast.model.SecretFile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One Redfish service on loopback with some machines behind it, and devices that speak with it. */
final class Bench implements AutoCloseable {

    static final String USER = "fencer";
    static final String PASSWORD = "f3nc3r-s3cret";

    /** One for all tests, because making a key takes a second. */
    private static final BmcCertificate CERTIFICATE = BmcCertificate.forName("ip:127.0.0.1");

    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final RedfishFront front;

    private Bench(Vendor vendor, BmcCertificate certificate, List<String> ids) throws IOException {
        ids.forEach(id -> machines.put(id, new Machine()));
        Map<String, HostPower> systems = new LinkedHashMap<>(machines);
        front = RedfishFront.start(
                new InetSocketAddress("127.0.0.1", 0), certificate.identity(), vendor, USER, PASSWORD, systems);
    }

    static Bench of(Vendor vendor, String... ids) throws IOException {
        return new Bench(vendor, CERTIFICATE, List.of(ids));
    }

    static Bench showing(BmcCertificate certificate) throws IOException {
        return new Bench(Vendor.PLAIN, certificate, List.of("1"));
    }

    static BmcCertificate certificate() {
        return CERTIFICATE;
    }

    static Trust pinned() {
        return Trust.certificate(CERTIFICATE.fingerprint());
    }

    RedfishFront front() {
        return front;
    }

    /** The only one, or the first. */
    Machine machine() {
        return machines.values().iterator().next();
    }

    Machine machine(String id) {
        Machine machine = machines.get(id);
        if (machine == null) {
            throw new IllegalArgumentException("no machine " + id);
        }
        return machine;
    }

    RedfishDevice device() {
        return device(USER, PASSWORD, null, Login.SESSION, pinned());
    }

    RedfishDevice device(String user, String password, @Nullable String system, Login login, Trust trust) {
        return device(front.port(), user, password, system, login, trust);
    }

    static RedfishDevice device(
            int port, String user, String password, @Nullable String system, Login login, Trust trust) {
        return new RedfishDevice(
                new FencingSettings.Redfish(
                        "127.0.0.1",
                        port,
                        user,
                        SecretFile.of(Path.of("unread")),
                        CERTIFICATE.fingerprint(),
                        null,
                        system,
                        login),
                password,
                trust);
    }

    @Override
    public void close() {
        front.close();
    }
}
