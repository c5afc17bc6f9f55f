package io.holdfast.compute.sim;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestSpec;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A hypervisor in memory. Its guests beat on a {@link SimulatedStorage}.
 *
 * <p>It outlives the agents that use it, as a real one does: {@link #close()} only ends the telling of changes, and the
 * guests run on. Faults are methods: power lost, daemon lost, a guest killed, starts that fail. Safe for several threads.
 */
public final class SimulatedHypervisor implements HypervisorDriver {

    private final HostId host;
    private final SimulatedStorage storage;

    @GuardedBy("this")
    private final Map<InstanceId, SimulatedStorage.RunningGuest> guests = new HashMap<>();

    @GuardedBy("this")
    private final List<Consumer<GuestChange>> consumers = new ArrayList<>();

    @GuardedBy("this")
    private Duration startLatency;

    @GuardedBy("this")
    private Duration stopLatency;

    /** Those that have said, in this life, that they are healthy. */
    @GuardedBy("this")
    private final Set<SimulatedStorage.RunningGuest> up = new HashSet<>();

    @GuardedBy("this")
    private final Map<SimulatedStorage.RunningGuest, GuestHealth> health = new HashMap<>();

    /** Those that are halted. They are there, and write nothing. */
    @GuardedBy("this")
    private final Set<SimulatedStorage.RunningGuest> paused = new HashSet<>();

    /** Those that went on with a kept memory, and did not boot. */
    @GuardedBy("this")
    private final Set<SimulatedStorage.RunningGuest> resumed = new HashSet<>();

    /** The last words of those that were here, as a host keeps them on its own disk. */
    @GuardedBy("this")
    private final Map<InstanceId, String> consoles = new HashMap<>();

    @GuardedBy("this")
    private @Nullable DriverException holdFailure;

    @GuardedBy("this")
    private @Nullable DriverException lookFailure;

    @GuardedBy("this")
    private @Nullable DriverException keepFailure;

    @GuardedBy("this")
    private boolean powered = true;

    /** Empty while the daemon answers. */
    @GuardedBy("this")
    private String lost = "";

    @GuardedBy("this")
    private @Nullable DriverException startFailure;

    @GuardedBy("this")
    private boolean deafGuests;

    public SimulatedHypervisor(HostId host, SimulatedStorage storage) {
        this(host, storage, Duration.ZERO, Duration.ZERO);
    }

    public SimulatedHypervisor(HostId host, SimulatedStorage storage, Duration startLatency, Duration stopLatency) {
        this.host = host;
        this.storage = storage;
        this.startLatency = startLatency;
        this.stopLatency = stopLatency;
    }

    @Override
    public synchronized List<Guest> guests() throws DriverException {
        answering();
        List<Guest> now = new ArrayList<>();
        for (SimulatedStorage.RunningGuest guest : guests.values()) {
            now.add(new Guest(
                    guest.instance,
                    guest.generation,
                    true,
                    up.contains(guest),
                    paused.contains(guest),
                    health.getOrDefault(guest, GuestHealth.UNKNOWN)));
        }
        return now;
    }

    @Override
    public void start(InstanceId instance, Generation generation, GuestSpec spec) throws DriverException {
        synchronized (this) {
            answering();
            if (!standsWithMemory(instance, spec)) {
                if (runsAt(instance, generation)) {
                    return;
                }
                if (startFailure != null) {
                    throw startFailure;
                }
            }
        }
        pause(latency(true));
        synchronized (this) {
            answering();
            boolean stands = standsWithMemory(instance, spec);
            if (!stands && runsAt(instance, generation)) {
                return;
            }
            boolean resuming = remembers(instance, spec);
            if (resuming && holdFailure != null) {
                throw holdFailure;
            }
            if (stands) {
                paused.remove(guests.get(instance));
                resumed.remove(guests.get(instance));
            } else if (resuming) {
                storage.goOnWithMemory(instance);
            }
            storage.forgetMemory(instance);
            storage.makeDisk(instance);
            SimulatedStorage.RunningGuest guest = new SimulatedStorage.RunningGuest(instance, host, generation);
            guests.put(instance, guest);
            consoles.put(instance, "simulated guest at generation " + generation + "\n");
            if (resuming) {
                resumed.add(guest);
            }
            storage.begin(guest);
        }
        tell(new GuestChange.Started(instance));
    }

    @Override
    public synchronized void takeOver(InstanceId instance, Generation generation) throws DriverException {
        SimulatedStorage.RunningGuest guest = held(instance, "taken over");
        if (paused.contains(guest)) {
            throw new DriverException("instance " + instance + " is halted and is not taken over");
        }
        SimulatedStorage.RunningGuest now = new SimulatedStorage.RunningGuest(instance, host, generation);
        guests.put(instance, now);
        if (up.remove(guest)) {
            up.add(now);
        }
        GuestHealth felt = health.remove(guest);
        if (felt != null) {
            health.put(now, felt);
        }
        storage.end(guest);
        storage.begin(now);
    }

    @Override
    public void destroy(InstanceId instance) throws DriverException {
        pause(latency(false));
        synchronized (this) {
            answering();
        }
        end(instance, "destroyed");
    }

    @Override
    public void stop(InstanceId instance, Duration grace) throws DriverException {
        boolean deaf;
        synchronized (this) {
            answering();
            deaf = deafGuests && guests.containsKey(instance);
        }
        pause(deaf ? grace : latency(false));
        synchronized (this) {
            answering();
        }
        end(instance, deaf ? "destroyed" : "shutdown");
    }

    @Override
    public synchronized void pause(InstanceId instance) throws DriverException {
        SimulatedStorage.RunningGuest guest = held(instance, "paused");
        if (paused.add(guest)) {
            storage.end(guest);
        }
    }

    @Override
    public synchronized void unpause(InstanceId instance, GuestSpec spec) throws DriverException {
        SimulatedStorage.RunningGuest guest = held(instance, "unpaused");
        if (standsWithMemory(instance, spec)) {
            throw new DriverException("instance " + instance + " is not unpaused: its memory is still kept");
        }
        if (paused.remove(guest)) {
            storage.begin(guest);
        }
    }

    @Override
    public void suspend(InstanceId instance, GuestSpec spec) throws DriverException {
        pause(latency(false));
        synchronized (this) {
            String name = spec.memory();
            SimulatedStorage.RunningGuest guest = held(instance, "suspended");
            if (name == null) {
                throw new DriverException("instance " + instance + " has no place for its memory");
            }
            storage.end(guest);
            storage.keepMemory(instance, name);
        }
        end(instance, "saved");
    }

    @Override
    public synchronized boolean remembers(InstanceId instance, GuestSpec spec) throws DriverException {
        answering();
        if (lookFailure != null) {
            throw lookFailure;
        }
        return storage.hasMemory(instance, spec.memory());
    }

    /** Halted by us, and its memory is there as well. */
    @GuardedBy("this")
    private boolean standsWithMemory(InstanceId instance, GuestSpec spec) {
        SimulatedStorage.RunningGuest guest = guests.get(instance);
        return guest != null && paused.contains(guest) && storage.hasMemory(instance, spec.memory());
    }

    @Override
    public synchronized Diagnostics diagnostics(InstanceId instance) throws DriverException {
        answering();
        SimulatedStorage.RunningGuest guest = guests.get(instance);
        if (guest == null) {
            throw new DriverException("instance " + instance + " does not run on " + host);
        }
        long beats = storage.beats(instance).size();
        return new Diagnostics(
                paused.contains(guest) ? "paused" : "running",
                "qemu",
                List.of(beats * 1_000_000),
                Diagnostics.UNKNOWN,
                Diagnostics.UNKNOWN,
                List.of(new Diagnostics.Disk("vda", 0, 0, beats * 512, beats, 0)),
                List.of());
    }

    /** The guest that is to be halted, or let go on. */
    @GuardedBy("this")
    private SimulatedStorage.RunningGuest held(InstanceId instance, String doing) throws DriverException {
        answering();
        SimulatedStorage.RunningGuest guest = guests.get(instance);
        if (guest == null) {
            throw new DriverException("instance " + instance + " does not run on " + host + " and is not " + doing);
        }
        if (holdFailure != null) {
            throw holdFailure;
        }
        return guest;
    }

    @Override
    public synchronized byte[] console(InstanceId instance, int bytesMax) throws DriverException {
        answering();
        byte[] said = consoles.getOrDefault(instance, "").getBytes(StandardCharsets.UTF_8);
        return said.length <= bytesMax ? said : Arrays.copyOfRange(said, said.length - bytesMax, said.length);
    }

    @Override
    public synchronized void delete(InstanceId instance, GuestSpec spec) throws DriverException {
        answering();
        if (guests.containsKey(instance)) {
            throw new DriverException("instance " + instance + " still runs on " + host + ", its disk is not deleted");
        }
        storage.deleteDisk(instance);
        consoles.remove(instance);
    }

    @Override
    public synchronized void keepOnly(Set<InstanceId> here) throws DriverException {
        answering();
        if (keepFailure != null) {
            throw keepFailure;
        }
        consoles.keySet().retainAll(here);
    }

    @Override
    public synchronized void onChange(Consumer<GuestChange> consumer) {
        consumers.add(consumer);
    }

    @Override
    public synchronized String trouble() {
        return powered ? lost : "host " + host + " has no power";
    }

    @Override
    public synchronized void close() {
        consumers.clear();
    }

    // ---- what can happen to it

    /** All guests are gone at once, and nobody is told. */
    public synchronized void losePower() {
        powered = false;
        guests.values().forEach(storage::end);
        guests.clear();
        up.clear();
        health.clear();
        paused.clear();
        resumed.clear();
    }

    /** The host boots, with no guest. The agent that was there before must not be used any more. */
    public synchronized void restorePower() {
        powered = true;
        lost = "";
        consumers.clear();
    }

    public synchronized boolean isPowered() {
        return powered;
    }

    /** The daemon dies; its guests run on. */
    public void loseDaemon(String reason) {
        synchronized (this) {
            lost = reason;
        }
        tell(new GuestChange.HypervisorLost(reason));
    }

    /** The daemon is back and knows its guests. */
    public void restoreDaemon() {
        synchronized (this) {
            lost = "";
        }
        tell(new GuestChange.HypervisorBack());
    }

    /** A guest says that it is healthy; nothing happens when it does not run. */
    public void beat(InstanceId instance) {
        synchronized (this) {
            SimulatedStorage.RunningGuest guest = guests.get(instance);
            if (guest == null || !up.add(guest)) {
                return;
            }
        }
        tell(new GuestChange.CameUp(instance));
    }

    /** A guest's heartbeat says this from now on; nothing happens when it does not run. */
    public void feel(InstanceId instance, GuestHealth now) {
        synchronized (this) {
            SimulatedStorage.RunningGuest guest = guests.get(instance);
            if (guest == null) {
                return;
            }
            health.put(guest, now);
        }
        tell(new GuestChange.Felt(instance));
    }

    /** A guest's watchdog bites, and does this. */
    public void bite(InstanceId instance, WatchdogAction done) {
        tell(new GuestChange.Bitten(instance, done));
        if (done == WatchdogAction.POWEROFF) {
            end(instance, "shutdown");
        }
    }

    /**
     * A guest ends by itself or by somebody's hand.
     *
     * @param cause as in {@link GuestChange.Ended}
     */
    public void endGuest(InstanceId instance, String cause) {
        end(instance, cause);
    }

    /** Its process is gone, and its heartbeat port tells so before anybody says how it ended. */
    public void endGuestUnheard(InstanceId instance) {
        end(instance, new GuestChange.Felt(instance));
    }

    /** The word that a guest has ended comes once more, or late. */
    public void tellEndLate(InstanceId instance, String cause) {
        tell(new GuestChange.Ended(instance, cause));
    }

    /** A guest that nobody ordered appears, as one started by hand would. */
    public synchronized void plant(InstanceId instance, Generation generation) {
        SimulatedStorage.RunningGuest guest = new SimulatedStorage.RunningGuest(instance, host, generation);
        guests.put(instance, guest);
        storage.begin(guest);
    }

    /** From now on each start fails so; null lets them succeed again. */
    public synchronized void failStarts(@Nullable DriverException failure) {
        startFailure = failure;
    }

    /** From now on each pause, unpause, suspend and resume fails so; null lets them succeed again. */
    public synchronized void failHolds(@Nullable DriverException failure) {
        holdFailure = failure;
    }

    /** From now on nobody sees whether a memory is kept; null lets them see again. */
    public synchronized void failLooks(@Nullable DriverException failure) {
        lookFailure = failure;
    }

    /** From now on nothing that is kept of others can be deleted; null lets it be deleted again. */
    public synchronized void failKeeping(@Nullable DriverException failure) {
        keepFailure = failure;
    }

    /** A suspended guest is brought back, and whoever did it dies before it forgets the memory: it stands, and both are there. */
    public synchronized void bringBackHalfway(InstanceId instance, Generation generation) {
        SimulatedStorage.RunningGuest guest = new SimulatedStorage.RunningGuest(instance, host, generation);
        storage.goOnWithMemory(instance);
        guests.put(instance, guest);
        paused.add(guest);
        resumed.add(guest);
    }

    /** Whether its guest went on with a memory that was kept. */
    public synchronized boolean wentOn(InstanceId instance) {
        SimulatedStorage.RunningGuest guest = guests.get(instance);
        return guest != null && resumed.contains(guest);
    }

    /** From now on guests do not listen when asked to shut down. */
    public synchronized void deafenGuests() {
        deafGuests = true;
    }

    public synchronized void setLatency(Duration start, Duration stop) {
        startLatency = start;
        stopLatency = stop;
    }

    private void end(InstanceId instance, String cause) {
        end(instance, new GuestChange.Ended(instance, cause));
    }

    private void end(InstanceId instance, GuestChange word) {
        synchronized (this) {
            SimulatedStorage.RunningGuest guest = guests.remove(instance);
            if (guest == null) {
                return;
            }
            up.remove(guest);
            health.remove(guest);
            paused.remove(guest);
            resumed.remove(guest);
            storage.end(guest);
        }
        tell(word);
    }

    private synchronized boolean runsAt(InstanceId instance, Generation generation) throws DriverException {
        SimulatedStorage.RunningGuest guest = guests.get(instance);
        if (guest == null) {
            return false;
        }
        if (!guest.generation.equals(generation)) {
            throw new DriverException("instance " + instance + " already runs on " + host + " at generation "
                    + guest.generation + ", not " + generation + "; destroy it first");
        }
        return true;
    }

    private synchronized void answering() throws DriverException {
        String trouble = trouble();
        if (!trouble.isEmpty()) {
            throw new DriverException(trouble);
        }
    }

    private synchronized Duration latency(boolean start) {
        return start ? startLatency : stopLatency;
    }

    private void pause(Duration latency) throws DriverException {
        long until = System.nanoTime() + latency.toNanos();
        for (long left = latency.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                throw new DriverException("interrupted while the simulated hypervisor of " + host + " was at work");
            }
        }
    }

    private void tell(GuestChange change) {
        List<Consumer<GuestChange>> now;
        synchronized (this) {
            now = List.copyOf(consumers);
        }
        now.forEach(consumer -> consumer.accept(change));
    }
}
