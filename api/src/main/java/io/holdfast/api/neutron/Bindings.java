package io.holdfast.api.neutron;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.InstanceId;
import io.holdfast.network.Network;
import io.holdfast.network.Networks;
import io.holdfast.network.Port;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Where ports are bound. Read from the homes of their instances, never kept: so it follows every move at once, and cannot
 * say another thing than the server.
 */
final class Bindings {

    /** More are looked up together. */
    private static final int ONE_BY_ONE = 4;

    private final Networks networks;
    private final Instances instances;
    private final Set<String> bridged;

    /** @param bridged the physical networks that have a bridge on the hosts */
    Bindings(Networks networks, Instances instances, Set<String> bridged) {
        this.networks = networks;
        this.instances = instances;
        this.bridged = Set.copyOf(bridged);
    }

    /** @param bound false where the hosts have no bridge for the network: then the guest has no card */
    record Binding(String host, boolean bound, boolean active) {
        static final Binding NOWHERE = new Binding("", false, false);
    }

    Map<UUID, Binding> of(List<Port> ports) {
        List<Port> taken = ports.stream().filter(Port::ofInstance).toList();
        if (taken.isEmpty()) {
            return Map.of();
        }
        Map<UUID, Network> known =
                networks.networks().stream().collect(Collectors.toMap(Network::id, network -> network));
        Map<String, Instance> owners = new HashMap<>();
        if (taken.size() > ONE_BY_ONE) {
            instances.list(null).forEach(one -> owners.put(one.id().toString(), one));
        } else {
            taken.forEach(port ->
                    instances.find(InstanceId.parse(port.device())).ifPresent(one -> owners.put(port.device(), one)));
        }
        Map<UUID, Binding> bindings = new HashMap<>();
        for (Port port : taken) {
            Instance owner = owners.get(port.device());
            Network network = known.get(port.network());
            if (owner != null && owner.home() != null && network != null) {
                boolean bound = bridged.contains(network.physicalNetwork());
                bindings.put(
                        port.id(),
                        new Binding(owner.home().value(), bound, bound && owner.actual() == ActualState.RUNNING));
            }
        }
        return bindings;
    }
}
