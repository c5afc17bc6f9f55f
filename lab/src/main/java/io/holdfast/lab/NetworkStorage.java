package io.holdfast.lab;

import io.holdfast.model.HostId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Shared storage that is behind a cable: a storage machine on {@link Network#STORAGE} serves guests' disks, and raw files that
 * hosts write themselves, over NBD. A host whose cable there is cut has guests that run and get no further, and files that can be
 * neither written nor read, until the cable is mended: as on a hard mount, what waits waits for ever, and goes on within a second.
 *
 * <p>What stays a directory of the machine: images, the making and deleting of disks, and virtlockd's leases. The controllers
 * look at the same files by a way of their own.
 *
 * <p><b>What may hang.</b> A file over NBD is a FUSE file whose server is a process of the host. Who waits for it can be ended
 * by nothing but the end of that server, and power loss ends it; so a cut cable keeps no host on and no lab up.
 */
public final class NetworkStorage {

    /** Name of the storage machine. */
    public static final String MACHINE = MachinePlan.SAN;

    private static final Path FUSE = Path.of("/dev/fuse");
    /** What one access of a health probe takes, and the least that is worth serving. */
    private static final int BYTES_MIN = 4096;

    private final Lab lab;

    public NetworkStorage(Lab lab) {
        this.lab = lab;
    }

    /** The storage machine, for a plan that wants one. */
    public MachinePlan machine() {
        MachinePlan plan = MachinePlan.san(List.of());
        Path script = lab.sharedDirectory().resolveSibling("bin").resolve(plan.name());
        return MachinePlan.san(List.of("bash", script.toString(), plan.storageAddress()));
    }

    /**
     * Says which files the host has over NBD from its next power-on, beside its guests' disks; before {@link Lab#up}, because the
     * storage machine is told when it starts. What is not there is made, with 4096 bytes.
     *
     * @param files below the shared directory, without blanks; empty: the host's whole storage is the machine's own directory
     * @throws LabException when this machine cannot have such files
     */
    public void serve(HostId host, List<String> files) throws IOException {
        if (!files.isEmpty() && !Files.exists(FUSE)) {
            throw new LabException("storage over the network needs FUSE, and this machine has no " + FUSE);
        }
        for (String name : files) {
            if (!name.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*") || name.contains("..")) {
                throw new IllegalArgumentException("'" + name + "' is no plain path below the shared directory");
            }
            Path file = lab.sharedDirectory().resolve(name);
            Files.createDirectories(file.resolve("..").normalize());
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                if (raw.length() < BYTES_MIN) {
                    raw.setLength(BYTES_MIN);
                }
            }
        }
        Path list = lab.configurationDirectory(host).resolveSibling("nbd-files");
        Files.writeString(list, files.isEmpty() ? "" : String.join("\n", files) + "\n");
    }
}
