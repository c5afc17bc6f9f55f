package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.ServerGroups;
import io.holdfast.model.HostId;
import io.holdfast.model.ServerGroupId;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a request for a new server may say beyond name, flavor and image.
 *
 * <p>Nova has words for what instances here have not. A client that sends one and gets a server without it would be
 * deceived, so each is refused by its name; a value that asks for nothing ({@code null}, {@code false}, an empty text or
 * list) is let pass.
 */
final class CreateRequest {

    /** Of Nova's, not ours: each with what is missing. */
    private static final Map<String, String> UNSUPPORTED = new TreeMap<>(Map.ofEntries(
            Map.entry("description", "instances have no description; metadata can carry one"),
            Map.entry("user_data", "instances are given no user data; put it into the image"),
            Map.entry("key_name", "instances are given no keys; put them into the image"),
            Map.entry("config_drive", "instances have no config drive"),
            Map.entry("personality", "no files are put into instances; put them into the image"),
            Map.entry("adminPass", "no password is set in instances; put it into the image"),
            Map.entry("block_device_mapping", "instances have the one disk that is made from their image"),
            Map.entry("block_device_mapping_v2", "instances have the one disk that is made from their image"),
            Map.entry("accessIPv4", "addresses are given by networks"),
            Map.entry("accessIPv6", "addresses are given by networks"),
            Map.entry("hostname", "an instance's host name is its image's to set"),
            Map.entry("hypervisor_hostname", "say 'host', which is the same here"),
            Map.entry("trusted_image_certificates", "images are not signed"),
            Map.entry("return_reservation_id", "servers are made one at a time")));

    private static final List<String> HINTS = List.of("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints");
    private static final Set<String> NEUTRAL = Set.of("", "false", "none", "[]", "{}");

    private CreateRequest() {}

    /**
     * Where an instance shall go.
     *
     * @param zone only a host of this zone, or null
     * @param host only this host, or null
     */
    record Destination(@Nullable String zone, @Nullable HostId host) {}

    /** Refuses, by name, what is known to Nova and not done here. */
    static void refuseUnsupported(Call call) {
        JsonObject server = call.body().getJsonObject("server");
        UNSUPPORTED.forEach((field, why) -> {
            if (!isNeutral(server.getValue(field))) {
                throw refused(field, "is not supported: " + why);
            }
        });
        Object config = server.getValue("OS-DCF:diskConfig");
        if (config != null && !config.equals("MANUAL")) {
            throw refused("OS-DCF:diskConfig", "is not supported: disks are left as their image has them; say MANUAL");
        }
        for (String count : List.of("min_count", "max_count")) {
            Object value = server.getValue(count);
            if (value != null && !value.toString().equals("1")) {
                throw refused(count, "must be 1, is " + value + ": servers are made one at a time");
            }
        }
    }

    /**
     * The server group that the hints name, or null. Any other hint is refused by its name: whoever sends one would
     * believe that it was followed.
     */
    static @Nullable ServerGroupId group(Call call, ServerGroups groups) {
        ServerGroupId group = null;
        for (String hints : HINTS) {
            JsonObject wanted = call.body().getJsonObject(hints);
            if (wanted == null) {
                continue;
            }
            for (String hint : wanted.fieldNames()) {
                if (!hint.equals("group")) {
                    throw refused(hints, "takes the hint 'group' alone; '" + hint + "' is not known");
                }
            }
            Object named = wanted.getValue("group");
            if (named != null) {
                group = ServerGroupsProxy.find(
                                groups, named.toString(), call.caller().project())
                        .id();
            }
        }
        return group;
    }

    /**
     * Reads the field for one host, and Nova's {@code availability_zone}, which is {@code zone}, {@code zone:host},
     * {@code zone:host:node} or {@code :host}. Naming a host is for administrators.
     */
    static Destination destination(Call call, Hosts hosts) {
        JsonObject server = call.body().getJsonObject("server");
        String host = server.getString("host");
        if (host != null && !call.caller().isAdmin()) {
            throw new ApiFault(
                    403, "Policy doesn't allow compute:servers:create:requested_destination to be performed.");
        }
        String text = server.getString("availability_zone");
        if (text == null) {
            return new Destination(
                    null, host == null ? null : known(host, hosts).id());
        }
        String[] parts = text.split(":", -1);
        if (parts.length > 3 || (parts.length == 1 && text.isBlank())) {
            throw refused("availability_zone", "must be zone or zone:host, is '" + text + "'");
        }
        if (parts.length > 1 && !call.caller().isAdmin()) {
            throw new ApiFault(403, "Policy doesn't allow compute:servers:create:forced_host to be performed.");
        }
        if (parts.length > 1 && host != null) {
            throw refused("host", "must not be given when availability_zone names a host too");
        }
        String named = named(text, parts);
        HostId only = named == null ? null : known(named, hosts).id();
        String zone = parts[0].isEmpty() ? null : parts[0];
        if (zone != null && hosts.list().stream().noneMatch(one -> one.zone().equals(zone))) {
            throw ApiFault.badRequest("The requested availability zone is not available");
        }
        return new Destination(
                zone,
                only != null ? only : host == null ? null : known(host, hosts).id());
    }

    /** The host of {@code zone:host:node}; the node is the host's hypervisor, and has the same name here. */
    private static @Nullable String named(String text, String[] parts) {
        String host = parts.length > 1 ? parts[1] : "";
        String node = parts.length > 2 ? parts[2] : "";
        if (!host.isEmpty() && !node.isEmpty() && !host.equals(node)) {
            throw refused("availability_zone", "names two hosts, '" + text + "'");
        }
        String named = host.isEmpty() ? node : host;
        return named.isEmpty() ? null : named;
    }

    private static ComputeHost known(String name, Hosts hosts) {
        return Servers.id(name, HostId::of)
                .flatMap(hosts::find)
                .orElseThrow(() -> ApiFault.badRequest("Compute host " + name + " could not be found."));
    }

    private static boolean isNeutral(@Nullable Object value) {
        return value == null || NEUTRAL.contains(value.toString().toLowerCase(Locale.ROOT));
    }

    static ApiFault refused(String field, String why) {
        return ApiFault.badRequest("Invalid input for field/attribute " + field + ". '" + field + "' " + why + ".");
    }
}
