package io.holdfast.compute;

import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.util.List;
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
     * nothing happens.
     */
    void start(InstanceId instance, Generation generation, GuestSpec spec) throws DriverException;

    /** Ends a guest at once, as pulling its power would. When it does not run nothing happens. */
    void destroy(InstanceId instance) throws DriverException;

    /** Asks the guest to shut down, and ends it when it has not within the grace. */
    void stop(InstanceId instance, java.time.Duration grace) throws DriverException;

    /** Deletes the instance's disk and whatever else is left of it. The guest must not run. */
    void delete(InstanceId instance, GuestSpec spec) throws DriverException;

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
     */
    record Guest(InstanceId instance, Generation generation, boolean running, boolean cameUp) {}

    /** A guest began or ended, or the hypervisor went away and came back ({@code instance} of no guest in particular). */
    sealed interface GuestChange {
        record Started(InstanceId instance) implements GuestChange {}

        /** A guest has said for the first time that it is healthy; {@link HypervisorDriver#guests()} shows it. */
        record CameUp(InstanceId instance) implements GuestChange {}

        /**
         * @param cause {@code shutdown} by the guest itself, {@code destroyed} by us, {@code failed} its process died,
         *     {@code crashed} its kernel panicked
         */
        record Ended(InstanceId instance, String cause) implements GuestChange {}

        record HypervisorLost(String reason) implements GuestChange {}

        record HypervisorBack() implements GuestChange {}
    }
}
