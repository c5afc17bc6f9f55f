package io.holdfast.compute.store;

import io.holdfast.compute.HostState;
import io.holdfast.compute.Overcommit;
import io.holdfast.model.Resources;
import java.util.Optional;

/**
 * Whether a host has room, as the database's last word: the scheduler proposes from a snapshot, this decides under the
 * lock, by the same numbers. Disk is not counted, because instances' disks lie on the shared storage.
 */
record Room(Overcommit overcommit) {

    Optional<String> refusal(HostRow host, Resources wants) {
        if (host.state != HostState.SERVING) {
            return Optional.of("host is " + host.state);
        }
        if (!host.enabled) {
            return Optional.of("host is disabled");
        }
        if (host.forcedDown) {
            return Optional.of("host is forced down");
        }
        if (host.maintenance != null) {
            return Optional.of("host is in maintenance");
        }
        if (host.quarantine != null) {
            return Optional.of("host is in quarantine");
        }
        Resources capacity = host.capacity();
        // In long: a flavor of absurd size is refused like any other that does not fit, instead of overflowing.
        if ((long) host.vcpusUsed + wants.vcpus() > Math.floor(capacity.vcpus() * overcommit.vcpus())) {
            return Optional.of("needs " + wants.vcpus() + " vCPU, "
                    + Math.max(0, (long) Math.floor(capacity.vcpus() * overcommit.vcpus()) - host.vcpusUsed) + " free");
        }
        if ((long) host.memoryMibUsed + wants.memoryMib() > Math.floor(capacity.memoryMib() * overcommit.memory())) {
            return Optional.of("needs " + wants.memoryMib() + " MiB, "
                    + Math.max(0, (long) Math.floor(capacity.memoryMib() * overcommit.memory()) - host.memoryMibUsed)
                    + " MiB free");
        }
        if (overcommit.instances() > 0 && host.instances >= overcommit.instances()) {
            return Optional.of("has " + host.instances + " instances, as many as it may have");
        }
        if ((long) host.diskGibUsed + wants.diskGib() > Integer.MAX_VALUE) {
            return Optional.of("needs " + wants.diskGib() + " GiB of disk, more than can be counted");
        }
        return Optional.empty();
    }
}
