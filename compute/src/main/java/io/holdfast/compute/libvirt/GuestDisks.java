package io.holdfast.compute.libvirt;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.compute.agent.AgentSettings.DiskCache;
import io.holdfast.model.InstanceId;
import io.holdfast.secrets.Subprocess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The instances' disks on the shared storage: qcow2 overlays over images that are never written to.
 *
 * <p>A disk is made beside its place, forced to the storage, and then linked to its name, which fails when the name is
 * taken. So a disk that has its name is whole, and no disk is ever replaced: whoever comes second uses what is there.
 * Dying half-way leaves a part file that the next start of the same instance removes.
 *
 * <p>Threads: blocking; one thread at a time per instance.
 */
final class GuestDisks {

    private static final Duration QEMU_IMG_TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern DISK = Pattern.compile("disk(?:-([0-9]{1,9}))?\\.qcow2");
    private static final Pattern CONFIG =
            Pattern.compile("\\.?config(?:-([0-9]{1,9}))?\\.iso(\\.[0-9a-f-]{36}\\.part)?");
    private static final Pattern MEMORY = Pattern.compile("\\.?memory(-[0-9]{1,9})?\\.save(\\.part)?");

    /** How libvirt begins a memory that it has written to its end; until then it says "LibvirtQemudPart". */
    private static final String WHOLE = "LibvirtQemudSave";

    private static final int QCOW2_MAGIC = 0x514649fb;

    private final Path storage;
    private final Path images;
    private final Path instances;
    private final DiskCache cache;

    GuestDisks(AgentSettings settings) {
        this.storage = settings.sharedStorage();
        this.images = storage.resolve(settings.imagesDirectory());
        this.instances = storage.resolve(settings.instancesDirectory());
        this.cache = settings.diskCache();
    }

    /**
     * Files of one guest, all absolute.
     *
     * @param cache libvirt's word for the cache mode
     */
    record DiskPaths(Path disk, Path image, String cache) {}

    /** The instance's disk, made if it has none yet. */
    DiskPaths ready(InstanceId instance, GuestSpec spec) throws DriverException {
        Path disk = inside(instances, spec.disk(), instance);
        Path image = image(instance, spec.image());
        String format = spec.imageFormat();
        if (!format.equals("raw") && !format.equals("qcow2")) {
            throw new DriverException(
                    "instance " + instance + ": image format '" + format + "' is neither raw nor qcow2");
        }
        try {
            if (!Files.exists(disk)) {
                make(instance, disk, image, spec);
            }
            removeOlder(disk);
            return new DiskPaths(disk, image, cacheFor(disk));
        } catch (IOException e) {
            throw new DriverException("instance " + instance + ": its disk " + disk + " cannot be made: " + e, e);
        }
    }

    /** A file of an image: a disk, a kernel or a ramdisk. Refused when it is not there. */
    Path image(InstanceId instance, String name) throws DriverException {
        Path file = inside(images, name, instance);
        if (!Files.isDirectory(images)) {
            throw new DriverException("instance " + instance + ": " + images
                    + " is not there; is the shared storage mounted on this host?");
        }
        if (!Files.isRegularFile(file)) {
            throw new DriverException("instance " + instance + ": the image file " + file + " is missing");
        }
        return file;
    }

    /** What the guest reads of itself; null when it has none. Refused when it is not there: a guest would begin without its name and key. */
    @Nullable
    Path configDrive(InstanceId instance, GuestSpec spec) throws DriverException {
        String name = spec.configDrive();
        if (name == null) {
            return null;
        }
        Path file = inside(instances, name, instance);
        try {
            if (isFile(file, names(parent(file)))) {
                return file;
            }
        } catch (NoSuchFileException none) {
            // said below
        } catch (IOException | DirectoryIteratorException e) {
            throw new DriverException(
                    "instance " + instance + ": its config drive " + file + " cannot be seen: " + e, e);
        }
        throw new DriverException("instance " + instance + ": its config drive " + file
                + " is missing; a hard reboot has it written again");
    }

    /** Where the specification says that its memory is kept; null when it says nothing. */
    @Nullable
    Path memory(InstanceId instance, GuestSpec spec) throws DriverException {
        String name = spec.memory();
        return name == null ? null : inside(instances, name, instance);
    }

    /** Beside {@code memory}, while it is being written: a memory that has its name is whole. */
    static Path unfinished(Path memory) {
        return memory.resolveSibling("." + memory.getFileName() + ".part");
    }

    /**
     * What there is of a memory.
     *
     * @param kept whether it is there and whole
     * @param unfinished whether it is, or was, being written
     */
    record Kept(boolean kept, boolean unfinished) {}

    /**
     * Looks for a memory. That there is none is said only when its directory could be read, or the storage is there and has no
     * such directory; whatever else cannot be seen is an error, because a guest that began anew would lose it.
     */
    Kept look(InstanceId instance, Path memory) throws DriverException {
        try {
            Set<String> names = Set.of();
            try {
                names = names(parent(memory));
            } catch (NoSuchFileException none) {
                Files.readAttributes(images, BasicFileAttributes.class);
            }
            return new Kept(isFile(memory, names), isFile(unfinished(memory), names));
        } catch (IOException | DirectoryIteratorException e) {
            throw new DriverException(
                    "instance " + instance + ": whether its memory " + memory
                            + " is kept cannot be seen (is the shared storage mounted on this host?): " + e,
                    e);
        }
    }

    /** The directory is read, and no file of it asked for: a host may remember for a while that it was not there. */
    private static Set<String> names(Path directory) throws IOException {
        Set<String> names = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
        return names;
    }

    private static boolean isFile(Path file, Set<String> names) throws IOException {
        if (!names.contains(String.valueOf(file.getFileName()))) {
            return false;
        }
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isRegularFile()) {
                throw new IOException(file + " is not a file");
            }
            return true;
        } catch (NoSuchFileException gone) {
            return false; // deleted since the directory was read
        }
    }

    /**
     * Gives a memory its name that was written to its end, because whoever wrote it died before it did; deletes one that was
     * cut short. Nobody writes it any more.
     *
     * @return whether it is kept now
     */
    static boolean settle(Path memory) throws IOException {
        ByteBuffer magic = ByteBuffer.allocate(WHOLE.length());
        try (FileChannel channel = FileChannel.open(unfinished(memory), StandardOpenOption.READ)) {
            while (magic.hasRemaining() && channel.read(magic) >= 0) {
                // read on until it is whole or the file ends
            }
        }
        if (new String(magic.array(), 0, magic.position(), StandardCharsets.US_ASCII).equals(WHOLE)) {
            keep(memory);
            return true;
        }
        Files.deleteIfExists(unfinished(memory));
        force(parent(memory));
        return false;
    }

    /**
     * Forgets one memory, also what was cut short of it, for good: after a crash it would else be there again, older than the
     * disk.
     */
    static void forget(Path memory) throws IOException {
        Files.deleteIfExists(unfinished(memory));
        Files.deleteIfExists(memory);
        // Also when nothing was there: whoever deleted it may have died before this.
        force(parent(memory));
    }

    /** Gives a memory that was written its name, for good. */
    static void keep(Path memory) throws IOException {
        try (FileChannel channel = FileChannel.open(unfinished(memory), StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished(memory), memory, StandardCopyOption.ATOMIC_MOVE);
        force(parent(memory));
    }

    /** Deletes every memory of an instance, also what is left of one that was cut short. */
    void forget(InstanceId instance, GuestSpec spec) throws DriverException {
        try {
            forgetBeside(inside(instances, spec.disk(), instance));
        } catch (IOException e) {
            throw new DriverException("instance " + instance + ": its memory cannot be deleted: " + e, e);
        }
    }

    private void forgetBeside(Path disk) throws IOException {
        Path directory = parent(disk);
        if (directory.equals(instances)) {
            return; // such an instance has no directory of its own, and no memory is kept of it
        }
        List<Path> memories = beside(disk, MEMORY);
        for (Path file : memories) {
            Files.deleteIfExists(file);
        }
        if (!memories.isEmpty()) {
            force(directory);
        }
    }

    /** The disks before the last rebuild. Whoever starts with a newer one is told so by the newest generation. */
    private void removeOlder(Path disk) throws IOException {
        if (parent(disk).equals(instances)) {
            return;
        }
        long number = number(disk, DISK);
        for (Pattern kind : List.of(DISK, CONFIG)) {
            for (Path other : beside(disk, kind)) {
                if (number(other, kind) < number) {
                    Files.deleteIfExists(other);
                }
            }
        }
    }

    private static long number(Path file, Pattern kind) {
        Matcher matcher = kind.matcher(String.valueOf(file.getFileName()));
        return matcher.matches() && matcher.group(1) != null ? Long.parseLong(matcher.group(1)) : 0;
    }

    private static List<Path> beside(Path disk, Pattern names) throws IOException {
        try (Stream<Path> files = Files.list(parent(disk))) {
            return files.filter(file ->
                            names.matcher(String.valueOf(file.getFileName())).matches())
                    .toList();
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    /** Deletes the disk with those before it and its memory, and what was cut short of either. */
    void delete(InstanceId instance, GuestSpec spec) throws DriverException {
        Path disk = inside(instances, spec.disk(), instance);
        try {
            removeParts(disk);
            forgetBeside(disk);
            removeOlder(disk);
            Path directory = parent(disk);
            if (!directory.equals(instances)) {
                for (Path drive : beside(disk, CONFIG)) {
                    Files.deleteIfExists(drive);
                }
            }
            if (Files.deleteIfExists(disk)) {
                force(directory);
            }
            // A directory of its own goes with it; the directory of all instances stays.
            if (!directory.equals(instances) && Files.isDirectory(directory) && isEmpty(directory)) {
                Files.deleteIfExists(directory);
            }
        } catch (IOException e) {
            throw new DriverException("instance " + instance + ": its disk " + disk + " cannot be deleted: " + e, e);
        }
    }

    private void make(InstanceId instance, Path disk, Path image, GuestSpec spec) throws IOException, DriverException {
        Path directory = parent(disk);
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            force(parent(directory));
        }
        removeParts(disk);
        long imageBytes = virtualSize(image, spec.imageFormat());
        long diskBytes = spec.diskGib() * (1L << 30);
        if (diskBytes != 0 && diskBytes < imageBytes) {
            throw new DriverException("instance " + instance + ": its disk of " + spec.diskGib()
                    + " GiB is smaller than its image of " + imageBytes + " bytes; choose a larger flavor");
        }
        Path part = directory.resolve(partPrefix(disk) + UUID.randomUUID() + ".part");
        try {
            // The backing file is named from the overlay's place, so that each host may mount the storage elsewhere.
            qemuImg(
                    instance,
                    directory,
                    List.of(
                            "qemu-img",
                            "create",
                            "-q",
                            "-f",
                            "qcow2",
                            "-F",
                            spec.imageFormat(),
                            "-b",
                            directory.relativize(image).toString(),
                            part.toString(),
                            Long.toString(Math.max(diskBytes, imageBytes))));
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            try {
                Files.createLink(disk, part);
            } catch (FileAlreadyExistsException e) {
                return; // somebody made it first: that one is the disk
            } catch (UnsupportedOperationException e) {
                throw new IOException(
                        "the shared storage has no hard links, which are needed to make a disk safely", e);
            }
            force(directory);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void qemuImg(InstanceId instance, Path directory, List<String> command)
            throws IOException, DriverException {
        Process process = Subprocess.of(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(QEMU_IMG_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new DriverException("instance " + instance + ": qemu-img did not end within "
                        + QEMU_IMG_TIMEOUT.toSeconds() + " s; is the shared storage stalled?");
            }
            String said = new String(process.getInputStream().readNBytes(2_000), StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new DriverException("instance " + instance + ": qemu-img failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException("instance " + instance + ": interrupted while its disk was made", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What the guest sees of an image, in bytes. */
    static long virtualSize(Path image, String format) throws IOException {
        if (format.equals("raw")) {
            return Files.size(image);
        }
        ByteBuffer header = ByteBuffer.allocate(32);
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
            while (header.hasRemaining() && channel.read(header) >= 0) {
                // read on until the header is whole or the file ends
            }
        }
        if (header.hasRemaining() || header.getInt(0) != QCOW2_MAGIC) {
            throw new IOException(image + " is not a qcow2 file");
        }
        return header.getLong(24);
    }

    private String cacheFor(Path disk) {
        return switch (cache) {
            case NONE -> "none";
            case WRITETHROUGH -> "writethrough";
            case AUTO -> canBypassCache(disk) ? "none" : "writethrough";
        };
    }

    /** By reflection, because the JDK's own name for O_DIRECT is not in a package that may be compiled against. */
    private static boolean canBypassCache(Path disk) {
        Object[] options;
        try {
            options = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
        } catch (ClassNotFoundException e) {
            return false;
        }
        for (Object option : options) {
            if (option instanceof OpenOption direct && option.toString().equals("DIRECT")) {
                try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ, direct)) {
                    return channel.isOpen();
                } catch (IOException | UnsupportedOperationException e) {
                    return false; // for example tmpfs
                }
            }
        }
        return false;
    }

    /** A name relative to the shared storage, as a path that lies inside the given directory of it. */
    private Path inside(Path directory, String name, InstanceId instance) throws DriverException {
        Path path;
        try {
            path = Path.of(name);
        } catch (InvalidPathException e) {
            throw new DriverException("instance " + instance + ": '" + name + "' is not a file name", e);
        }
        Path whole = storage.resolve(path);
        if (name.isBlank()
                || path.isAbsolute()
                || !path.equals(path.normalize())
                || !whole.startsWith(directory)
                || whole.equals(directory)) {
            throw new DriverException("instance " + instance + ": '" + name + "' does not lie inside " + directory
                    + " and is not touched");
        }
        return whole;
    }

    private static void removeParts(Path disk) throws IOException {
        Path directory = parent(disk);
        List<Path> parts = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(file -> String.valueOf(file.getFileName()).startsWith(partPrefix(disk)))
                    .forEach(parts::add);
        } catch (NoSuchFileException e) {
            return;
        }
        for (Path part : parts) {
            Files.deleteIfExists(part);
        }
    }

    private static String partPrefix(Path disk) {
        return "." + disk.getFileName() + ".";
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalStateException("a checked path has a parent: " + path);
        }
        return parent;
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
