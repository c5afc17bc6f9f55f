package io.holdfast.compute.libvirt;

import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether this host's KVM runs a guest, by running one.
 *
 * <p>That {@code /dev/kvm} exists and opens says little: inside some virtual machines it does, and guests then hang or
 * die in their first second. The probe guest writes a number to QEMU's debug port, and QEMU leaves with an exit code made
 * of it; anything else, silence included, counts as no.
 */
final class KvmProbe {

    private static final Logger log = LoggerFactory.getLogger(KvmProbe.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int WORD = 0x2a;

    private KvmProbe() {}

    static boolean runsGuests() {
        if (!Files.isWritable(Path.of("/dev/kvm"))) {
            log.info("virtualization=tcg reason=/dev/kvm is not there or not ours");
            return false;
        }
        Path disk = null;
        try {
            if (!hasExtensions(Files.readString(Path.of("/proc/cpuinfo")))) {
                log.info("virtualization=tcg reason=the processor shows neither vmx nor svm");
                return false;
            }
            disk = Files.createTempFile("holdfast-kvm-probe", ".img");
            Files.write(disk, bootSector());
            boolean runs = exitCode(disk) == (WORD << 1 | 1);
            log.info("virtualization={} reason=probe guest {}", runs ? "kvm" : "tcg", runs ? "ran" : "did not run");
            return runs;
        } catch (IOException e) {
            log.info("virtualization=tcg reason=probe guest could not be started: {}", e.getMessage());
            return false;
        } finally {
            if (disk != null) {
                disk.toFile().delete();
            }
        }
    }

    /**
     * Without them {@code /dev/kvm} is some other module's, under which the probe guest may run and an ordinary kernel
     * not: seen, and therefore in doubt, which means no. An operator who knows better sets {@code kvm}.
     */
    static boolean hasExtensions(String cpuinfo) {
        return cpuinfo.lines()
                .filter(line -> line.startsWith("flags"))
                .anyMatch(line -> line.matches(".*\\b(vmx|svm)\\b.*"));
    }

    private static int exitCode(Path disk) throws IOException {
        Process process = Subprocess.of(List.of(
                        "qemu-system-x86_64",
                        "-accel",
                        "kvm",
                        "-machine",
                        "pc",
                        "-m",
                        "8",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-drive",
                        "file=" + disk + ",format=raw,if=ide",
                        "-device",
                        "isa-debug-exit,iobase=0xf4,iosize=4"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * {@code sti; hlt; hlt; mov al, WORD; out 0xf4, al; cli; hlt}: waits for two ticks of the timer first, because a
     * broken KVM may well execute straight code and yet deliver no interrupt.
     */
    private static byte[] bootSector() {
        byte[] sector = new byte[512];
        byte[] code = {
            (byte) 0xfb, (byte) 0xf4, (byte) 0xf4, (byte) 0xb0, WORD, (byte) 0xe6, (byte) 0xf4, (byte) 0xfa, (byte) 0xf4
        };
        System.arraycopy(code, 0, sector, 0, code.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        return sector;
    }
}
