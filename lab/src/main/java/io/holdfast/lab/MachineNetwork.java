package io.holdfast.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The network of the machine itself, in which no packet for an address of the lab may leave. */
final class MachineNetwork {

    private static final Path PIN = Mark.DIRECTORY.resolve("machine-network");
    /** Lets {@link #release} tell the lab's routes from somebody else's: a routing protocol number that nobody else uses. */
    private static final String ROUTE_PROTOCOL = "222";

    private MachineNetwork() {}

    /**
     * Keeps a handle on the network that the lab is made in: whoever takes it down may sit in a namespace of the lab, with
     * routes of its own. Made right after the mark and before the first route, so that a mark without it means that there
     * are no routes yet.
     */
    static void pin() throws IOException {
        if (!Mark.isMounted(PIN.toString())) {
            Files.writeString(PIN, "");
            Mark.making(List.of("mount", "--bind", "/proc/self/ns/net", PIN.toString()));
        }
    }

    /** First of all steps, so that not even a packet sent by mistake between two steps can leave the machine. */
    static void blockRoutes() throws IOException {
        for (Network network : Network.values()) {
            String existing = route("show", "root", network.cidr()).strip();
            if (existing.startsWith("unreachable") && existing.contains("proto " + ROUTE_PROTOCOL)) {
                continue;
            }
            if (!existing.isEmpty()) {
                throw new LabException("this machine already has a route into " + network.cidr() + " (" + existing
                        + "), a range reserved for documentation; the lab needs it for itself");
            }
            Mark.note("route " + network.cidr());
            makeRoute("add", "unreachable", network.cidr(), "proto", ROUTE_PROTOCOL);
        }
    }

    /** @param created what the mark notes; only routes in it are removed */
    static void release(Set<String> created) throws IOException {
        for (String line : created) {
            if (line.startsWith("route ")) {
                String prefix = line.substring("route ".length());
                if (!route("show", prefix, "proto", ROUTE_PROTOCOL).isBlank()) {
                    route("delete", "unreachable", prefix, "proto", ROUTE_PROTOCOL);
                }
            }
        }
        if (Mark.isMounted(PIN.toString())) {
            Commands.run(List.of("umount", PIN.toString()));
        }
        Files.deleteIfExists(PIN);
    }

    private static String route(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (Mark.isMounted(PIN.toString())) {
            command.addAll(List.of("nsenter", "--net=" + PIN, "--"));
        }
        command.addAll(List.of("ip", "-4", "route"));
        command.addAll(List.of(arguments));
        return Commands.run(command);
    }

    private static void makeRoute(String... arguments) {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + PIN, "--", "ip", "-4", "route"));
        command.addAll(List.of(arguments));
        Mark.making(command);
    }
}
