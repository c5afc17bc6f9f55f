package io.holdfast.api.nova;

import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Microversion;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.VmState;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance as Nova's clients know it.
 *
 * <p>Nova has one status where we have a goal, an actual state and a task. The table, first line that fits; the state of the
 * machine beside it is {@link VmState}:
 *
 * <pre>
 * goal or actual DELETED          DELETED
 * task evacuating, rebuilding     REBUILD
 * task migrating                  MIGRATING
 * task rebooting, rebooting_hard  REBOOT, HARD_REBOOT
 * else                            what the state of the machine says: ERROR, BUILD, ACTIVE, SHUTOFF, PAUSED, SUSPENDED
 * </pre>
 *
 * <p>What is UNKNOWN has power_state 0, and {@code host_status} tells an administrator that its host is down. Once the host is
 * proven off, what nobody moves is STOPPED.
 */
final class ServerView {

    private static final int POWER_NO_STATE = 0;
    private static final int POWER_RUNNING = 1;
    private static final int POWER_PAUSED = 3;
    private static final int POWER_SHUTDOWN = 4;

    private static final List<String> NOT_AFTER_CHANGE = List.of(
            "OS-EXT-AZ:availability_zone",
            "config_drive",
            "key_name",
            "OS-SRV-USG:launched_at",
            "OS-SRV-USG:terminated_at",
            "OS-EXT-STS:task_state",
            "OS-EXT-STS:vm_state",
            "OS-EXT-STS:power_state",
            "os-extended-volumes:volumes_attached",
            "OS-EXT-SRV-ATTR:host",
            "OS-EXT-SRV-ATTR:hypervisor_hostname",
            "OS-EXT-SRV-ATTR:instance_name",
            "OS-EXT-SRV-ATTR:reservation_id",
            "OS-EXT-SRV-ATTR:launch_index",
            "OS-EXT-SRV-ATTR:kernel_id",
            "OS-EXT-SRV-ATTR:ramdisk_id",
            "OS-EXT-SRV-ATTR:root_device_name",
            "OS-EXT-SRV-ATTR:user_data",
            "OS-EXT-SRV-ATTR:hostname",
            "host_status");

    private final Caller caller;
    private final Microversion version;
    private final String baseUrl;
    private final Map<FlavorId, Flavor> flavors;
    private final Map<HostId, String> hostStatus;
    private final Map<InstanceId, String> userData;

    /**
     * @param flavors for the flavors that are embedded from 2.47 on; one that is gone shows no name and extra specs
     * @param userData of those that have any
     * @param hostStatus of each host, as {@link ServiceState#hostStatus} has it
     */
    ServerView(
            Caller caller,
            Microversion version,
            String baseUrl,
            Map<FlavorId, Flavor> flavors,
            Map<HostId, String> hostStatus,
            Map<InstanceId, String> userData) {
        this.caller = caller;
        this.version = version;
        this.baseUrl = baseUrl;
        this.flavors = flavors;
        this.hostStatus = hostStatus;
        this.userData = userData;
    }

    static String status(Instance instance) {
        if (instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            return "DELETED";
        }
        if ("evacuating".equals(instance.task())) {
            return "REBUILD";
        }
        if (Withdrawals.MIGRATING.equals(instance.task())) {
            return "MIGRATING";
        }
        if (Instances.REBOOTING.equals(instance.task())) {
            return "REBOOT";
        }
        if (Instances.REBOOTING_HARD.equals(instance.task())) {
            return "HARD_REBOOT";
        }
        if (Instances.REBUILDING.equals(instance.task())) {
            return "REBUILD";
        }
        return switch (VmState.of(instance)) {
            case ERROR -> "ERROR";
            case BUILDING -> "BUILD";
            case ACTIVE -> "ACTIVE";
            case STOPPED -> "SHUTOFF";
            case PAUSED -> "PAUSED";
            case SUSPENDED -> "SUSPENDED";
            case DELETED -> "DELETED";
        };
    }

    static int powerState(Instance instance) {
        return switch (instance.actual()) {
            case RUNNING -> POWER_RUNNING;
            case PAUSED -> POWER_PAUSED;
            case STOPPED, FAILED, SUSPENDED -> POWER_SHUTDOWN;
            case BUILDING, UNKNOWN, DELETED -> POWER_NO_STATE;
        };
    }

    JsonObject brief(Instance instance) {
        return new JsonObject()
                .put("id", instance.id().toString())
                .put("name", instance.name())
                .put("links", Links.of(baseUrl, "servers", instance.id().toString()));
    }

    JsonObject full(Instance instance) {
        String status = status(instance);
        JsonObject server = new JsonObject()
                .put("id", instance.id().toString())
                .put("name", instance.name())
                .put("status", status)
                .put("tenant_id", instance.project().value())
                .put("user_id", instance.user())
                .put("metadata", strings(instance.metadata()))
                .put("hostId", hostId(instance))
                .put(
                        "image",
                        new JsonObject()
                                .put("id", instance.image().toString())
                                .put(
                                        "links",
                                        Links.bookmark(
                                                baseUrl,
                                                "images",
                                                instance.image().toString())))
                .put("flavor", flavor(instance))
                .put("created", time(instance.createdAt()))
                .put("updated", time(instance.updatedAt()))
                .put("addresses", new JsonObject())
                .put("accessIPv4", "")
                .put("accessIPv6", "")
                .put("links", Links.of(baseUrl, "servers", instance.id().toString()))
                .put("OS-DCF:diskConfig", "MANUAL");
        if (!status.equals("ERROR") && !status.equals("DELETED")) {
            server.put("progress", 0);
        }
        server.put("OS-EXT-AZ:availability_zone", instance.zone() == null ? "" : instance.zone())
                .put("config_drive", instance.particulars().configDrive() ? "True" : "")
                .put("key_name", instance.particulars().keyName())
                .put("OS-SRV-USG:launched_at", moment(instance.launchedAt()))
                .put("OS-SRV-USG:terminated_at", moment(terminatedAt(instance)))
                .put("OS-EXT-STS:task_state", instance.task())
                .put("OS-EXT-STS:vm_state", VmState.of(instance).word())
                .put("OS-EXT-STS:power_state", powerState(instance))
                .put("os-extended-volumes:volumes_attached", new JsonArray());
        String fault = instance.fault();
        if (status.equals("ERROR")) {
            server.put(
                    "fault",
                    new JsonObject()
                            .put("code", 500)
                            .put("created", time(instance.updatedAt()))
                            .put("message", fault == null ? "The instance could not be started." : fault));
        }
        if (caller.isAdmin()) {
            String home = instance.home() == null ? null : instance.home().value();
            server.put("OS-EXT-SRV-ATTR:host", home)
                    .put("OS-EXT-SRV-ATTR:hypervisor_hostname", home)
                    .put("OS-EXT-SRV-ATTR:instance_name", "instance-" + instance.id());
            if (version.atLeast(3)) {
                server.put(
                                "OS-EXT-SRV-ATTR:reservation_id",
                                instance.particulars().reservation())
                        .put(
                                "OS-EXT-SRV-ATTR:launch_index",
                                instance.particulars().launchIndex())
                        .put("OS-EXT-SRV-ATTR:kernel_id", "")
                        .put("OS-EXT-SRV-ATTR:ramdisk_id", "")
                        .put("OS-EXT-SRV-ATTR:root_device_name", "/dev/vda")
                        .put("OS-EXT-SRV-ATTR:user_data", userData.get(instance.id()));
            }
            if (version.atLeast(16)) {
                server.put(
                        "host_status",
                        instance.home() == null ? "" : hostStatus.getOrDefault(instance.home(), "UNKNOWN"));
            }
        }
        if (version.atLeast(90) || (caller.isAdmin() && version.atLeast(3))) {
            server.put("OS-EXT-SRV-ATTR:hostname", instance.hostname());
        }
        Particulars.Lock lock = instance.particulars().lock();
        since(9, server, "locked", lock != null);
        since(19, server, "description", instance.particulars().description());
        since(26, server, "tags", new JsonArray(instance.tags()));
        since(63, server, "trusted_image_certificates", null);
        since(73, server, "locked_reason", lock == null ? null : lock.reason());
        since(96, server, "pinned_availability_zone", instance.zone());
        return server;
    }

    /** After a change, up to 2.74: without what is not the owner's to write, as in Nova. */
    JsonObject updated(Instance instance) {
        JsonObject server = full(instance);
        NOT_AFTER_CHANGE.forEach(server::remove);
        return server;
    }

    private void since(int minor, JsonObject server, String field, @Nullable Object value) {
        if (version.atLeast(minor)) {
            server.put(field, value);
        }
    }

    private JsonObject flavor(Instance instance) {
        if (!version.atLeast(47)) {
            return new JsonObject()
                    .put("id", instance.flavor().value())
                    .put(
                            "links",
                            Links.bookmark(baseUrl, "flavors", instance.flavor().value()));
        }
        Flavor known = flavors.get(instance.flavor());
        return new JsonObject()
                .put("vcpus", instance.resources().vcpus())
                .put("ram", instance.resources().memoryMib())
                .put("disk", instance.resources().diskGib())
                .put("ephemeral", 0)
                .put("swap", 0)
                .put("original_name", known == null ? instance.flavor().value() : known.name())
                .put("extra_specs", known == null ? new JsonObject() : strings(known.extraSpecs()));
    }

    private static String hostId(Instance instance) {
        return instance.home() == null ? "" : instance.home().opaqueTo(instance.project());
    }

    static JsonObject strings(Map<String, String> map) {
        JsonObject object = new JsonObject();
        map.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> object.put(one.getKey(), one.getValue()));
        return object;
    }

    static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** When it was deleted for good, or null. That was its last change. */
    static @Nullable Instant terminatedAt(Instance instance) {
        return instance.actual() == ActualState.DELETED ? instance.updatedAt() : null;
    }

    /** Nova writes these without a zone, and with microseconds. */
    static @Nullable String moment(@Nullable Instant at) {
        return at == null ? null : at.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", ".000000");
    }
}
