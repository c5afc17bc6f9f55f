package io.holdfast.compute.sim;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The storage that all simulated hosts share, with one disk and one ledger per instance.
 *
 * <p>Each running guest writes who it is and a number to its ledger at every beat, and reads first what stands there.
 * When that is the word of another guest, written after its own last one, two write to one disk: a split brain, kept for
 * ever in {@link #splitBrains()}. So is a memory that is gone on with although its disk was written since. Safe for several threads.
 */
public final class SimulatedStorage implements AutoCloseable {

    /** Beats kept per instance; the first of each generation is kept besides. */
    private static final int BEATS_LIMIT = 1_000;

    private final ScheduledExecutorService timer;

    @GuardedBy("this")
    private final Map<InstanceId, Ledger> ledgers = new HashMap<>();

    @GuardedBy("this")
    private final Set<InstanceId> disks = new HashSet<>();

    @GuardedBy("this")
    private final Map<InstanceId, Memory> memories = new HashMap<>();

    @GuardedBy("this")
    private final Set<RunningGuest> guests = new HashSet<>();

    @GuardedBy("this")
    private final List<String> splitBrains = new ArrayList<>();

    private final long openedAtNanos = System.nanoTime();

    /**
     * @param beatEvery between two beats of a guest, at least 1 ms
     */
    public SimulatedStorage(Duration beatEvery) {
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("simulated-guests").factory());
        long nanos = Math.max(beatEvery.toNanos(), 1_000_000);
        var _ = timer.scheduleAtFixedRate(this::beat, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * One entry of a ledger.
     *
     * @param sequence counts the beats of the instance over all its homes
     * @param sinceOpened monotonic time since the storage was made
     */
    public record Beat(HostId host, Generation generation, long sequence, Duration sinceOpened) {}

    /** The last beats of an instance, oldest first. */
    public synchronized List<Beat> beats(InstanceId instance) {
        Ledger ledger = ledgers.get(instance);
        return ledger == null ? List.of() : List.copyOf(ledger.beats);
    }

    /** The first beat of an instance in one of its homes. */
    public synchronized Optional<Beat> firstBeat(InstanceId instance, Generation generation) {
        Ledger ledger = ledgers.get(instance);
        return ledger == null ? Optional.empty() : Optional.ofNullable(ledger.firsts.get(generation));
    }

    /** Every time that two guests were caught writing to one disk, in words. Empty is what safety means. */
    public synchronized List<String> splitBrains() {
        return List.copyOf(splitBrains);
    }

    /** Whether the instance has a disk. */
    public synchronized boolean hasDisk(InstanceId instance) {
        return disks.contains(instance);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    /** A guest's process, wherever it runs. */
    static final class RunningGuest {
        final InstanceId instance;
        final HostId host;
        final Generation generation;
        private long lastWritten = -1;

        RunningGuest(InstanceId instance, HostId host, Generation generation) {
            this.instance = instance;
            this.host = host;
            this.generation = generation;
        }
    }

    synchronized void makeDisk(InstanceId instance) {
        disks.add(instance);
    }

    /**
     * The memory of a suspended instance.
     *
     * @param name of the file that it would be
     * @param sequence the instance's last beat before it was taken
     */
    private record Memory(String name, long sequence) {}

    /** The guest writes nothing any more. */
    synchronized void keepMemory(InstanceId instance, String name) {
        memories.put(instance, new Memory(name, sequence(instance)));
    }

    synchronized boolean hasMemory(InstanceId instance, @Nullable String name) {
        Memory memory = memories.get(instance);
        return memory != null && memory.name.equals(name);
    }

    /** A guest is made from the memory that is kept. What was written to the disk since would be joined to an older memory. */
    synchronized void goOnWithMemory(InstanceId instance) {
        Memory memory = memories.get(instance);
        if (memory != null && memory.sequence != sequence(instance)) {
            splitBrains.add("instance " + instance + " goes on with its memory of beat " + memory.sequence
                    + " and its disk of beat " + sequence(instance));
        }
    }

    private synchronized long sequence(InstanceId instance) {
        Ledger ledger = ledgers.get(instance);
        return ledger == null ? 0 : ledger.sequence;
    }

    synchronized void forgetMemory(InstanceId instance) {
        memories.remove(instance);
    }

    synchronized void deleteDisk(InstanceId instance) {
        disks.remove(instance);
        memories.remove(instance);
        ledgers.remove(instance);
    }

    /** The guest begins and writes at once, as a guest that has booted does. */
    synchronized void begin(RunningGuest guest) {
        guests.add(guest);
        beat(guest);
    }

    synchronized void end(RunningGuest guest) {
        guests.remove(guest);
    }

    private synchronized void beat() {
        guests.forEach(this::beat);
    }

    private synchronized void beat(RunningGuest guest) {
        Ledger ledger = ledgers.computeIfAbsent(guest.instance, instance -> new Ledger());
        // What stands there was not written by us although we wrote since we began: somebody else did, meanwhile.
        if (guest.lastWritten >= 0 && ledger.lastWriter != guest) {
            RunningGuest other = ledger.lastWriter;
            splitBrains.add("instance " + guest.instance + " is written from " + guest.host + " at generation "
                    + guest.generation + (other == null ? "" : " and from " + other.host + " at " + other.generation));
        }
        ledger.sequence++;
        guest.lastWritten = ledger.sequence;
        ledger.lastWriter = guest;
        Beat beat = new Beat(
                guest.host, guest.generation, ledger.sequence, Duration.ofNanos(System.nanoTime() - openedAtNanos));
        ledger.firsts.putIfAbsent(guest.generation, beat);
        ledger.beats.add(beat);
        if (ledger.beats.size() > BEATS_LIMIT) {
            ledger.beats.removeFirst();
        }
    }

    private static final class Ledger {
        final List<Beat> beats = new ArrayList<>();
        final Map<Generation, Beat> firsts = new HashMap<>();
        long sequence;

        @Nullable
        RunningGuest lastWriter;
    }
}
