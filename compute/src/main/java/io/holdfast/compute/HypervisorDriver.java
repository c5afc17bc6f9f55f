package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A hypervisor on this host. Held to one contract test, whatever stands behind it.
 *
 * <p>Guests carry their instance id and generation with them, so that an agent that was restarted finds and adopts
 * them. Calls block; one thread at a time per instance. All throw {@link DriverException} for what the world does.
 */
public interface HypervisorDriver extends AutoCloseable {

    /** All guests of ours on this host, running or not; an empty list only when it is certain that there are none. */
    List<Guest> guests() throws DriverException;

    /**
     * Starts a guest, making its disk first when it has none yet. When the guest already runs with this generation
     * nothing happens. Goes on with the memory that is kept for it, if the specification names one that is there, and
     * forgets it; else whatever memory there is of it is forgotten first. When it cannot go on with it, that memory is kept.
     *
     * <p>A guest that is there, {@link #pause halted by us}, while its memory is still kept has been brought back with it by
     * somebody who died then, or is newer than it: the memory is forgotten, and the guest goes on at this generation.
     */
    void start(InstanceId instance, Generation generation, GuestSpec spec) throws DriverException;

    /**
     * Marks a guest that runs here at an older generation with this one. It runs on and notices nothing; one that has this
     * generation already is left as it is. One that does not run here, or that somebody has halted, is an error.
     */
    void takeOver(InstanceId instance, Generation generation) throws DriverException;

    /** Ends a guest at once, as pulling its power would. When it does not run nothing happens. */
    void destroy(InstanceId instance) throws DriverException;

    /** Asks the guest to shut down, and ends it when it has not within the grace. */
    void stop(InstanceId instance, java.time.Duration grace) throws DriverException;

    /**
     * Halts a guest's processors. One that is halted already stays so; one that others have halted, or that does not run, is
     * an error.
     */
    void pause(InstanceId instance) throws DriverException;

    /**
     * Lets a guest go on that was {@link #pause halted by us}. One that is not halted goes on as it does; one that others
     * have halted, or that does not run, is an error. So is one whose memory is still kept: once it had written to its disk,
     * that memory would be an older one; {@link #start} forgets it first.
     */
    void unpause(InstanceId instance, GuestSpec spec) throws DriverException;

    /**
     * Writes a guest's memory to where the specification says and ends it. The memory lies there whole or not at all. When it
     * fails the guest goes on, or stands as it stood before. One that others have halted is an error. Blocks for as long as
     * the storage takes, minutes at most.
     */
    void suspend(InstanceId instance, GuestSpec spec) throws DriverException;

    /**
     * Whether the memory that the specification names is there and whole, also while its guest is there, halted. False only
     * when it is certain that there is none; what cannot be seen is an error. A memory that was written to its end and has
     * not got its name, because whoever wrote it died, gets it now.
     */
    boolean remembers(InstanceId instance, GuestSpec spec) throws DriverException;

    /** What a guest that is there has used up; an error when it is not. */
    Diagnostics diagnostics(InstanceId instance) throws DriverException;

    /** Deletes the instance's disk, its memory and whatever else is left of it. The guest must not run. */
    void delete(InstanceId instance, GuestSpec spec) throws DriverException;

    /** Deletes what is kept on this host, and not on the shared storage, of instances other than these. */
    void keepOnly(Set<InstanceId> here) throws DriverException;

    /** The end of what the guest has written to its serial line, at most so many bytes; none when it has written nothing. */
    byte[] console(InstanceId instance, int bytesMax) throws DriverException;

    /** Tells of changes until the driver is closed. The consumer must not block. */
    void onChange(Consumer<GuestChange> consumer);

    /** Whether the hypervisor answers now; empty text when it does, else what is wrong. */
    String trouble();

    @Override
    void close();

    /**
     * A guest as the hypervisor shows it.
     *
     * @param cameUp whether the guest has said since it was started that it is healthy, as far as this driver has heard
     *     it: one that was made after the guest spoke waits for its next word
     * @param paused whether it is there and {@link #pause halted by us}. One that was halted by others (by its watchdog, for
     *     an error of its disk, by hand) counts as running: nobody here may let it go on
     * @param health what its heartbeat says, as far as this driver has heard it; UNKNOWN of one that does not run
     */
    record Guest(
            InstanceId instance,
            Generation generation,
            boolean running,
            boolean cameUp,
            boolean paused,
            GuestHealth health) {

        /** One whose heartbeat is not heard. */
        public Guest(InstanceId instance, Generation generation, boolean running, boolean cameUp, boolean paused) {
            this(instance, generation, running, cameUp, paused, GuestHealth.UNKNOWN);
        }

        /** One that nobody has halted. */
        public Guest(InstanceId instance, Generation generation, boolean running, boolean cameUp) {
            this(instance, generation, running, cameUp, false);
        }
    }

    /** A guest began or ended, or the hypervisor went away and came back ({@code instance} of no guest in particular). */
    sealed interface GuestChange {
        record Started(InstanceId instance) implements GuestChange {}

        /** A guest has said for the first time that it is healthy; {@link HypervisorDriver#guests()} shows it. */
        record CameUp(InstanceId instance) implements GuestChange {}

        /** What a guest's heartbeat says of it has changed; {@link HypervisorDriver#guests()} shows it. */
        record Felt(InstanceId instance) implements GuestChange {}

        /**
         * A guest's watchdog was not petted in time.
         *
         * @param done what its device did about it
         */
        record Bitten(InstanceId instance, WatchdogAction done) implements GuestChange {}

        /**
         * @param cause {@code shutdown} by the guest itself, {@code destroyed} by us, {@code failed} its process died,
         *     {@code crashed} its kernel panicked, {@code migrated} somebody else moved it to another host, {@code saved}
         *     its memory was written and it ended
         */
        record Ended(InstanceId instance, String cause) implements GuestChange {}

        record HypervisorLost(String reason) implements GuestChange {}

        record HypervisorBack() implements GuestChange {}
    }
}
