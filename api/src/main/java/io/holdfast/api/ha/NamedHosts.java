package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;

/** The host that a path names. */
final class NamedHosts {

    private NamedHosts() {}

    /** @throws ApiFault 404 when there is none, or the name is none that a host could have */
    static ComputeHost require(Hosts hosts, String name) {
        try {
            return hosts.find(HostId.of(name)).orElseThrow(() -> notFound(name));
        } catch (IllegalArgumentException e) {
            throw notFound(name);
        }
    }

    private static ApiFault notFound(String name) {
        return ApiFault.notFound("Host " + name + " could not be found.");
    }
}
