package io.holdfast.compute.agent;

import io.holdfast.compute.HostIntroduction;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a host can say of itself without asking the hypervisor. */
public final class HostFacts {

    private HostFacts() {}

    /**
     * The host's introduction.
     *
     * @param port the port the agent really listens on
     * @param topology its cells, which the hypervisor knows
     */
    public static HostIntroduction introduction(
            HostId host, SegmentId segment, AgentSettings settings, int port, HostTopology topology)
            throws IOException {
        return new HostIntroduction(
                host,
                segment,
                settings.zone(),
                bootId(settings),
                address(host, settings),
                port,
                capacity(settings),
                FailureDomains.NONE,
                topology);
    }

    /** The text that differs after each boot. */
    public static String bootId(AgentSettings settings) throws IOException {
        String text = Files.readString(settings.bootIdFile()).strip();
        if (text.isEmpty()) {
            throw new IOException(
                    "agent.boot-id-file " + settings.bootIdFile() + " is empty; it must differ after each boot");
        }
        return text;
    }

    /** What the host offers to instances: the settings' amounts, and what is there where they say 0. */
    public static Resources capacity(AgentSettings settings) throws IOException {
        int vcpus =
                settings.vcpus() > 0 ? settings.vcpus() : Runtime.getRuntime().availableProcessors();
        int memoryMib = settings.memoryMib() > 0 ? settings.memoryMib() : measuredMemoryMib(Path.of("/proc/meminfo"));
        int diskGib = settings.diskGib() > 0 ? settings.diskGib() : measuredDiskGib(settings.sharedStorage());
        return new Resources(vcpus, memoryMib, diskGib);
    }

    private static String address(HostId host, AgentSettings settings) {
        if (settings.advertisedAddress() != null) {
            return settings.advertisedAddress();
        }
        return switch (settings.listenAddress()) {
            case "0.0.0.0", "::", "[::]" -> host.value();
            default -> settings.listenAddress();
        };
    }

    /** Nine tenths of the memory: the rest is for the host itself. */
    static int measuredMemoryMib(Path meminfo) throws IOException {
        for (String line : Files.readAllLines(meminfo)) {
            if (line.startsWith("MemTotal:")) {
                String kib = line.replaceAll("[^0-9]", "");
                return Math.toIntExact(Long.parseLong(kib) / 1024 * 9 / 10);
            }
        }
        throw new IOException("no MemTotal in " + meminfo + "; set agent.memory-mib");
    }

    private static int measuredDiskGib(Path storage) throws IOException {
        return Math.toIntExact(
                Math.min(Integer.MAX_VALUE, Files.getFileStore(storage).getTotalSpace() / (1024L * 1024 * 1024)));
    }
}
