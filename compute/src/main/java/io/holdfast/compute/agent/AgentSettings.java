package io.holdfast.compute.agent;

import io.holdfast.model.Processors;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the agent of one host. Keys begin with {@code agent.}
 *
 * @param listenAddress address the agent listens on; default {@code 0.0.0.0}
 * @param port TCP port of the agent, 0 to 65535; 0 takes any free one; default 8775
 * @param advertisedAddress where controllers reach this agent, or null for the listen address, or the host's name when
 *     that is a wildcard; default null
 * @param sharedStorage where the storage that all hosts share is mounted; default {@code /srv/shared}
 * @param imagesDirectory directory of images, relative to the shared storage; the agent never writes there; default
 *     {@code images}
 * @param instancesDirectory directory of the instances' disks, relative to the shared storage; the agent never makes or
 *     deletes a disk outside; default {@code instances}
 * @param driver what runs the guests; default {@code libvirt}
 * @param libvirtUri which libvirt daemon; default {@code qemu:///system}
 * @param virtualization {@code auto} takes KVM when a probe guest really ran under it; default {@code auto}
 * @param diskCache {@code auto} takes "none" (O_DIRECT) where the storage can, else "writethrough"; both put
 *     a guest's acknowledged writes where the next host reads them; default {@code auto}
 * @param bootIdFile a file whose text differs after each boot; default {@code /proc/sys/kernel/random/boot_id}
 * @param zone availability zone of the host; default {@code nova}
 * @param vcpus processors offered to instances, 0 for as many as the host has; default 0
 * @param memoryMib memory offered to instances in MiB, 0 for the host's less a tenth; default 0
 * @param diskGib disk offered to instances in GiB, 0 for the size of the shared storage; default 0
 * @param stopGrace how long a guest may take to shut down before it is ended, 0 to 10 min; default 30 s; too small
 *     loses what guests have not written, too large keeps a stop waiting on a guest that does not listen
 * @param startsLimit guests started at the same time, 1 to 64; default 8; too small makes evacuation slow, too large
 *     makes every guest's boot slow
 * @param auditInterval how often what runs is compared with what should, 1 s to 5 min; default 5 s; events come at
 *     once, this finds what no event told
 * @param driverTimeout how long one answer of the hypervisor may take, 1 s to 5 min; default 15 s; too small mistakes a
 *     busy hypervisor for a dead one, too large hides a dead one
 * @param keepaliveInterval between questions whether libvirt is there, 1 s to 1 min, whole seconds; default 1 s
 * @param keepaliveCount unanswered questions until the connection is given up, 1 to 100; default 3
 * @param restartLimit quick deaths of a guest in a row after which it is left dead, 0 to 100; default 5. The
 *     same for failed starts of what a host is to run because it is back
 * @param restartBackoff before the first restart of a guest that died, doubled each time up to 30 s; 10 ms to 30 s;
 *     default 500 ms
 * @param stableAfter a guest that ran this long has not died quickly, 1 s to 1 h; default 30 s
 * @param restartsPerWindow how often one guest is begun anew because it failed, within {@code restart-window}, 0 to 100; default
 *     10; beyond it is left as it is and a human is asked. Too small gives up a guest that one more restart would have
 *     helped, too large restarts one without end that none helps
 * @param restartWindow see {@code restarts-per-window}, 1 min to 24 h; default 1 h
 * @param arrivalsGrace how long a guest of ours that somebody else brought to this host, and that this host does not own,
 *     may run until the controller takes it over, 0 to 10 min; default 0: it is ended at once. For hosts of a cluster
 *     that moves guests by itself and reports it. It begins when the guest first shows here, which for a live
 *     migration is when that begins: too small ends one that takes long or is reported late, too large lets one run
 *     long that nobody reports
 * @param cpuDedicatedSet processors of the host that instances may have for themselves, as in Nova: {@code 2-15,18,^4}; guests without
 *     processors of their own keep off them. Default none: nobody who wants dedicated processors is placed here. Too many leave too few for the others
 *     and for the host itself
 * @param pciDevices PCI devices of the host that guests may have for themselves, by alias: vendor and product ({@code 10de:1db4}) or an
 *     address ({@code 0000:3b:00.0}), several with commas; default none
 * @param supervisor the process that watches the agent, where it is started by one
 */
public record AgentSettings(
        String listenAddress,
        int port,
        @Nullable String advertisedAddress,
        Path sharedStorage,
        String imagesDirectory,
        String instancesDirectory,
        Driver driver,
        String libvirtUri,
        Virtualization virtualization,
        DiskCache diskCache,
        Path bootIdFile,
        String zone,
        int vcpus,
        int memoryMib,
        int diskGib,
        Duration stopGrace,
        int startsLimit,
        Duration auditInterval,
        Duration driverTimeout,
        Duration keepaliveInterval,
        int keepaliveCount,
        int restartLimit,
        Duration restartBackoff,
        Duration stableAfter,
        int restartsPerWindow,
        Duration restartWindow,
        Duration arrivalsGrace,
        String cpuDedicatedSet,
        Map<String, String> pciDevices,
        SupervisorSettings supervisor) {

    public AgentSettings {
        if (listenAddress.isBlank()) {
            throw new IllegalArgumentException("agent.listen-address must not be empty");
        }
        within("port", port, 0, 65_535);
        if (!sharedStorage.isAbsolute()) {
            throw new IllegalArgumentException("agent.shared-storage must be an absolute path, is " + sharedStorage);
        }
        directory("images-directory", imagesDirectory);
        directory("instances-directory", instancesDirectory);
        if (Path.of(imagesDirectory).startsWith(instancesDirectory)
                || Path.of(instancesDirectory).startsWith(imagesDirectory)) {
            throw new IllegalArgumentException("agent.images-directory and agent.instances-directory must not contain"
                    + " each other, are " + imagesDirectory + " and " + instancesDirectory);
        }
        if (zone.isBlank()) {
            throw new IllegalArgumentException("agent.zone must not be empty");
        }
        within("vcpus", vcpus, 0, 100_000);
        within("memory-mib", memoryMib, 0, Integer.MAX_VALUE);
        within("disk-gib", diskGib, 0, Integer.MAX_VALUE);
        within("stop-grace", stopGrace, Duration.ZERO, Duration.ofMinutes(10));
        within("starts-limit", startsLimit, 1, 64);
        within("audit-interval", auditInterval, Duration.ofSeconds(1), Duration.ofMinutes(5));
        within("driver-timeout", driverTimeout, Duration.ofSeconds(1), Duration.ofMinutes(5));
        within("keepalive-interval", keepaliveInterval, Duration.ofSeconds(1), Duration.ofMinutes(1));
        within("keepalive-count", keepaliveCount, 1, 100);
        within("restart-limit", restartLimit, 0, 100);
        within("restart-backoff", restartBackoff, Duration.ofMillis(10), Duration.ofSeconds(30));
        within("stable-after", stableAfter, Duration.ofSeconds(1), Duration.ofHours(1));
        within("restarts-per-window", restartsPerWindow, 0, 100);
        within("restart-window", restartWindow, Duration.ofMinutes(1), Duration.ofHours(24));
        within("arrivals-grace", arrivalsGrace, Duration.ZERO, Duration.ofMinutes(10));
        try {
            Processors.parse(cpuDedicatedSet);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("agent.cpu-dedicated-set: " + e.getMessage(), e);
        }
        pciDevices = Map.copyOf(pciDevices);
        PciDevices.check(pciDevices);
        if (port == supervisor.port()) {
            throw new IllegalArgumentException(
                    "agent.port and agent.supervisor.port must not be the same, are both " + port);
        }
    }

    public static AgentSettings defaults() {
        return new AgentSettings(
                "0.0.0.0",
                8775,
                null,
                Path.of("/srv/shared"),
                "images",
                "instances",
                Driver.LIBVIRT,
                "qemu:///system",
                Virtualization.AUTO,
                DiskCache.AUTO,
                Path.of("/proc/sys/kernel/random/boot_id"),
                "nova",
                0,
                0,
                0,
                Duration.ofSeconds(30),
                8,
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                3,
                5,
                Duration.ofMillis(500),
                Duration.ofSeconds(30),
                10,
                Duration.ofHours(1),
                Duration.ZERO,
                "",
                Map.of(),
                SupervisorSettings.defaults());
    }

    /** {@code cpuDedicatedSet}, read. */
    public SortedSet<Integer> dedicated() {
        return Processors.parse(cpuDedicatedSet);
    }

    /** What runs the guests. */
    public enum Driver {
        LIBVIRT,
        /** Guests that exist only in this process's memory. */
        SIM
    }

    /** How QEMU runs a guest's instructions. */
    public enum Virtualization {
        AUTO,
        KVM,
        /** In software: slow, and needs nothing from the processor. */
        TCG
    }

    /** What stands between a guest's write and the shared storage. */
    public enum DiskCache {
        AUTO,
        NONE,
        WRITETHROUGH
    }

    private static void within(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "agent." + key + " must be between " + min + " and " + max + ", is " + value);
        }
    }

    private static void within(String key, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(
                    "agent." + key + " must be between " + text(min) + " and " + text(max) + ", is " + text(value));
        }
    }

    private static void directory(String key, String value) {
        Path path = Path.of(value);
        if (value.isBlank() || path.isAbsolute() || !path.normalize().equals(path) || path.startsWith("..")) {
            throw new IllegalArgumentException("agent." + key
                    + " must be a path inside the shared storage, without '..' and not absolute, is '" + value + "'");
        }
    }

    private static String text(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
