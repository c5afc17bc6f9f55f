package io.holdfast.lab;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the lab needs from the machine it runs on, and what of that is missing.
 *
 * @param obstacles sentences about what no package can cure (not Linux, not root, no namespaces); empty when there are none
 * @param missing programs that are not there
 */
public record Requirements(List<String> obstacles, List<Missing> missing) {

    /**
     * A program that is not there.
     *
     * @param binary name of the program or path of the file
     * @param debianPackage the Debian 12 package that brings it
     * @param why what the lab does with it
     */
    public record Missing(String binary, String debianPackage, String why) {

        @Override
        public String toString() {
            return binary + " (Debian package " + debianPackage + "): " + why;
        }
    }

    private static final List<Missing> NEEDED = List.of(
            new Missing("qemu-system-x86_64", "qemu-system-x86", "runs the guests"),
            new Missing("qemu-img", "qemu-utils", "makes instance disks on shared storage"),
            new Missing("qemu-storage-daemon", "qemu-system-common", "shared storage over the network"),
            new Missing("libvirtd", "libvirt-daemon", "the hypervisor service of each host"),
            new Missing("virtlockd", "libvirt-daemon", "locks instance disks against a second start"),
            new Missing(
                    "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so",
                    "libvirt-daemon-driver-qemu",
                    "lets libvirtd run QEMU"),
            new Missing("/etc/libvirt", "libvirt-daemon-system", "the directories libvirtd expects"),
            new Missing("virsh", "libvirt-clients", "looks into a host by hand"),
            new Missing("ipmi_sim", "openipmi", "the BMC of each host"),
            new Missing("ipmitool", "ipmitool", "talks to the BMCs"),
            new Missing("ip", "iproute2", "namespaces, bridges and cables"),
            new Missing("ss", "iproute2", "ends the connections of a host that lost power"),
            new Missing("nft", "nftables", "packet loss and partitions between hosts"),
            new Missing("nsenter", "util-linux", "enters a namespace"),
            new Missing("unshare", "util-linux", "makes the namespaces of a host"),
            new Missing("flock", "util-linux", "one change of power at a time"),
            new Missing("as", "binutils", "assembles the boot-sector guest"),
            new Missing("ld", "binutils", "links the boot-sector guest"));

    private static final List<Missing> NEEDED_FOR_LINUX_GUEST = List.of(
            new Missing("gcc", "gcc", "compiles the first process of the Linux guest"),
            new Missing("/usr/include/stdio.h", "libc6-dev", "the C library the first process is linked with"),
            new Missing("cpio", "cpio", "packs the Linux guest's first file system"),
            new Missing("dpkg-deb", "dpkg", "unpacks the Linux guest's kernel"),
            new Missing("apt-get", "apt", "fetches the Linux guest's kernel"));

    public Requirements {
        obstacles = List.copyOf(obstacles);
        missing = List.copyOf(missing);
    }

    /** For the hosts, the BMCs and the boot-sector guest. */
    public static Requirements check() {
        return check(NEEDED);
    }

    /** For the Linux guest, on top of {@link #check()}. */
    public static Requirements checkLinuxGuest() {
        return check(NEEDED_FOR_LINUX_GUEST);
    }

    private static Requirements check(List<Missing> needed) {
        List<String> obstacles = new ArrayList<>();
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
            obstacles.add("the lab is made of Linux namespaces, and this is not Linux; use the simulated demo");
            return new Requirements(obstacles, List.of());
        }
        if (!"amd64".equals(System.getProperty("os.arch"))) {
            obstacles.add("the lab's guests are x86-64 programs, and this machine is " + System.getProperty("os.arch")
                    + "; use the simulated demo");
        }
        if (!isRoot()) {
            obstacles.add("namespaces, bridges and mounts need root; run this as root (for example with sudo)");
        }
        for (String namespace : List.of("net", "pid", "mnt", "uts", "ipc")) {
            if (!Files.exists(Path.of("/proc/self/ns", namespace))) {
                obstacles.add("this kernel has no " + namespace + " namespaces");
            }
        }
        return new Requirements(obstacles, absent(needed, System.getenv("PATH")));
    }

    static List<Missing> absent(List<Missing> needed, @org.jspecify.annotations.Nullable String path) {
        // The sbin directories count even where a login shell leaves them out of PATH, as Debian's does without "su -".
        List<Path> directories = Stream.concat(
                        Arrays.stream((path == null ? "" : path).split(File.pathSeparator)),
                        Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"))
                .filter(directory -> !directory.isEmpty())
                .map(Path::of)
                .toList();
        return needed.stream()
                .filter(one -> one.binary().startsWith("/")
                        ? !Files.exists(Path.of(one.binary()))
                        : directories.stream()
                                .noneMatch(directory -> Files.isExecutable(directory.resolve(one.binary()))))
                .toList();
    }

    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (java.io.IOException | UnsupportedOperationException e) {
            // Whoever cannot even look at its own process cannot make namespaces.
            return false;
        }
    }

    public boolean met() {
        return obstacles.isEmpty() && missing.isEmpty();
    }

    /** The Debian packages to install, each once. */
    public List<String> packages() {
        return missing.stream().map(Missing::debianPackage).distinct().sorted().toList();
    }

    /** Everything that is wrong and what to do about it, for a person; empty when {@link #met()}. */
    public String explain() {
        StringBuilder text = new StringBuilder();
        obstacles.forEach(obstacle -> text.append("- ").append(obstacle).append('\n'));
        missing.forEach(one -> text.append("- missing: ").append(one).append('\n'));
        if (!missing.isEmpty()) {
            text.append("install with: apt-get install --no-install-recommends ")
                    .append(String.join(" ", packages()))
                    .append('\n');
        }
        return text.toString();
    }
}
