package io.holdfast.compute.store;

import io.holdfast.compute.Nic;
import io.holdfast.compute.store.InstanceNetworks.Plug;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The cards of an instance as its row keeps them, a line each: port, MAC, physical network. In the row, because the order
 * for a new home must cost recovery no further question. Pure.
 */
final class Plugs {

    private Plugs() {}

    static String write(List<Plug> plugs) {
        return plugs.stream()
                .map(plug -> plug.port() + " " + plug.mac() + " " + plug.physicalNetwork())
                .collect(Collectors.joining("\n"));
    }

    /** The cards, each with the bridge that its network has today. */
    static List<Nic> read(String lines, InstanceNetworks networks) {
        return lines.lines()
                .map(line -> line.split(" ", 3))
                .map(words -> new Nic(UUID.fromString(words[0]), words[1], networks.bridge(words[2])))
                .toList();
    }
}
