package io.holdfast.api.neutron;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.network.Cidr;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.Network;
import io.holdfast.network.Networks;
import io.holdfast.network.Range;
import io.holdfast.network.Subnet;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Subnets. Seen by whoever sees their network.
 *
 * <p>Neutron's clients ask for DHCP unless they are told not to. There is none here, and the answer says so:
 * {@code enable_dhcp} is false whatever was asked.
 */
final class SubnetsProxy {

    private static final String KIND = "subnet";

    private final Networks networks;

    SubnetsProxy(Networks networks) {
        this.networks = networks;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listSubnets", this::list);
        table.put("createSubnet", this::create);
        table.put("showSubnet", call -> Listing.one(call, KIND, document(visible(call))));
        table.put("updateSubnet", this::update);
        table.put("deleteSubnet", this::delete);
        return table;
    }

    private Subnet visible(Call call) {
        String id = call.path("subnet_id");
        return NeutronJson.id(id)
                .flatMap(networks::subnet)
                .filter(subnet -> networks.network(subnet.network())
                        .filter(network -> NetworksProxy.mayKnow(call.caller(), network))
                        .isPresent())
                .orElseThrow(() -> new ApiFault(404, "SubnetNotFound", "Subnet " + id + " could not be found."));
    }

    private Reply list(Call call) {
        Set<UUID> known = networks.networks().stream()
                .filter(network -> NetworksProxy.mayKnow(call.caller(), network))
                .map(Network::id)
                .collect(Collectors.toSet());
        return Listing.of(
                call,
                "subnets",
                networks.subnets().stream()
                        .filter(subnet -> known.contains(subnet.network()))
                        .map(SubnetsProxy::document)
                        .toList());
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject(KIND);
        Integer version = wanted.getInteger("ip_version");
        if (version != null && version != 4) {
            throw NeutronJson.invalid("ip_version", version, "is not supported: addresses are IPv4");
        }
        refuseRoutes(wanted);
        String text = wanted.getString("cidr");
        Cidr cidr = Cidr.parse(text)
                .orElseThrow(() -> NeutronJson.invalid(
                        "cidr", text, "is not a valid IPv4 subnet of /8 to /30 without bits behind its prefix"));
        String network = wanted.getString("network_id");
        Network on = NetworksProxy.visible(networks, call.caller(), network)
                .orElseThrow(() -> NetworksProxy.notFound(network));
        JsonArray pools = wanted.getJsonArray("allocation_pools");
        JsonArray dns = wanted.getJsonArray("dns_nameservers");
        Gateway gateway = gateway(wanted);
        Subnet made = networks.create(new Networks.NewSubnet(
                on.id(),
                NeutronJson.text(wanted, "name"),
                on.project(),
                NeutronJson.text(wanted, "description"),
                cidr,
                gateway == null ? new Gateway.First() : gateway,
                pools == null || pools.isEmpty() ? null : pools(pools),
                dns == null ? List.of() : NeutronJson.addresses("dns_nameservers", dns)));
        return Reply.of(201, new JsonObject().put(KIND, document(made)));
    }

    private Reply update(Call call) {
        UUID id = visible(call).id();
        JsonObject wanted = call.body().getJsonObject(KIND);
        refuseRoutes(wanted);
        JsonArray pools = wanted.getJsonArray("allocation_pools");
        JsonArray dns = wanted.getJsonArray("dns_nameservers");
        Subnet changed = networks.change(
                id,
                new Networks.SubnetChange(
                        wanted.getString("name"),
                        wanted.getString("description"),
                        gateway(wanted),
                        pools == null ? null : pools(pools),
                        dns == null ? null : NeutronJson.addresses("dns_nameservers", dns)));
        return Reply.ok(new JsonObject().put(KIND, document(changed)));
    }

    private Reply delete(Call call) {
        networks.deleteSubnet(visible(call).id());
        return Reply.empty(204);
    }

    /** Nothing said and {@code null} are two wishes. */
    private static @Nullable Gateway gateway(JsonObject wanted) {
        if (!wanted.containsKey("gateway_ip")) {
            return null;
        }
        String text = wanted.getString("gateway_ip");
        return text == null ? new Gateway.None() : new Gateway.At(NeutronJson.address("gateway_ip", text));
    }

    private static void refuseRoutes(JsonObject wanted) {
        JsonArray routes = wanted.getJsonArray("host_routes");
        if (routes != null && !routes.isEmpty()) {
            throw NeutronJson.invalid("host_routes", routes.encode(), "is not supported: nobody tells guests routes");
        }
    }

    private static List<Range> pools(JsonArray pools) {
        return pools.stream()
                .map(JsonObject.class::cast)
                .map(pool -> {
                    Ipv4 start = NeutronJson.address("allocation_pools", pool.getString("start"));
                    Ipv4 end = NeutronJson.address("allocation_pools", pool.getString("end"));
                    if (start.compareTo(end) > 0) {
                        throw NeutronJson.invalid("allocation_pools", start + "-" + end, "begins after its end");
                    }
                    return new Range(start, end);
                })
                .toList();
    }

    private static JsonObject document(Subnet subnet) {
        JsonArray pools = new JsonArray();
        subnet.pools()
                .forEach(pool -> pools.add(new JsonObject()
                        .put("start", pool.first().toString())
                        .put("end", pool.last().toString())));
        return NeutronJson.document(
                        subnet.id(),
                        subnet.name(),
                        subnet.project(),
                        subnet.description(),
                        subnet.createdAt(),
                        subnet.updatedAt())
                .put("network_id", subnet.network().toString())
                .put("ip_version", 4)
                .put("cidr", subnet.cidr().toString())
                .put(
                        "gateway_ip",
                        subnet.gateway() == null ? null : subnet.gateway().toString())
                .put("allocation_pools", pools)
                .put("dns_nameservers", NeutronJson.strings(subnet.dns()))
                .put("host_routes", new JsonArray())
                .put("enable_dhcp", false)
                .put("ipv6_ra_mode", null)
                .put("ipv6_address_mode", null)
                .put("subnetpool_id", null)
                .put("service_types", new JsonArray());
    }
}
