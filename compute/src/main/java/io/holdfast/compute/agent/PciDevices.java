package io.holdfast.compute.agent;

import io.holdfast.model.Devices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which PCI devices of the host guests may have, by the settings and by what the kernel shows. */
public final class PciDevices {

    /** Where the kernel shows them. */
    public static final Path KERNEL = Path.of("/sys/bus/pci/devices");

    private static final Pattern MAKE = Pattern.compile("[0-9a-f]{4}:[0-9a-f]{4}");

    private PciDevices() {}

    /** @throws IllegalArgumentException with what is wrong with {@code agent.pci-devices} */
    static void check(Map<String, String> settings) {
        settings.forEach((alias, which) -> {
            try {
                Devices.requireAlias(alias);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("agent.pci-devices: " + e.getMessage(), e);
            }
            for (String one : parts(which)) {
                if (!MAKE.matcher(one).matches() && !Devices.isAddress(one)) {
                    throw new IllegalArgumentException("agent.pci-devices." + alias + ": '" + one
                            + "' is neither VENDOR:PRODUCT, as in 10de:1db4, nor an address, as in 0000:3b:00.0");
                }
            }
        });
    }

    private static List<String> parts(String which) {
        return Stream.of(which.toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .toList();
    }

    /**
     * What of it is there. A device that two aliases mean has the first of them by name.
     *
     * @param found by address, vendor and product
     * @throws IllegalArgumentException when an address is not there: a guest that waits for it would wait for ever
     */
    static Devices offered(Map<String, String> settings, Map<String, String> found) {
        SortedMap<String, SortedSet<String>> offered = new TreeMap<>();
        SortedSet<String> given = new TreeSet<>();
        new TreeMap<>(settings).forEach((alias, which) -> {
            List<String> wanted = parts(which);
            SortedSet<String> own = new TreeSet<>();
            for (String one : wanted) {
                if (Devices.isAddress(one) && !found.containsKey(one)) {
                    throw new IllegalArgumentException(
                            "agent.pci-devices." + alias + " names " + one + ", and this host has no such device");
                }
            }
            found.forEach((address, make) -> {
                if ((wanted.contains(address) || wanted.contains(make)) && given.add(address)) {
                    own.add(address);
                }
            });
            offered.put(alias, own);
        });
        return new Devices(offered);
    }

    /**
     * What guests may have of this host.
     *
     * @param kernel {@link #KERNEL}
     * @throws IllegalArgumentException as for addresses that are not there
     */
    public static Devices read(AgentSettings settings, Path kernel) throws IOException {
        return settings.pciDevices().isEmpty() ? Devices.NONE : offered(settings.pciDevices(), found(kernel));
    }

    /** By address, vendor and product. */
    static Map<String, String> found(Path kernel) throws IOException {
        Map<String, String> found = new TreeMap<>();
        if (!Files.isDirectory(kernel)) {
            return found;
        }
        List<Path> all;
        try (Stream<Path> list = Files.list(kernel)) {
            all = list.sorted().toList();
        }
        for (Path device : all) {
            String address = device.getFileName().toString();
            try {
                if (Devices.isAddress(address)) {
                    found.put(address, number(device.resolve("vendor")) + ":" + number(device.resolve("device")));
                }
            } catch (NoSuchFileException gone) {
                // Pulled out between the two looks: it is not there.
                found.remove(address);
            }
        }
        return found;
    }

    private static String number(Path file) throws IOException {
        return Files.readString(file).strip().replaceFirst("^0x", "").toLowerCase(Locale.ROOT);
    }
}
