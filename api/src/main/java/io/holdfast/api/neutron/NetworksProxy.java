package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.network.Network;
import io.holdfast.network.Networks;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Networks. A member sees its project's and those that are shared. */
final class NetworksProxy {

    private static final String KIND = "network";

    /** The one that a network is on whose maker names none. */
    private static final String USUAL = "default";

    private static final int MTU = 1500;

    private final Networks networks;

    NetworksProxy(Networks networks) {
        this.networks = networks;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listNetworks", this::list);
        table.put("createNetwork", this::create);
        table.put("showNetwork", call -> Listing.one(call, KIND, document(call, visible(call))));
        table.put("updateNetwork", this::update);
        table.put("deleteNetwork", this::delete);
        return table;
    }

    static boolean mayKnow(Caller caller, Network network) {
        return network.shared() || caller.mayKnow(network.project());
    }

    static Optional<Network> visible(Networks networks, Caller caller, String id) {
        return NeutronJson.id(id).flatMap(networks::network).filter(network -> mayKnow(caller, network));
    }

    static ApiFault notFound(String id) {
        return new ApiFault(404, "NetworkNotFound", "Network " + id + " could not be found.");
    }

    private Network visible(Call call) {
        String id = call.path("network_id");
        return visible(networks, call.caller(), id).orElseThrow(() -> notFound(id));
    }

    private Reply list(Call call) {
        return Listing.of(
                call,
                "networks",
                networks.networks().stream()
                        .filter(network -> mayKnow(call.caller(), network))
                        .map(network -> document(call, network))
                        .toList());
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject(KIND);
        String type = wanted.getString("provider:network_type");
        if (type != null && !type.equals("flat")) {
            throw NeutronJson.invalid("provider:network_type", type, "is not supported: networks are flat");
        }
        refuseExternal(wanted);
        String physical = wanted.getString("provider:physical_network");
        Network made = networks.create(new Networks.NewNetwork(
                NeutronJson.text(wanted, "name"),
                NeutronJson.project(call, wanted),
                NeutronJson.text(wanted, "description"),
                Boolean.TRUE.equals(wanted.getBoolean("shared")),
                !Boolean.FALSE.equals(wanted.getBoolean("admin_state_up")),
                physical == null ? USUAL : physical,
                mtu(wanted) == 0 ? MTU : mtu(wanted)));
        return Reply.of(201, new JsonObject().put(KIND, document(call, made)));
    }

    /** 0 for none said, as in Neutron. */
    private static int mtu(JsonObject wanted) {
        Integer mtu = wanted.getInteger("mtu");
        return mtu == null ? 0 : mtu;
    }

    private static void refuseExternal(JsonObject wanted) {
        // Clients send both as false; the second is said of external networks alone.
        for (String attribute : List.of("router:external", "is_default")) {
            if (Boolean.TRUE.equals(wanted.getBoolean(attribute))) {
                throw NeutronJson.invalid(attribute, true, "is not supported: there are no routers");
            }
        }
    }

    private Reply update(Call call) {
        UUID id = visible(call).id();
        JsonObject wanted = call.body().getJsonObject(KIND);
        refuseExternal(wanted);
        Network changed = networks.change(
                id,
                new Networks.NetworkChange(
                        wanted.getString("name"),
                        wanted.getString("description"),
                        wanted.getBoolean("shared"),
                        wanted.getBoolean("admin_state_up"),
                        mtu(wanted) == 0 ? null : mtu(wanted)));
        return Reply.ok(new JsonObject().put(KIND, document(call, changed)));
    }

    private Reply delete(Call call) {
        networks.deleteNetwork(visible(call).id());
        return Reply.empty(204);
    }

    private static JsonObject document(Call call, Network network) {
        JsonObject document = NeutronJson.document(
                        network.id(),
                        network.name(),
                        network.project(),
                        network.description(),
                        network.createdAt(),
                        network.updatedAt())
                .put("status", "ACTIVE")
                .put("admin_state_up", network.adminStateUp())
                .put("shared", network.shared())
                .put("router:external", false)
                .put("mtu", network.mtu())
                .put("subnets", NeutronJson.strings(network.subnets()))
                .put("availability_zone_hints", new JsonArray())
                .put("availability_zones", new JsonArray())
                .put("ipv4_address_scope", null)
                .put("ipv6_address_scope", null);
        if (call.caller().isAdmin()) {
            document.put("provider:network_type", "flat")
                    .put("provider:physical_network", network.physicalNetwork())
                    .put("provider:segmentation_id", null);
        }
        return document;
    }
}
