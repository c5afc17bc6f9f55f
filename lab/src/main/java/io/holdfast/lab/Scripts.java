package io.holdfast.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;

/** The lab's shell scripts, shipped as resources. They work on their own: a BMC must not need a JVM to cut power. */
final class Scripts {

    private static final List<String> ALL = List.of(
            "common",
            "hardware",
            "power",
            "chassis",
            "outlet",
            "pdu",
            "host-init",
            "rack-init",
            "bmc",
            "watchdog",
            "machine",
            "database",
            "san",
            "nbd-client",
            "emulator",
            "enter",
            "fault",
            "wires");

    private Scripts() {}

    static void extract(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String name : ALL) {
            Path target = directory.resolve(name);
            Path fresh = directory.resolve(name + ".new");
            Files.write(fresh, resource("bin/" + name));
            Files.setPosixFilePermissions(fresh, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-x---"));
            // Renamed into place: a BMC may be running the old one, and a shell reads its script as it goes.
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = Scripts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the lab's own resource " + name + " is missing from its jar");
            }
            return in.readAllBytes();
        }
    }

    static void writePrivate(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(
                fresh,
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(Set.of(
                        java.nio.file.attribute.PosixFilePermission.OWNER_READ,
                        java.nio.file.attribute.PosixFilePermission.OWNER_WRITE)));
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
