package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Particulars;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
    static final Map<String, String> UNSUPPORTED = new TreeMap<>(Map.ofEntries(
            Map.entry("personality", "no files are put into instances; put them into the image"),
            Map.entry("adminPass", "no password is set in instances; put it into the image"),
            Map.entry("block_device_mapping", "instances have the one disk that is made from their image"),
            Map.entry("block_device_mapping_v2", "instances have the one disk that is made from their image"),
            Map.entry("accessIPv4", "addresses are given by networks"),
            Map.entry("accessIPv6", "addresses are given by networks"),
            Map.entry("trusted_image_certificates", "images are not signed")));

    private static final Set<String> NEUTRAL = Set.of("", "false", "none", "[]", "{}");

    private static final Set<String> YES = Set.of("true", "1", "on", "yes", "t", "y");
    private static final Set<String> NO = Set.of("false", "0", "off", "no", "f", "n");

    /** From which version on Nova has it. */
    private static final Map<String, Integer> SINCE =
            Map.of("description", 19, "tags", 52, "host", 74, "hypervisor_hostname", 74, "hostname", 90);

    /** What one request makes in one go is answered only when all are stored. */
    private static final int TOGETHER_MAX = 200;

    private static final int USER_DATA_MAX = 65_535;
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");
    private static final int FQDN = 94;
    private static final Pattern LABEL = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");

    private CreateRequest() {}

    /** How many at least and at most, 1 to {@value #TOGETHER_MAX}. */
    record Count(int least, int most) {}

    static Count count(JsonObject server) {
        int least = number(server, "min_count", 1);
        int most = number(server, "max_count", Math.max(1, least));
        if (least > most) {
            throw ApiFault.badRequest("min_count must be <= max_count");
        }
        return new Count(least, most);
    }

    /** The contract lets pass an integer, or the digits of one, as Nova does. */
    private static int number(JsonObject server, String field, int otherwise) {
        Object value = server.getValue(field);
        if (value == null) {
            return otherwise;
        }
        int number = Integer.parseInt(value.toString());
        if (number < 1 || number > TOGETHER_MAX) {
            throw refused(field, "must be 1 to " + TOGETHER_MAX + ", is " + number);
        }
        return number;
    }

    static @Nullable String userData(JsonObject server) {
        String data = server.getString("user_data");
        if (data == null) {
            return null;
        }
        if (data.length() > USER_DATA_MAX) {
            throw refused("user_data", "must have at most " + USER_DATA_MAX + " characters");
        }
        String whole = data.replaceAll("\\s", "");
        // Java would take one whose end is missing.
        if (whole.length() % 4 != 0 || !BASE64.matcher(whole).matches()) {
            throw refused("user_data", "is not a 'base64'");
        }
        return data;
    }

    /** What is written about the first of those that the request makes. */
    static Particulars particulars(Call call, JsonObject server, KeyPairs pairs) {
        return new Particulars(
                server.getString("description"),
                hostname(call, server.getString("hostname")),
                null,
                KeyPairsProxy.required(pairs, call, server.getString("key_name")),
                "r-" + UUID.randomUUID().toString().substring(0, 8),
                0,
                configDrive(server));
    }

    /** Nova's clients say it as a boolean, as a word, or as an empty text for no. */
    private static boolean configDrive(JsonObject server) {
        Object said = server.getValue("config_drive");
        String word = String.valueOf(said).toLowerCase(Locale.ROOT);
        if (!isNeutral(said) && !YES.contains(word) && !NO.contains(word)) {
            throw refused("config_drive", "must be a boolean, is '" + said + "'");
        }
        return YES.contains(word);
    }

    static Particulars numbered(Particulars first, int index, Count count) {
        String hostname = first.hostname();
        return new Particulars(
                first.description(),
                hostname == null || count.most() == 1 ? hostname : hostname + "-" + (index + 1),
                null,
                first.keyName(),
                first.reservation(),
                index,
                first.configDrive());
    }

    static void refuseInUpdate(Call call, JsonObject server) {
        SINCE.forEach((field, minor) -> refuseBefore(call, server, field, minor));
        if (server.isEmpty()) {
            throw ApiFault.badRequest("Invalid input for field/attribute server. {} does not have enough properties");
        }
        hostname(call, server.getString("hostname"));
        for (String field : List.of("accessIPv4", "accessIPv6")) {
            if (!isNeutral(server.getValue(field))) {
                throw refused(field, "is not supported: " + UNSUPPORTED.get(field));
            }
        }
        requireManual(server);
    }

    /** One label up to 2.93, a name of several from 2.94 on. */
    static @Nullable String hostname(Call call, @Nullable String name) {
        if (name == null) {
            return null;
        }
        boolean good = call.version().atLeast(FQDN)
                ? Stream.of(name.split("\\.", -1))
                        .allMatch(label -> LABEL.matcher(label).matches())
                : LABEL.matcher(name).matches();
        if (!good) {
            throw refused("hostname", "is no host name, is '" + name + "'");
        }
        return name;
    }

    static void refuseBefore(Call call, JsonObject wanted, String field, int minor) {
        if (wanted.containsKey(field) && !call.version().atLeast(minor)) {
            throw ApiFault.badRequest(
                    "Invalid input for field/attribute server. Additional properties are not allowed ('" + field
                            + "' was unexpected; it is there from version 2." + minor + " on)");
        }
    }

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
        SINCE.forEach((field, minor) -> refuseBefore(call, server, field, minor));
        UNSUPPORTED.forEach((field, why) -> {
            if (!isNeutral(server.getValue(field))) {
                throw refused(field, "is not supported: " + why);
            }
        });
        requireManual(server);
    }

    static void requireManual(JsonObject server) {
        Object config = server.getValue("OS-DCF:diskConfig");
        if (config != null && !config.equals("MANUAL")) {
            throw refused("OS-DCF:diskConfig", "is not supported: disks are left as their image has them; say MANUAL");
        }
    }

    /**
     * Reads the field for one host, and Nova's {@code availability_zone}, which is {@code zone}, {@code zone:host},
     * {@code zone:host:node} or {@code :host}. Naming a host is for administrators.
     */
    static Destination destination(Call call, Hosts hosts) {
        JsonObject server = call.body().getJsonObject("server");
        String host = server.getString("host");
        String node = server.getString("hypervisor_hostname");
        if (host != null && node != null && !host.equals(node)) {
            throw refused("hypervisor_hostname", "names another host than 'host'; here both are the same");
        }
        host = host == null ? node : host;
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

    static boolean isNeutral(@Nullable Object value) {
        return value == null || NEUTRAL.contains(value.toString().toLowerCase(Locale.ROOT));
    }

    static ApiFault refused(String field, String why) {
        return ApiFault.badRequest("Invalid input for field/attribute " + field + ". '" + field + "' " + why + ".");
    }
}
