package io.holdfast.lab.guest;

import io.holdfast.lab.LabException;
import io.holdfast.lab.Requirements;
import io.holdfast.lab.ledger.LedgerFormat;
import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Builds guests once and keeps what was built in a cache directory.
 *
 * <p>"Once" is per content: a built file carries a fingerprint of its source in its name, so a new version of the product
 * does not run the guest of an old one.
 */
public final class Guests {

    private static final Duration ASSEMBLE_LIMIT = Duration.ofSeconds(30);
    private static final Duration KERNEL_LIMIT = Duration.ofMinutes(5);
    /** 110 ms; a host of this lab carries about 15 guests at that pace. */
    private static final int TICKS_PER_BEAT = 2;

    private final Path cache;

    private Guests(Path cache) {
        this.cache = cache;
    }

    /** Guests built into, and taken from, a cache directory that may not exist yet and that processes may share. */
    public static Guests in(Path cache) {
        return new Guests(cache.toAbsolutePath().normalize());
    }

    /**
     * What a Linux guest boots from.
     *
     * @param kernel for {@code <kernel>} or {@code -kernel}
     * @param initrd for {@code <initrd>} or {@code -initrd}
     */
    public record LinuxBoot(Path kernel, Path initrd) {

        /** Kernel command line: console on the serial port, and the end of the machine instead of an endless panic. */
        public static final String COMMAND_LINE = "console=ttyS0 panic=1 quiet";
    }

    /**
     * Writes the raw disk image of the boot-sector guest: bootable, 1 MiB, an empty ledger. Leaves a file alone that is
     * there already, because instances may rest on it.
     *
     * @throws LabException when {@code as} or {@code ld} is missing or fails
     */
    public Path bootSectorImage(Path image) {
        return bootSectorImage(image, "boot-sector guest");
    }

    /** The same with a name of at most 64 bytes in the ledger's header. */
    public Path bootSectorImage(Path image, String name) {
        return Files.exists(image) ? image : write(image, LedgerFormat.blank(name, TICKS_PER_BEAT, bootSectorCode()));
    }

    /** Writes the raw data disk of the Linux guest: 1 MiB, an empty ledger, no code. Leaves an existing file alone. */
    public Path linuxDisk(Path image) {
        return Files.exists(image)
                ? image
                : write(image, LedgerFormat.blank("linux guest", TICKS_PER_BEAT, new byte[0]));
    }

    /** The boot-sector guest's program: 512 bytes for LBA 0, the rest for LBA 4. Assembled at first use. */
    byte[] bootSectorCode() {
        byte[] source = resource("bootsector.s");
        Path built = cache.resolve("bootsector-" + fingerprint(source) + ".bin");
        try {
            if (!Files.exists(built)) {
                require(Requirements.check());
                Files.createDirectories(cache);
                Path work = Files.createTempDirectory(cache, "assemble");
                try {
                    Files.write(work.resolve("guest.s"), source);
                    run(ASSEMBLE_LIMIT, work, List.of("as", "--32", "-o", "guest.o", "guest.s"));
                    run(
                            ASSEMBLE_LIMIT,
                            work,
                            List.of(
                                    "ld",
                                    "-m",
                                    "elf_i386",
                                    "-Ttext",
                                    "0x7c00",
                                    "--oformat",
                                    "binary",
                                    "-o",
                                    "guest.bin",
                                    "guest.o"));
                    Files.move(work.resolve("guest.bin"), built, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    deleteTree(work);
                }
            }
            return Files.readAllBytes(built);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot build the boot-sector guest in " + cache, e);
        }
    }

    /**
     * Kernel and initial file system of the Linux guest. The first call downloads Debian's cloud kernel (27 MB) with
     * {@code apt-get download}, unpacks it into the cache, and installs nothing.
     * Call it before the lab is up: some networks give their package mirror an address from the documentation ranges,
     * which the lab makes unreachable while it exists.
     *
     * @throws LabException when a tool is missing or the download fails
     */
    public LinuxBoot linuxBoot() {
        byte[] init = resource("init.c");
        byte[] script = resource("build-linux");
        byte[] both = java.nio.ByteBuffer.allocate(init.length + script.length)
                .put(init)
                .put(script)
                .array();
        Path directory = cache.resolve("linux-" + fingerprint(both));
        LinuxBoot boot = new LinuxBoot(directory.resolve("vmlinuz"), directory.resolve("initrd"));
        try {
            if (!Files.exists(boot.initrd())) {
                require(Requirements.checkLinuxGuest());
                Files.createDirectories(directory);
                Files.write(directory.resolve("init.c"), init);
                Files.write(directory.resolve("build-linux"), script);
                run(
                        KERNEL_LIMIT,
                        directory,
                        List.of("bash", directory.resolve("build-linux").toString(), directory.toString()));
            }
            return boot;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot build the Linux guest in " + directory, e);
        }
    }

    private static void require(Requirements requirements) {
        if (!requirements.missing().isEmpty()) {
            throw new LabException("the guest cannot be built:\n" + requirements.explain());
        }
    }

    private static Path write(Path image, byte[] content) {
        try {
            Path directory = image.toAbsolutePath().getParent();
            Files.createDirectories(directory);
            Path fresh = Files.createTempFile(directory, "image", ".new");
            Files.write(fresh, content);
            Files.move(fresh, image, StandardCopyOption.ATOMIC_MOVE);
            return image;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the image " + image, e);
        }
    }

    private static String fingerprint(byte[] source) {
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(source);
        return Long.toHexString(crc.getValue());
    }

    private static byte[] resource(String name) {
        try (InputStream in = Guests.class.getResourceAsStream("/io/holdfast/lab/guest/" + name)) {
            if (in == null) {
                throw new LabException("the lab's own resource guest/" + name + " is missing from its jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the lab's own resource guest/" + name, e);
        }
    }

    private static void run(Duration limit, Path directory, List<String> command) throws IOException {
        Path output = Files.createTempFile(directory, "build", ".log");
        Process process = Subprocess.of(command)
                .directory(directory.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LabException(
                        "'" + String.join(" ", command) + "' did not end within " + limit.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while building a guest", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new LabException("'" + String.join(" ", command) + "' failed with exit code " + process.exitValue()
                    + ": " + Files.readString(output).strip());
        }
        Files.deleteIfExists(output);
    }

    private static void deleteTree(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
