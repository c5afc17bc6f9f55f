package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Predicate;

/** What the scheduler is told of the hosts: the store's word, and membership's doubts. */
final class HostSnapshots {

    private HostSnapshots() {}

    /** A suspected host is not alive for the scheduler: whatever is placed there may have to move again in a second. */
    static List<HostSnapshot> of(Hosts hosts, Predicate<HostId> suspected) {
        return hosts.list().stream().map(host -> snapshot(host, suspected)).toList();
    }

    private static HostSnapshot snapshot(ComputeHost host, Predicate<HostId> suspected) {
        return new HostSnapshot(
                host.id(),
                host.segment(),
                host.zone(),
                host.state() == HostState.SERVING && !suspected.test(host.id()),
                host.welcomes(),
                host.capacity(),
                host.used(),
                host.instances());
    }

    /** For people: {@code h2: needs 2048 MiB, 512 MiB free; h3: is disabled or forced down}. */
    static String text(Map<HostId, List<Placement.Refusal>> refusals) {
        if (refusals.isEmpty()) {
            return "no host is known";
        }
        StringJoiner text = new StringJoiner("; ");
        refusals.forEach((host, reasons) -> text.add(host + ": "
                + String.join(
                        ", ", reasons.stream().map(Placement.Refusal::reason).toList())));
        return text.toString();
    }
}
