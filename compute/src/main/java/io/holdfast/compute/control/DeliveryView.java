package io.holdfast.compute.control;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.util.List;
import java.util.Optional;

/** What goal delivery needs of the store. */
public interface DeliveryView {

    /** Hosts whose agents should be listened to: JOINING and SERVING, with an address. */
    List<ComputeHost> reachable();

    /** The order that must be told now, with its host; empty when the goal has arrived or its home does not serve. */
    Optional<Due> due(InstanceId instance, LeaderEpoch leader);

    /** All instances for which {@link #due} would answer. */
    List<InstanceId> undelivered();

    /** Makes a report durable. */
    void ingest(HostId from, InstanceReport report);

    /** Places instances that were stored but have no home yet. */
    void placeHomeless();

    record Due(ComputeHost host, InstanceOrder order) {}
}
