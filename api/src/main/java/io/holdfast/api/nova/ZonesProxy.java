package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Aggregates;
import io.holdfast.compute.Aggregates.Aggregate;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Host aggregates, and the availability zones that hosts have of them or of themselves, in Nova's form. */
final class ZonesProxy {

    private static final int WITH_UUID = 41;

    private final Hosts hosts;
    private final Aggregates aggregates;
    private final ServiceState states;

    ZonesProxy(Hosts hosts, Aggregates aggregates, ServiceState states) {
        this.hosts = hosts;
        this.aggregates = aggregates;
        this.states = states;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listAvailabilityZones", call -> zones(false));
        table.put("listAvailabilityZonesDetail", call -> zones(true));
        table.put("listAggregates", this::list);
        table.put("createAggregate", this::create);
        table.put("showAggregate", call -> reply(call, find(call)));
        table.put("updateAggregate", this::update);
        table.put("deleteAggregate", this::delete);
        table.put("aggregateAction", this::act);
        return table;
    }

    /** A zone is available while a host of it is in service. */
    private Reply zones(boolean detail) {
        Map<String, List<ComputeHost>> byZone = new TreeMap<>();
        hosts.list()
                .forEach(host -> byZone.computeIfAbsent(host.zone(), zone -> new java.util.ArrayList<>())
                        .add(host));
        JsonArray info = new JsonArray();
        byZone.forEach((zone, there) -> {
            JsonObject byHost = new JsonObject();
            there.forEach(host -> byHost.put(
                    host.id().value(),
                    new JsonObject()
                            .put(
                                    HostsProxy.BINARY,
                                    new JsonObject()
                                            .put("available", states.isUp(host))
                                            .put("active", host.enabled())
                                            .put("updated_at", ServerView.moment(states.updatedAt(host))))));
            info.add(new JsonObject()
                    .put("zoneName", zone)
                    .put(
                            "zoneState",
                            new JsonObject().put("available", there.stream().anyMatch(ComputeHost::enabled)))
                    .put("hosts", detail ? byHost : null));
        });
        return Reply.ok(new JsonObject().put("availabilityZoneInfo", info));
    }

    private Reply list(Call call) {
        JsonArray all = new JsonArray();
        aggregates.list().forEach(one -> all.add(view(call, one)));
        return Reply.ok(new JsonObject().put("aggregates", all));
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("aggregate");
        Aggregate made = aggregates.create(wanted.getString("name"), wanted.getString("availability_zone"));
        JsonObject view = view(call, made);
        // As in Nova, a new one is shown without what it cannot have yet.
        view.remove("hosts");
        view.remove("metadata");
        return Reply.ok(new JsonObject().put("aggregate", view));
    }

    private Reply update(Call call) {
        JsonObject wanted = call.body().getJsonObject("aggregate");
        Aggregate aggregate = find(call);
        String name = wanted.getString("name");
        if (name != null) {
            aggregate = aggregates.rename(aggregate.id(), name);
        }
        if (wanted.containsKey("availability_zone")) {
            Map<String, @Nullable String> change = new LinkedHashMap<>();
            change.put(Aggregates.ZONE, wanted.getString("availability_zone"));
            aggregate = aggregates.changeMetadata(aggregate.id(), change);
        }
        return reply(call, aggregate);
    }

    private Reply delete(Call call) {
        aggregates.delete(find(call).id());
        return Reply.empty(200);
    }

    private Reply act(Call call) {
        int id = find(call).id();
        JsonObject body = call.body();
        if (body.containsKey("add_host")) {
            HostId host = host(body.getJsonObject("add_host"));
            return reply(call, member(() -> aggregates.add(id, host)));
        }
        if (body.containsKey("remove_host")) {
            HostId host = host(body.getJsonObject("remove_host"));
            return reply(call, member(() -> aggregates.remove(id, host)));
        }
        Map<String, @Nullable String> changes = new LinkedHashMap<>();
        body.getJsonObject("set_metadata")
                .getJsonObject("metadata")
                .forEach(one ->
                        changes.put(one.getKey(), one.getValue() == null ? null : String.valueOf(one.getValue())));
        return reply(call, aggregates.changeMetadata(id, changes));
    }

    /** What an aggregate must not become is a 400 in Nova, but a 409 where a host is put in or taken out. */
    private static Aggregate member(Supplier<Aggregate> change) {
        try {
            return change.get();
        } catch (ComputeException e) {
            if (e.kind() == ComputeException.Kind.INVALID) {
                throw ApiFault.conflict(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    private static HostId host(JsonObject named) {
        String name = named.getString("host");
        return Servers.id(name, HostId::of)
                .orElseThrow(() -> ApiFault.notFound("Compute host " + name + " could not be found."));
    }

    private Aggregate find(Call call) {
        String id = call.path("aggregate_id");
        return Servers.id(id, Integer::valueOf)
                .flatMap(aggregates::find)
                .orElseThrow(() -> ApiFault.notFound("Aggregate " + id + " could not be found."));
    }

    private static Reply reply(Call call, Aggregate aggregate) {
        return Reply.ok(new JsonObject().put("aggregate", view(call, aggregate)));
    }

    private static JsonObject view(Call call, Aggregate one) {
        JsonArray members = new JsonArray();
        one.hosts().forEach(host -> members.add(host.value()));
        JsonObject view = new JsonObject()
                .put("id", one.id())
                .put("name", one.name())
                .put("availability_zone", one.zone())
                .put("hosts", members)
                .put("metadata", ServerView.strings(one.metadata()))
                .put("created_at", ServerView.moment(one.createdAt()))
                .put("updated_at", ServerView.moment(one.updatedAt()))
                .put("deleted", false)
                .put("deleted_at", null);
        return call.version().atLeast(WITH_UUID) ? view.put("uuid", one.uuid().toString()) : view;
    }
}
