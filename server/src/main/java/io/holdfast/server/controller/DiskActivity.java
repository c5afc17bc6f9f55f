package io.holdfast.server.controller;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.Orders;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.SignsOfLife.Sign;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disks of a silent host's guests are still written, seen from here on the shared storage.
 *
 * <p>A disk that changed between two looks, while nobody but that host owns its instance, was written by somebody there: a sign of life,
 * for whoever is about to say that the host is dead. The other way round it is no sign at all: a guest that has nothing to write
 * writes nothing, and neither does one whose storage stands still. So nothing here proves a death.
 *
 * <p>Two looks, and not the age of a file: whose clock stands in it depends on the storage. Each file is opened, because NFS promises
 * to ask its server then, and answers from memory otherwise.
 *
 * <p>Blocks for {@link #WATCHED}. Storage that hangs keeps one thread, and while it does nothing is asked.
 */
final class DiskActivity implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DiskActivity.class);

    /** Less than a host that does not answer is waited for by whoever asks. Too small: a guest that writes seldom is missed. */
    static final Duration WATCHED = Duration.ofSeconds(2);

    private static final Duration LOOK_LIMIT = Duration.ofSeconds(1);

    /** Too large: many opens on the storage for one answer. */
    private static final int DISKS_MAX = 256;

    private final Path sharedStorage;
    private final Supplier<List<Instance>> instances;
    private final AtomicBoolean looking = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("disk-activity").factory());

    /** @param instances all of them, as the store has them now */
    DiskActivity(Path sharedStorage, Supplier<List<Instance>> instances) {
        this.sharedStorage = sharedStorage;
        this.instances = instances;
    }

    private record Stamp(FileTime modified, long size) {}

    /** At most one sign; none when nothing was written, or the storage cannot be read from here. */
    List<Sign> of(HostId host) {
        long beganNanos = System.nanoTime();
        Map<InstanceId, Stamp> first = look(guests(host));
        if (first.isEmpty()) {
            return List.of();
        }
        LockSupport.parkNanos(WATCHED.toNanos() - (System.nanoTime() - beganNanos));
        // Asked again: one that has another home by now is written there.
        Map<InstanceId, String> still = guests(host);
        Map<InstanceId, Stamp> second = look(still);
        List<String> written = first.entrySet().stream()
                .filter(disk -> second.containsKey(disk.getKey()))
                .filter(disk -> !disk.getValue().equals(second.get(disk.getKey())))
                .map(disk -> String.valueOf(still.get(disk.getKey())))
                .sorted()
                .toList();
        return written.isEmpty()
                ? List.of()
                : List.of(new Sign(
                        "disk",
                        "the disk of " + written.getFirst()
                                + (written.size() == 1 ? " is" : " and of " + (written.size() - 1) + " more are")
                                + " being written"));
    }

    private Map<InstanceId, String> guests(HostId host) {
        Map<InstanceId, String> guests = new HashMap<>();
        instances.get().stream()
                .filter(instance -> host.equals(instance.home()) && instance.goal() == InstanceGoal.RUNNING)
                .limit(DISKS_MAX)
                .forEach(instance -> guests.put(instance.id(), instance.name()));
        return guests;
    }

    private Map<InstanceId, Stamp> look(Map<InstanceId, String> guests) {
        if (guests.isEmpty() || !looking.compareAndSet(false, true)) {
            return Map.of();
        }
        FutureTask<Map<InstanceId, Stamp>> look = new FutureTask<>(() -> {
            try {
                return stamps(guests);
            } finally {
                looking.set(false);
            }
        });
        thread.execute(look);
        try {
            return look.get(LOOK_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException hangs) {
            log.warn(
                    "the disks of guests cannot be looked at: {} has not answered for {} ms",
                    sharedStorage,
                    LOOK_LIMIT.toMillis());
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        } catch (ExecutionException e) {
            throw new IllegalStateException("looking at disks failed in a way of its own", e.getCause());
        }
    }

    private Map<InstanceId, Stamp> stamps(Map<InstanceId, String> guests) {
        Map<InstanceId, Stamp> stamps = new HashMap<>();
        for (InstanceId instance : guests.keySet()) {
            Path disk = sharedStorage.resolve(Orders.disk(instance));
            try (FileChannel _ = FileChannel.open(disk, StandardOpenOption.READ)) {
                BasicFileAttributes attributes = Files.readAttributes(disk, BasicFileAttributes.class);
                stamps.put(instance, new Stamp(attributes.lastModifiedTime(), attributes.size()));
            } catch (IOException notSeenFromHere) {
                // No sign: the controller need not have the storage, and a disk need not be there yet.
            }
        }
        return stamps;
    }

    /** Does not wait for a look that hangs. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
