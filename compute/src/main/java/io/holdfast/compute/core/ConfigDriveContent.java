package io.holdfast.compute.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.compute.Instance;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a guest reads of itself on its config drive, in the form that OpenStack's documentation gives ("Metadata", "OpenStack format
 * metadata") and that cloud-init reads. Pure.
 *
 * <p>There is no DHCP server and no metadata service in Holdfast's own networks, so this is where a guest learns its addresses.
 */
public final class ConfigDriveContent {

    /** The newest form that what is written here agrees with; a guest that wants any asks for the newest it knows. */
    private static final List<String> VERSIONS = List.of("2018-08-27", "latest");

    private static final ObjectMapper JSON = new ObjectMapper();

    private ConfigDriveContent() {}

    /** @param type {@code ssh} or {@code x509} */
    public record Key(String name, String type, String publicKey) {}

    /**
     * A card with one of its addresses, as its guest has to set them up.
     *
     * @param address null for a card without one
     * @param gateway null for none
     * @param mtu in bytes
     */
    public record Link(
            UUID port,
            UUID network,
            String mac,
            int mtu,
            @Nullable String address,
            @Nullable String netmask,
            @Nullable String gateway,
            List<String> dns) {

        public Link {
            dns = List.copyOf(dns);
        }
    }

    /**
     * @param zone the zone of its home, or null
     * @param userData in base 64, or null
     * @param links one for each address of each card; a card without address has one
     * @param seed random bytes, for the guest's random number generator
     */
    public static Map<String, byte[]> of(
            Instance instance,
            @Nullable String zone,
            @Nullable Key key,
            @Nullable String userData,
            List<Link> links,
            byte[] seed) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        byte[] meta = write(metaData(instance, zone, key, seed));
        byte[] network = write(networkData(links));
        byte[] nothing = write(JSON.createObjectNode());
        for (String version : VERSIONS) {
            String directory = "openstack/" + version + "/";
            files.put(directory + "meta_data.json", meta);
            files.put(directory + "network_data.json", network);
            files.put(directory + "vendor_data.json", nothing);
            files.put(directory + "vendor_data2.json", nothing);
            if (userData != null) {
                files.put(directory + "user_data", Base64.getMimeDecoder().decode(userData));
            }
        }
        return files;
    }

    private static ObjectNode metaData(Instance instance, @Nullable String zone, @Nullable Key key, byte[] seed) {
        ObjectNode meta = JSON.createObjectNode();
        meta.put("uuid", instance.id().toString());
        meta.put("name", instance.name());
        meta.put("hostname", instance.hostname());
        meta.put("project_id", instance.project().toString());
        meta.put("launch_index", instance.particulars().launchIndex());
        if (zone != null) {
            meta.put("availability_zone", zone);
        }
        if (!instance.metadata().isEmpty()) {
            ObjectNode words = meta.putObject("meta");
            instance.metadata().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(word -> words.put(word.getKey(), word.getValue()));
        }
        if (key != null) {
            meta.putObject("public_keys").put(key.name(), key.publicKey());
            meta.putArray("keys")
                    .addObject()
                    .put("name", key.name())
                    .put("type", key.type())
                    .put("data", key.publicKey());
        }
        meta.put("random_seed", Base64.getEncoder().encodeToString(seed));
        meta.putArray("devices");
        return meta;
    }

    private static ObjectNode networkData(List<Link> links) {
        ObjectNode data = JSON.createObjectNode();
        ArrayNode cards = data.putArray("links");
        ArrayNode networks = data.putArray("networks");
        Set<String> servers = new LinkedHashSet<>();
        Set<UUID> told = new LinkedHashSet<>();
        for (Link link : links) {
            String id = "tap" + link.port().toString().substring(0, 11);
            if (told.add(link.port())) {
                cards.addObject()
                        .put("id", id)
                        .put("vif_id", link.port().toString())
                        .put("type", "bridge")
                        .put("mtu", link.mtu())
                        .put("ethernet_mac_address", link.mac());
            }
            if (link.address() == null) {
                continue;
            }
            String name = "network" + networks.size();
            ObjectNode network = networks.addObject()
                    .put("id", name)
                    .put("type", "ipv4")
                    .put("link", id)
                    .put("ip_address", link.address())
                    .put("netmask", link.netmask())
                    .put("network_id", link.network().toString());
            ArrayNode routes = network.putArray("routes");
            if (link.gateway() != null) {
                routes.addObject()
                        .put("network", "0.0.0.0")
                        .put("netmask", "0.0.0.0")
                        .put("gateway", link.gateway());
            }
            servers.addAll(link.dns());
        }
        ArrayNode services = data.putArray("services");
        new ArrayList<>(servers)
                .forEach(server -> services.addObject().put("type", "dns").put("address", server));
        return data;
    }

    private static byte[] write(ObjectNode node) {
        try {
            return JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers could not be written", e);
        }
    }
}
