package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.NetworkFaults;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.NetworkWish;
import io.holdfast.model.InstanceId;
import io.holdfast.network.Network;
import io.holdfast.network.NetworkException;
import io.holdfast.network.Port;
import io.holdfast.network.SecurityGroup;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which networks servers are on, by Nova's names for it: asked for, and shown. */
public final class ServerNetworks {

    /** A deployment without networks. */
    public static final ServerNetworks NONE = new ServerNetworks(ids -> Map.of(), List::of, id -> Optional.empty());

    private static final int CARDS_MAX = 16;

    private final Function<Collection<InstanceId>, Map<InstanceId, List<Port>>> ports;
    private final Supplier<List<Network>> networks;
    private final Function<UUID, Optional<SecurityGroup>> groups;

    public ServerNetworks(
            Function<Collection<InstanceId>, Map<InstanceId, List<Port>>> ports,
            Supplier<List<Network>> networks,
            Function<UUID, Optional<SecurityGroup>> groups) {
        this.ports = ports;
        this.networks = networks;
        this.groups = groups;
    }

    public Map<String, Operation> operations(Instances instances) {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listServerIps", call -> ips(mine(call, instances)));
        table.put("showServerIps", call -> ipsOn(call, mine(call, instances)));
        table.put("listServerInterfaces", call -> interfaces(call, mine(call, instances)));
        table.put("showServerInterface", call -> oneInterface(call, mine(call, instances)));
        return table;
    }

    /**
     * What a request for new servers says of networks: a list, from 2.37 on also {@code auto} or {@code none}. From then on
     * Nova will not guess: who says nothing is refused.
     *
     * @param count how many at most; a port, and an address, is for one alone
     */
    static NetworkWish wish(Call call, int count) {
        JsonObject server = call.body().getJsonObject("server");
        List<String> words = groups(server.getJsonArray("security_groups"));
        Object networks = server.getValue("networks");
        return switch (networks) {
            case null -> unsaid(call, words);
            case String word
            when !call.version().atLeast(37) ->
                throw CreateRequest.refused("networks", "must be a list before version 2.37, is '" + word + "'");
            case String word when word.equals("none") -> new NetworkWish.None();
            case String word when word.equals("auto") -> new NetworkWish.Only(true, words);
            case JsonArray list when list.isEmpty() -> new NetworkWish.Only(false, words);
            case JsonArray list
            when list.size() > CARDS_MAX ->
                throw CreateRequest.refused("networks", "must have at most " + CARDS_MAX + " elements");
            case JsonArray list ->
                new NetworkWish.These(list.stream().map(one -> card(one, count)).toList(), words);
            default -> throw CreateRequest.refused("networks", "must be none, auto or a list, is '" + networks + "'");
        };
    }

    private static NetworkWish unsaid(Call call, List<String> words) {
        if (call.version().atLeast(37)) {
            throw ApiFault.badRequest("Invalid input for field/attribute server. 'networks' is a required property");
        }
        return new NetworkWish.Only(false, words);
    }

    private static List<String> groups(@Nullable JsonArray list) {
        List<String> words = new ArrayList<>();
        if (list != null) {
            for (Object one : list) {
                if (!(one instanceof JsonObject group) || !(group.getValue("name") instanceof String name)) {
                    throw CreateRequest.refused("security_groups", "must be a list of objects with a name");
                }
                words.add(name);
            }
        }
        return words;
    }

    private static NetworkWish.Card card(Object element, int count) {
        if (!(element instanceof JsonObject wanted)) {
            throw CreateRequest.refused("networks", "must be a list of objects");
        }
        for (String field : wanted.fieldNames()) {
            if (!List.of("uuid", "port", "fixed_ip").contains(field)) {
                throw CreateRequest.refused("networks", "takes uuid, port and fixed_ip; '" + field + "' is not known");
            }
        }
        String network = text(wanted, "uuid");
        String port = text(wanted, "port");
        String address = text(wanted, "fixed_ip");
        if (port != null) {
            if (address != null) {
                throw ApiFault.badRequest("Specified Fixed IP '" + address + "' cannot be used with port '" + port
                        + "': the two cannot be specified together.");
            }
            if (count > 1) {
                throw ApiFault.badRequest("Unable to launch multiple instances with a single configured port ID."
                        + " Please launch your instance one by one with different ports.");
            }
            return new NetworkWish.Card.OfPort(id(port));
        }
        if (network == null) {
            throw CreateRequest.refused("networks", "needs a uuid or a port in each element");
        }
        if (address != null && count > 1) {
            throw ApiFault.badRequest(
                    "Failed to launch instances: max_count cannot be greater than 1 if an fixed_ip is" + " specified.");
        }
        return new NetworkWish.Card.OfNetwork(id(network), address);
    }

    private static @Nullable String text(JsonObject wanted, String field) {
        Object value = wanted.getValue(field);
        if (value != null && !(value instanceof String)) {
            throw CreateRequest.refused("networks", "must have a text as " + field);
        }
        return (String) value;
    }

    private static UUID id(String text) {
        return Servers.id(text, UUID::fromString)
                .orElseThrow(() -> ApiFault.badRequest(
                        "Bad networks format: network uuid is not in proper format (" + text + ")"));
    }

    /** Runs a creation, and has what the network refuses told in Nova's codes. */
    static Instance create(Supplier<Instance> creation) {
        try {
            return creation.get();
        } catch (NetworkException e) {
            throw NetworkFaults.ofServer(e);
        }
    }

    /** The ports of these servers; asked for once for a whole page. */
    Map<InstanceId, List<Port>> portsOf(List<Instance> servers) {
        List<InstanceId> with = servers.stream()
                .filter(server -> !server.nics().isEmpty())
                .map(Instance::id)
                .toList();
        return with.isEmpty() ? Map.of() : ports.apply(with);
    }

    /** Those that have such an address; all when {@code address} is null. */
    List<Instance> with(@Nullable Predicate<String> address, List<Instance> servers) {
        if (address == null) {
            return servers;
        }
        Map<InstanceId, List<Port>> found = portsOf(servers);
        return servers.stream()
                .filter(server -> found.getOrDefault(server.id(), List.of()).stream()
                        .flatMap(port -> port.addresses().stream())
                        .anyMatch(fixed -> address.test(fixed.address().toString())))
                .toList();
    }

    /** Adds to each server of a page what it is on. */
    void show(List<Instance> servers, List<JsonObject> documents) {
        Map<InstanceId, List<Port>> found = portsOf(servers);
        if (found.isEmpty()) {
            return;
        }
        Map<UUID, String> names = names();
        Map<UUID, String> groupNames = new LinkedHashMap<>();
        for (int i = 0; i < servers.size(); i++) {
            List<Port> own = found.get(servers.get(i).id());
            if (own != null) {
                documents.get(i).put("addresses", addresses(own, names, true));
                documents.get(i).put("security_groups", groups(own, groupNames));
            }
        }
    }

    private Map<UUID, String> names() {
        return networks.get().stream().collect(Collectors.toMap(Network::id, Network::name));
    }

    /** @param known filled on the way, so that a group that many have is looked up once */
    private JsonArray groups(List<Port> own, Map<UUID, String> known) {
        JsonArray list = new JsonArray();
        own.stream()
                .flatMap(port -> port.groups().stream())
                .distinct()
                .map(id -> known.computeIfAbsent(
                        id, one -> groups.apply(one).map(SecurityGroup::name).orElse(one.toString())))
                .sorted()
                .forEach(name -> list.add(new JsonObject().put("name", name)));
        return list;
    }

    private static JsonObject addresses(List<Port> own, Map<UUID, String> names, boolean full) {
        JsonObject addresses = new JsonObject();
        for (Port port : own) {
            String name = names.getOrDefault(port.network(), port.network().toString());
            for (Port.Fixed fixed : port.addresses()) {
                JsonObject one = new JsonObject()
                        .put("version", 4)
                        .put("addr", fixed.address().toString());
                if (full) {
                    one.put("OS-EXT-IPS:type", "fixed").put("OS-EXT-IPS-MAC:mac_addr", port.mac());
                }
                if (!addresses.containsKey(name)) {
                    addresses.put(name, new JsonArray());
                }
                addresses.getJsonArray(name).add(one);
            }
        }
        return addresses;
    }

    private Reply ips(Instance server) {
        return Reply.ok(new JsonObject().put("addresses", addresses(own(server), names(), false)));
    }

    private Reply ipsOn(Call call, Instance server) {
        String label = call.path("network_label");
        JsonArray list = addresses(own(server), names(), false).getJsonArray(label);
        if (list == null) {
            throw ApiFault.notFound("Network name not found");
        }
        return Reply.ok(new JsonObject().put(label, list));
    }

    private Reply interfaces(Call call, Instance server) {
        JsonArray list = new JsonArray();
        own(server).forEach(port -> list.add(attachment(call, server, port)));
        return Reply.ok(new JsonObject().put("interfaceAttachments", list));
    }

    private Reply oneInterface(Call call, Instance server) {
        String id = call.path("port_id");
        return own(server).stream()
                .filter(port -> port.id().toString().equals(id))
                .findFirst()
                .map(port -> Reply.ok(new JsonObject().put("interfaceAttachment", attachment(call, server, port))))
                .orElseThrow(() -> ApiFault.notFound("Port id " + id + " could not be found."));
    }

    private static JsonObject attachment(Call call, Instance server, Port port) {
        JsonArray fixed = new JsonArray();
        port.addresses()
                .forEach(one -> fixed.add(new JsonObject()
                        .put("subnet_id", one.subnet().toString())
                        .put("ip_address", one.address().toString())));
        boolean active = ServerView.status(server).equals("ACTIVE")
                && server.nics().stream().anyMatch(nic -> nic.port().equals(port.id()) && nic.bridge() != null);
        JsonObject attachment = new JsonObject()
                .put("port_id", port.id().toString())
                .put("net_id", port.network().toString())
                .put("mac_addr", port.mac())
                .put("port_state", active ? "ACTIVE" : "DOWN")
                .put("fixed_ips", fixed);
        if (call.version().atLeast(70)) {
            attachment.put("tag", null);
        }
        return attachment;
    }

    private List<Port> own(Instance server) {
        return portsOf(List.of(server)).getOrDefault(server.id(), List.of());
    }

    private static Instance mine(Call call, Instances instances) {
        String text = call.path("server_id");
        return Servers.id(text, InstanceId::parse)
                .flatMap(instances::find)
                .filter(instance ->
                        call.caller().mayKnow(instance.project()) && instance.goal() != InstanceGoal.DELETED)
                .orElseThrow(() -> ApiFault.notFound("Instance " + text + " could not be found."));
    }
}
