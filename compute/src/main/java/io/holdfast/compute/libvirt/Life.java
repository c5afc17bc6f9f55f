package io.holdfast.compute.libvirt;

import io.holdfast.model.InstanceId;
import java.util.UUID;

/** One run of a domain: its id changes with each start. */
record Life(UUID domain, int id) {

    InstanceId instance() {
        return InstanceId.of(domain);
    }
}
