package io.holdfast.server.controller;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.network.Network;
import io.holdfast.network.Port;
import io.holdfast.notifications.NovaViews;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Instances and services as the store has them, in the fields of Nova's notifications. What has no meaning here is null. */
final class StoredNovaViews implements NovaViews {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private final Function<InstanceId, Optional<Instance>> instances;
    private final Function<HostId, Optional<ComputeHost>> hosts;
    private final Function<FlavorId, Optional<Flavor>> flavors;
    private final Function<InstanceId, List<Port>> ports;
    private final Function<UUID, Optional<Network>> networks;

    StoredNovaViews(
            Function<InstanceId, Optional<Instance>> instances,
            Function<HostId, Optional<ComputeHost>> hosts,
            Function<FlavorId, Optional<Flavor>> flavors,
            Function<InstanceId, List<Port>> ports,
            Function<UUID, Optional<Network>> networks) {
        this.instances = instances;
        this.hosts = hosts;
        this.flavors = flavors;
        this.ports = ports;
        this.networks = networks;
    }

    @Override
    public Optional<Map<String, Object>> instance(UUID instance) {
        return instances.apply(InstanceId.of(instance)).map(this::payload);
    }

    @Override
    public Optional<Map<String, Object>> service(String host) {
        return hosts.apply(HostId.of(host)).map(StoredNovaViews::payload);
    }

    private Map<String, Object> payload(Instance from) {
        String home = from.home() == null ? null : from.home().value();
        Particulars said = from.particulars();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("uuid", from.id().toString());
        data.put("user_id", from.user());
        data.put("tenant_id", from.project().value());
        data.put("reservation_id", said.reservation());
        data.put("display_name", from.name());
        data.put("display_description", said.description());
        data.put("host_name", said.hostname() == null ? from.name() : said.hostname());
        data.put("host", home);
        data.put("node", home);
        data.put("os_type", null);
        data.put("architecture", null);
        data.put("availability_zone", from.zone());
        data.put("flavor", flavor(from));
        data.put("image_uuid", from.image().toString());
        data.put("key_name", said.keyName());
        data.put("kernel_id", "");
        data.put("ramdisk_id", "");
        data.put("created_at", TIME.format(from.createdAt()));
        data.put("launched_at", from.launchedAt() == null ? null : TIME.format(from.launchedAt()));
        data.put("terminated_at", null);
        data.put("deleted_at", null);
        data.put("updated_at", TIME.format(from.updatedAt()));
        data.put("state", VmState.of(from).word());
        data.put("power_state", power(from.actual()));
        data.put("task_state", from.task());
        data.put("progress", 0);
        data.put("ip_addresses", addresses(from));
        data.put("block_devices", null);
        data.put("metadata", from.metadata());
        data.put("locked", said.lock() != null);
        data.put("locked_reason", said.lock() == null ? null : said.lock().reason());
        data.put("auto_disk_config", "MANUAL");
        data.put("request_id", null);
        data.put("action_initiator_user", null);
        data.put("action_initiator_project", null);
        data.put("tags", new ArrayList<>(from.tags()));
        return data;
    }

    private List<Map<String, Object>> addresses(Instance from) {
        if (from.nics().isEmpty()) {
            return List.of();
        }
        List<Map<String, Object>> all = new ArrayList<>();
        for (Port port : ports.apply(from.id())) {
            String label = networks.apply(port.network())
                    .map(Network::name)
                    .orElse(port.network().toString());
            for (Port.Fixed fixed : port.addresses()) {
                Map<String, Object> data = new LinkedHashMap<>();
                data.put("label", label);
                data.put("mac", port.mac());
                data.put("meta", Map.of());
                data.put("port_uuid", port.id().toString());
                data.put("version", 4);
                data.put("address", fixed.address().toString());
                data.put("device_name", null);
                all.add(object("IpPayload", "1.0", data));
            }
        }
        return all;
    }

    private Map<String, Object> flavor(Instance from) {
        Optional<Flavor> known = flavors.apply(from.flavor());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("flavorid", from.flavor().value());
        data.put("name", known.map(Flavor::name).orElse(from.flavor().value()));
        data.put("vcpus", from.resources().vcpus());
        data.put("memory_mb", from.resources().memoryMib());
        data.put("root_gb", from.resources().diskGib());
        data.put("ephemeral_gb", 0);
        data.put("swap", 0);
        data.put("rxtx_factor", 1.0);
        data.put("vcpu_weight", 0);
        data.put("disabled", false);
        data.put("is_public", known.map(Flavor::isPublic).orElse(false));
        data.put("extra_specs", known.map(Flavor::extraSpecs).orElse(Map.of()));
        data.put("projects", null);
        data.put("description", known.isPresent() ? known.get().description() : null);
        return object("FlavorPayload", "1.4", data);
    }

    private static Map<String, Object> payload(ComputeHost from) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("uuid", from.uuid().toString());
        data.put("host", from.id().value());
        data.put("binary", "nova-compute");
        data.put("topic", "compute");
        data.put("report_count", 0);
        data.put("disabled", !from.enabled());
        data.put("disabled_reason", from.disabledReason());
        data.put("availability_zone", from.zone());
        data.put("last_seen_up", time(from.lastSeenAt()));
        data.put("forced_down", from.forcedDown());
        data.put("version", 0);
        return data;
    }

    private static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : TIME.format(at);
    }

    private static String power(ActualState actual) {
        return switch (actual) {
            case RUNNING -> "running";
            case PAUSED -> "paused";
            case STOPPED, FAILED, SUSPENDED -> "shutdown";
            case BUILDING, UNKNOWN, DELETED -> "pending";
        };
    }

    private static Map<String, Object> object(String name, String version, Map<String, Object> data) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("nova_object.name", name);
        object.put("nova_object.namespace", "nova");
        object.put("nova_object.version", version);
        object.put("nova_object.data", data);
        return object;
    }
}
