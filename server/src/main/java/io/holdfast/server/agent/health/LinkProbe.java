package io.holdfast.server.agent.health;

import io.holdfast.server.agent.health.core.Measures.Link;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether network cards have a link. */
final class LinkProbe {

    private final List<String> names;
    private final String bindAddress;
    private final Path classNet;

    /**
     * @param names which to look at; none: that which carries the address
     * @param classNet {@code /sys/class/net}
     */
    LinkProbe(List<String> names, String bindAddress, Path classNet) {
        this.names = List.copyOf(names);
        this.bindAddress = bindAddress;
        this.classNet = classNet;
    }

    /** Empty when none is named, and the address says nothing either. */
    List<Link> read() throws IOException {
        List<Link> links = new ArrayList<>();
        for (String name : names) {
            links.add(look(name, Optional.ofNullable(NetworkInterface.getByName(name))));
        }
        if (names.isEmpty()) {
            InetAddress address = InetAddress.getByName(bindAddress);
            if (!address.isAnyLocalAddress()) {
                links.add(Optional.ofNullable(NetworkInterface.getByInetAddress(address))
                        .map(card -> look(card.getName(), Optional.of(card)))
                        .orElse(new Link(bindAddress, false, "is carried by no network card")));
            }
        }
        return links;
    }

    private Link look(String name, Optional<NetworkInterface> card) {
        Path directory = classNet.resolve(name);
        try {
            if (card.isPresent() && !isOf(directory, card.get())) {
                // Another network namespace's /sys, or none: what the socket layer says must do.
                boolean up = card.get().isUp();
                return new Link(name, up, up ? "is up" : "is down");
            }
            if (!Files.isDirectory(directory)) {
                return new Link(name, false, "is not there");
            }
            String state = word(directory.resolve("operstate"));
            return switch (state) {
                case "up" -> new Link(name, true, "is up" + speed(directory));
                // Drivers that know no state (loopback, tunnels) say unknown; those that know the carrier say that.
                case "unknown" -> {
                    boolean carrier = word(directory.resolve("carrier")).equals("1");
                    yield new Link(name, carrier, carrier ? "has a carrier" : "has no carrier");
                }
                default -> new Link(name, false, "is " + state.toLowerCase(Locale.ROOT));
            };
        } catch (IOException e) {
            // The kernel refuses to tell the carrier of a card that was switched off.
            return new Link(name, false, "is switched off, or cannot be asked: " + e.getMessage());
        }
    }

    private static boolean isOf(Path directory, NetworkInterface card) throws IOException {
        Path index = directory.resolve("ifindex");
        return Files.isReadable(index) && word(index).equals(Integer.toString(card.getIndex()));
    }

    private static String speed(Path directory) {
        try {
            String speed = word(directory.resolve("speed"));
            return speed.startsWith("-") ? "" : " at " + speed + " Mbit/s";
        } catch (IOException notTold) {
            return "";
        }
    }

    private static String word(Path file) throws IOException {
        return Files.readString(file).strip();
    }
}
