package io.holdfast.compute.control;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What goal delivery needs of the store. */
public interface DeliveryView {

    /** Hosts whose agents should be listened to: JOINING and SERVING, with an address. */
    List<ComputeHost> reachable();

    /**
     * The orders that must be told when somebody asks for them, each with its host, of those among these whose goal has not
     * arrived and whose home serves.
     */
    Map<InstanceId, Due> due(Collection<InstanceId> instances, LeaderEpoch leader);

    /**
     * The instances that a round tells, the oldest first, each with its home: those whose goal has not arrived, without
     * those that have FAILED and wait for their owner or their recovery.
     */
    Map<InstanceId, HostId> undelivered();

    /**
     * Makes reports durable, as far as they count, all or none of them.
     *
     * @param heard in the order in which they were heard
     */
    void ingest(List<Heard> heard, LeaderEpoch leader);

    /** What a host said. */
    record Heard(HostId from, InstanceReport report) {}

    /**
     * Raises the generation, by two, of an instance whose home knows a newer one, as a withdrawal that was never confirmed leaves
     * it behind. Its home stays, and takes orders again.
     *
     * @return whether it was raised; not when the instance is no longer as {@code refused} says
     */
    boolean renew(InstanceOrder refused, LeaderEpoch leader);

    /**
     * The home answered that it cannot hold the instance, or have it go on: it goes on being what it was, its action has failed
     * with this reason, and what that is is told anew.
     *
     * @return whether that is what the order was about; not when it began or ended a guest, nor when the instance is no
     *     longer as {@code refused} says
     */
    boolean declined(InstanceOrder refused, String reason, LeaderEpoch leader);

    /** Has those placed that have no home and want one, also those that a case has forgotten. Returns at once. */
    void placeHomeless();

    /** A config drive was written; means nothing when the instance has another disk by now, or is gone. */
    void driveWritten(InstanceOrder order, Drive drive, LeaderEpoch leader);

    /** @param drive to be written before the order is told, or null */
    record Due(
            ComputeHost host, InstanceOrder order, @Nullable Drive drive) {}

    /**
     * @param disk which of the instance's disks it belongs to
     * @param file relative to the shared storage
     * @param content by the path on the drive
     */
    record Drive(int disk, String file, Map<String, byte[]> content) {}
}
