package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.ProjectId;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.Networks;
import io.holdfast.network.Networks.Place;
import io.holdfast.network.Port;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Ports. A member sees its project's; another's is not there. */
final class PortsProxy {

    private static final String KIND = "port";

    private final Networks networks;
    private final Bindings bindings;

    PortsProxy(Networks networks, Bindings bindings) {
        this.networks = networks;
        this.bindings = bindings;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listPorts", this::list);
        table.put("createPort", this::create);
        table.put("showPort", call -> Listing.one(call, KIND, document(call, visible(call))));
        table.put("updatePort", this::update);
        table.put("deletePort", this::delete);
        return table;
    }

    private Port visible(Call call) {
        String id = call.path("port_id");
        return NeutronJson.id(id)
                .flatMap(networks::port)
                .filter(port -> call.caller().mayKnow(port.project()))
                .orElseThrow(() -> new ApiFault(404, "PortNotFound", "Port " + id + " could not be found."));
    }

    /** What the database can leave out it does; the rest is a matter of the list. */
    private Reply list(Call call) {
        String network = single(call, "network_id");
        UUID on = network == null ? null : NeutronJson.id(network).orElse(null);
        if (network != null && on == null) {
            return Listing.of(call, "ports", List.of());
        }
        List<Port> ports =
                networks.ports(new Networks.PortFilter(call.caller().scope(), on, single(call, "device_id")));
        Map<UUID, Bindings.Binding> where = bindings.of(ports);
        return Listing.of(
                call,
                "ports",
                ports.stream()
                        .map(port -> document(call, port, where.getOrDefault(port.id(), Bindings.Binding.NOWHERE)))
                        .toList());
    }

    private static @Nullable String single(Call call, String name) {
        List<String> values = call.queries(name);
        return values.size() == 1 ? values.getFirst() : null;
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject(KIND);
        String text = wanted.getString("network_id");
        Network network =
                NetworksProxy.visible(networks, call.caller(), text).orElseThrow(() -> NetworksProxy.notFound(text));
        ProjectId project = NeutronJson.project(call, wanted);
        requireNoInstance(wanted);
        refuseBinding(wanted);
        String mac = wanted.getString("mac_address");
        JsonArray groups = wanted.getJsonArray("security_groups");
        Port made = networks.create(new Networks.NewPort(
                network.id(),
                project,
                NeutronJson.text(wanted, "name"),
                NeutronJson.text(wanted, "description"),
                !Boolean.FALSE.equals(wanted.getBoolean("admin_state_up")),
                mac == null ? null : mac.toLowerCase(Locale.ROOT),
                NeutronJson.text(wanted, "device_id"),
                NeutronJson.text(wanted, "device_owner"),
                places(wanted.getJsonArray("fixed_ips")),
                groups == null ? null : NeutronJson.ids("security_groups", groups)));
        return Reply.of(201, new JsonObject().put(KIND, document(call, made)));
    }

    private static @Nullable List<Place> places(@Nullable JsonArray list) {
        return list == null
                ? null
                : list.stream()
                        .map(JsonObject.class::cast)
                        .map(PortsProxy::place)
                        .toList();
    }

    private static Place place(JsonObject wanted) {
        String subnet = wanted.getString("subnet_id");
        String address = wanted.getString("ip_address");
        UUID of = subnet == null ? null : NeutronJson.requireId("fixed_ips", subnet);
        Ipv4 at = address == null ? null : NeutronJson.address("fixed_ips", address);
        if (of == null && at == null) {
            throw NeutronJson.invalid("fixed_ips", wanted.encode(), "has neither subnet_id nor ip_address");
        }
        return new Place(of, at);
    }

    /** Only the compute service gives ports to instances: else somebody could pass a port for another's. */
    private static void requireNoInstance(JsonObject wanted) {
        String owner = NeutronJson.text(wanted, "device_owner");
        if (owner.startsWith(Port.COMPUTE) || owner.startsWith("network:")) {
            throw new ApiFault(403, "Policy doesn't allow a device_owner that begins with 'compute:' or 'network:'.");
        }
    }

    /** A client that binds a port would believe that it is there. */
    private static void refuseBinding(JsonObject wanted) {
        String host = NeutronJson.text(wanted, "binding:host_id");
        if (!host.isEmpty()) {
            throw NeutronJson.invalid("binding:host_id", host, "cannot be chosen: a port is where its instance is");
        }
        String type = wanted.getString("binding:vnic_type");
        if (type != null && !type.equals("normal")) {
            throw NeutronJson.invalid("binding:vnic_type", type, "is not supported: say normal");
        }
    }

    private Reply update(Call call) {
        UUID id = visible(call).id();
        JsonObject wanted = call.body().getJsonObject(KIND);
        requireNoInstance(wanted);
        refuseBinding(wanted);
        JsonArray groups = wanted.getJsonArray("security_groups");
        Port changed = networks.change(
                id,
                new Networks.PortChange(
                        wanted.getString("name"),
                        wanted.getString("description"),
                        wanted.getBoolean("admin_state_up"),
                        wanted.getString("device_id"),
                        wanted.getString("device_owner"),
                        groups == null ? null : NeutronJson.ids("security_groups", groups)));
        return Reply.ok(new JsonObject().put(KIND, document(call, changed)));
    }

    private Reply delete(Call call) {
        networks.deletePort(visible(call).id());
        return Reply.empty(204);
    }

    private JsonObject document(Call call, Port port) {
        return document(call, port, bindings.of(List.of(port)).getOrDefault(port.id(), Bindings.Binding.NOWHERE));
    }

    private static JsonObject document(Call call, Port port, Bindings.Binding binding) {
        JsonArray addresses = new JsonArray();
        port.addresses()
                .forEach(fixed -> addresses.add(new JsonObject()
                        .put("subnet_id", fixed.subnet().toString())
                        .put("ip_address", fixed.address().toString())));
        JsonObject document = NeutronJson.document(
                        port.id(), port.name(), port.project(), port.description(), port.createdAt(), port.updatedAt())
                .put("network_id", port.network().toString())
                .put("mac_address", port.mac())
                .put("fixed_ips", addresses)
                .put("admin_state_up", port.adminStateUp())
                .put("status", binding.active() ? "ACTIVE" : "DOWN")
                .put("device_id", port.device())
                .put("device_owner", port.deviceOwner())
                .put("security_groups", NeutronJson.strings(port.groups()))
                .put("allowed_address_pairs", new JsonArray())
                .put("extra_dhcp_opts", new JsonArray())
                .put("binding:vnic_type", "normal");
        if (call.caller().isAdmin()) {
            document.put("binding:host_id", binding.host())
                    .put("binding:vif_type", binding.bound() ? "bridge" : "unbound")
                    .put("binding:vif_details", new JsonObject())
                    .put("binding:profile", new JsonObject());
        }
        return document;
    }
}
