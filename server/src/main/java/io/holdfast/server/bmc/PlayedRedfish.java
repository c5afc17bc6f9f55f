package io.holdfast.server.bmc;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.ipmi.sim.Chassis;
import io.holdfast.fencing.redfish.Trust;
import io.holdfast.fencing.redfish.sim.FrontFault;
import io.holdfast.fencing.redfish.sim.RedfishFront;
import io.holdfast.fencing.redfish.sim.Vendor;
import io.holdfast.model.SecretFile;
import io.holdfast.server.pki.SelfSigned;
import io.holdfast.server.settings.SettingsPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The second language of a controller that is played: the same machine over HTTPS. */
final class PlayedRedfish {

    /** What a device of ours reads of the password's file. */
    static final int PASSWORD_BYTES_MAX = 256;

    @Option(
            names = "--redfish-port",
            paramLabel = "N",
            required = true,
            description = "TCP port for HTTPS, 0 for any that is free")
    int port;

    @Option(
            names = "--redfish-vendor",
            paramLabel = "KIND",
            defaultValue = "plain",
            description =
                    "which kind of service: plain, slashes, action-info, terse or pages (default: ${DEFAULT-VALUE})")
    String vendor = "plain";

    /**
     * @param listen the address as it was given
     * @param machine whose power both controllers have in hand
     * @throws IOException if that port cannot be had
     */
    Running start(String listen, String user, String password, Chassis machine, FrontFault fault, InstantSource clock)
            throws IOException {
        Vendor kind = Words.chosen(vendor, Vendor.values());
        InetAddress address = InetAddress.getByName(listen);
        String number = address.getHostAddress();
        SelfSigned certificate = SelfSigned.of(
                "bmc",
                Stream.of("localhost", listen)
                        .filter(name -> !name.matches("[0-9.]+|.*:.*"))
                        .toList(),
                List.of(number.contains("%") ? number.substring(0, number.indexOf('%')) : number),
                clock);
        RedfishFront front = RedfishFront.start(
                new InetSocketAddress(address, port),
                certificate.identity(),
                kind,
                user,
                password,
                Map.of("1", machine));
        front.hardware(machine.hardware());
        front.fault(fault);
        return new Running(front, listen, user, Trust.fingerprint(certificate.certificate()));
    }

    /** @param fingerprint of the certificate that it shows, SHA-256 in hexadecimal digits */
    record Running(RedfishFront front, String listen, String user, String fingerprint) implements AutoCloseable {

        /** Where it is, and the settings with which a controller uses it, to be copied. */
        void tell(Path passwordFile, PrintWriter out) {
            FencingSettings.Redfish device = new FencingSettings.Redfish(
                    listen,
                    front.port(),
                    user,
                    SecretFile.of(passwordFile.toAbsolutePath()),
                    fingerprint,
                    null,
                    null,
                    null);
            out.println("Redfish for the same machine: https://" + device.authority()
                    + "/redfish/v1/; its certificate is" + " new with each start. As a device in settings:");
            out.println();
            out.println("fencing:");
            out.println("  devices:");
            out.println("    simulated:");
            // What is null is what holds without it.
            SettingsPrinter.print(device)
                    .lines()
                    .filter(line -> !line.endsWith(": null"))
                    .forEach(line -> out.println("      " + line));
        }

        @Override
        public void close() {
            front.close();
        }
    }
}
