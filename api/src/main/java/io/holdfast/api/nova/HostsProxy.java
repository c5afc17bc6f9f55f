package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.words.Words;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Hosts as Nova shows them twice: as the service that runs on them, and as the hypervisor.
 *
 * <p>Whether a service is {@code up} is the matter of {@link ServiceState}.
 *
 * <p>Force-down in Nova's form says nothing about fencing, so it is taken as a word that condemns, not as a proof: the
 * host is still fenced before anything starts elsewhere.
 */
final class HostsProxy {

    static final String BINARY = "nova-compute";

    private static final int LAST_BY_NAME = 52;
    private static final int LAST_WITH_STATISTICS = 87;

    private final Hosts hosts;
    private final Instances instances;
    private final Recovery recovery;
    private final Words words;
    private final ServiceState states;

    HostsProxy(Hosts hosts, Instances instances, Recovery recovery, Words words, ServiceState states) {
        this.hosts = hosts;
        this.instances = instances;
        this.recovery = recovery;
        this.words = words;
        this.states = states;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listServices", this::services);
        table.put("forceDownService", this::forceDown);
        table.put("enableService", this::enable);
        table.put("disableService", call -> disable(call, ""));
        table.put("disableServiceWithReason", call -> disable(call, call.body().getString("disabled_reason")));
        table.put("updateService", this::update);
        table.put("listHypervisors", call -> hypervisors(call, false));
        table.put("listHypervisorsDetail", call -> hypervisors(call, true));
        table.put("showHypervisor", this::hypervisor);
        table.put("hypervisorStatistics", this::statistics);
        table.put("searchHypervisors", call -> matching(call, false));
        table.put("hypervisorServers", call -> matching(call, true));
        return table;
    }

    private Reply services(Call call) {
        String host = call.query("host");
        String binary = call.query("binary");
        JsonArray services = new JsonArray();
        hosts.list().stream()
                .filter(one ->
                        (host == null || one.id().value().equals(host)) && (binary == null || binary.equals(BINARY)))
                .forEach(one -> services.add(service(call, one)));
        return Reply.ok(new JsonObject().put("services", services));
    }

    private Reply forceDown(Call call) {
        call.version().requireBetween(11, 52);
        ComputeHost host = named(call);
        Boolean wanted = call.body().getBoolean("forced_down");
        if (wanted == null) {
            throw ApiFault.badRequest("Missing forced_down field");
        }
        force(call, host, wanted);
        return serviceReply(host, new JsonObject().put("forced_down", wanted));
    }

    private Reply enable(Call call) {
        call.version().requireBetween(1, 52);
        ComputeHost host = hosts.enable(named(call).id(), call.caller().actor());
        return serviceReply(host, new JsonObject().put("status", status(host)));
    }

    private Reply disable(Call call, String reason) {
        call.version().requireBetween(1, 52);
        ComputeHost host = hosts.disable(named(call).id(), call.caller().actor(), reason);
        JsonObject fields = new JsonObject().put("status", status(host));
        if (!reason.isEmpty()) {
            fields.put("disabled_reason", reason);
        }
        return serviceReply(host, fields);
    }

    private Reply update(Call call) {
        call.version().requireBetween(53, Integer.MAX_VALUE);
        ComputeHost host = byUuid(call.path("service_id"))
                .orElseThrow(() -> ApiFault.notFound("Service " + call.path("service_id") + " could not be found."));
        JsonObject wanted = call.body();
        String status = wanted.getString("status");
        String reason = wanted.getString("disabled_reason");
        Boolean forcedDown = wanted.getBoolean("forced_down");
        if (reason != null && !"disabled".equals(status)) {
            throw ApiFault.badRequest("Specifying disabled_reason requires that status is disabled.");
        }
        if (status == null && forcedDown == null) {
            throw ApiFault.badRequest(
                    "No updates were requested. Fields 'status' or 'forced_down' should be specified.");
        }
        // What may take long or be refused comes first; the word about the host comes last and stands.
        if ("enabled".equals(status)) {
            host = hosts.enable(host.id(), call.caller().actor());
        } else if (status != null) {
            host = hosts.disable(host.id(), call.caller().actor(), reason == null ? "" : reason);
        }
        if (forcedDown != null) {
            force(call, host, forcedDown);
        }
        ComputeHost now = hosts.find(host.id()).orElse(host);
        return Reply.ok(new JsonObject().put("service", service(call, now)));
    }

    private void force(Call call, ComputeHost host, boolean down) {
        if (down) {
            if (words.down(call.caller(), host.id(), false, "forced down through the Compute API")
                    instanceof Words.Said.NotActed(String why)) {
                throw ApiFault.conflict("Host " + host.id() + " is not forced down: " + why);
            }
        } else {
            recovery.clearForceDown(host.id(), call.caller().actor());
        }
    }

    private Reply hypervisors(Call call, boolean detail) {
        String pattern = call.query("hypervisor_hostname_pattern");
        List<ComputeHost> found = hosts.list().stream()
                .filter(host -> pattern == null || host.id().value().contains(pattern))
                .toList();
        if (pattern != null && found.isEmpty()) {
            throw ApiFault.notFound("No hypervisor matching '" + pattern + "' could be found.");
        }
        Links.Page<ComputeHost> page =
                Links.page(call, found, host -> host.uuid().toString());
        JsonArray hypervisors = new JsonArray();
        List<Instance> all = withServers(call) ? instances.list(null) : List.of();
        page.items().forEach(host -> hypervisors.add(hypervisor(call, host, detail, all)));
        String path = detail ? "/v2.1/os-hypervisors/detail" : "/v2.1/os-hypervisors";
        return Reply.ok(
                page.withNext(new JsonObject().put("hypervisors", hypervisors), call, path, "hypervisors_links"));
    }

    private Reply hypervisor(Call call) {
        ComputeHost host = find(call);
        List<Instance> all = withServers(call) ? instances.list(null) : List.of();
        return Reply.ok(new JsonObject().put("hypervisor", hypervisor(call, host, true, all)));
    }

    private ComputeHost find(Call call) {
        String id = call.path("hypervisor_id");
        return (call.version().atLeast(53)
                        ? byUuid(id)
                        : hosts.list().stream()
                                .filter(one ->
                                        String.valueOf(number(one.uuid())).equals(id))
                                .findFirst())
                .orElseThrow(() -> ApiFault.notFound("Compute host " + id + " could not be found."));
    }

    /** All hosts together. */
    private Reply statistics(Call call) {
        call.version().requireBetween(1, LAST_WITH_STATISTICS);
        List<ComputeHost> all = hosts.list();
        Resources capacity = Resources.NOTHING;
        Resources used = Resources.NOTHING;
        int running = 0;
        for (ComputeHost host : all) {
            capacity = capacity.plus(host.capacity());
            used = used.plus(host.used());
            running += host.instances();
        }
        return Reply.ok(new JsonObject()
                .put("hypervisor_statistics", amounts(capacity, used, running).put("count", all.size())));
    }

    /** By a part of the name, as it was asked before the list had a filter for it (up to 2.52). */
    private Reply matching(Call call, boolean servers) {
        call.version().requireBetween(1, LAST_BY_NAME);
        String part = call.path("hypervisor_id");
        List<ComputeHost> found = hosts.list().stream()
                .filter(host -> host.id().value().contains(part))
                .toList();
        if (found.isEmpty()) {
            throw ApiFault.notFound("No hypervisor matching '" + part + "' could be found.");
        }
        List<Instance> all = servers ? instances.list(null) : List.of();
        JsonArray hypervisors = new JsonArray();
        found.forEach(host -> {
            JsonObject view = hypervisor(call, host, false, List.of());
            JsonArray there = servers(host, all);
            hypervisors.add(there.isEmpty() ? view : view.put("servers", there));
        });
        return Reply.ok(new JsonObject().put("hypervisors", hypervisors));
    }

    private static JsonArray servers(ComputeHost host, List<Instance> all) {
        JsonArray servers = new JsonArray();
        all.stream()
                .filter(instance -> host.id().equals(instance.home()))
                .forEach(instance -> servers.add(new JsonObject()
                        .put("name", instance.name())
                        .put("uuid", instance.id().toString())));
        return servers;
    }

    private static JsonObject amounts(Resources capacity, Resources used, int running) {
        Resources free = capacity.minus(used);
        return new JsonObject()
                .put("vcpus", capacity.vcpus())
                .put("memory_mb", capacity.memoryMib())
                .put("local_gb", capacity.diskGib())
                .put("vcpus_used", used.vcpus())
                .put("memory_mb_used", used.memoryMib())
                .put("local_gb_used", used.diskGib())
                .put("free_ram_mb", free.memoryMib())
                .put("free_disk_gb", free.diskGib())
                .put("disk_available_least", free.diskGib())
                .put("current_workload", 0)
                .put("running_vms", running);
    }

    private JsonObject hypervisor(Call call, ComputeHost host, boolean detail, List<Instance> all) {
        boolean byUuid = call.version().atLeast(53);
        JsonObject view = new JsonObject()
                .put("id", byUuid ? (Object) host.uuid().toString() : number(host.uuid()))
                .put("hypervisor_hostname", host.id().value())
                .put("state", state(host))
                .put("status", status(host));
        if (withServers(call)) {
            JsonArray servers = servers(host, all);
            // As in Nova, a host without servers has no such field before 2.75.
            if (!servers.isEmpty() || call.version().atLeast(75)) {
                view.put("servers", servers);
            }
        }
        if (!detail) {
            return view;
        }
        view.put("hypervisor_type", "QEMU")
                .put("hypervisor_version", 0)
                .put("host_ip", host.address())
                .put(
                        "service",
                        new JsonObject()
                                .put("id", byUuid ? (Object) host.uuid().toString() : number(host.uuid()))
                                .put("host", host.id().value())
                                .put("disabled_reason", host.disabledReason()));
        if (call.version().atLeast(88)) {
            // Nova asks the host for this; we do not, and null is Nova's word for "not known".
            return view.put("uptime", null);
        }
        return view.mergeIn(amounts(host.capacity(), host.used(), host.instances()))
                .put("cpu_info", call.version().atLeast(28) ? (Object) new JsonObject() : "");
    }

    private JsonObject service(Call call, ComputeHost host) {
        JsonObject view = new JsonObject()
                .put("id", call.version().atLeast(53) ? (Object) host.uuid().toString() : number(host.uuid()))
                .put("binary", BINARY)
                .put("host", host.id().value())
                .put("zone", host.zone())
                .put("status", status(host))
                .put("state", state(host))
                .put(
                        "updated_at",
                        states.updatedAt(host)
                                .truncatedTo(ChronoUnit.SECONDS)
                                .toString()
                                .replace("Z", ".000000"))
                .put("disabled_reason", host.disabledReason());
        if (call.version().atLeast(11)) {
            view.put("forced_down", host.forcedDown());
        }
        return view;
    }

    private String state(ComputeHost host) {
        return states.isUp(host) ? "up" : "down";
    }

    private static String status(ComputeHost host) {
        return host.enabled() ? "enabled" : "disabled";
    }

    private ComputeHost named(Call call) {
        String name = call.body().getString("host");
        String binary = call.body().getString("binary");
        return Servers.id(name, HostId::of)
                .filter(host -> binary.equals(BINARY))
                .flatMap(hosts::find)
                .orElseThrow(() -> ApiFault.notFound("Could not find binary " + binary + " on host " + name + "."));
    }

    private Optional<ComputeHost> byUuid(String text) {
        return hosts.list().stream()
                .filter(host -> host.uuid().toString().equals(text))
                .findFirst();
    }

    private static boolean withServers(Call call) {
        return call.version().atLeast(53) && call.flag("with_servers");
    }

    private static Reply serviceReply(ComputeHost host, JsonObject fields) {
        JsonObject service = new JsonObject().put("host", host.id().value()).put("binary", BINARY);
        return Reply.ok(new JsonObject().put("service", service.mergeIn(fields)));
    }

    /** Before 2.53 ids are numbers; ours is made from the UUID, so that it stays the same. */
    private static int number(UUID uuid) {
        return Math.floorMod(uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits(), 2_147_483_646) + 1;
    }
}
