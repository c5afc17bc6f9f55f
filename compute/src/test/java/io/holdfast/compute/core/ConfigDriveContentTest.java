package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.core.ConfigDriveContent.Link;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigDriveContentTest {

    private static final InstanceId ID = InstanceId.of(UUID.fromString("11112222-3333-4444-8000-000000000001"));
    private static final UUID PORT = UUID.fromString("aaaabbbb-cccc-4ddd-8eee-ffff00001111");
    private static final UUID NET = UUID.fromString("99990000-cccc-4ddd-8eee-ffff00001111");
    private static final String MAC = "fa:16:3e:00:00:01";
    private static final byte[] SEED = {1, 2, 3};

    @Test
    void theNewestFormAndTheLatestSayTheSame() {
        Map<String, byte[]> files = content(instance("web", null), null, null, List.of());
        assertThat(files)
                .containsOnlyKeys(
                        "openstack/2018-08-27/meta_data.json",
                        "openstack/2018-08-27/network_data.json",
                        "openstack/2018-08-27/vendor_data.json",
                        "openstack/2018-08-27/vendor_data2.json",
                        "openstack/latest/meta_data.json",
                        "openstack/latest/network_data.json",
                        "openstack/latest/vendor_data.json",
                        "openstack/latest/vendor_data2.json");
        assertThat(files.get("openstack/latest/meta_data.json"))
                .isEqualTo(files.get("openstack/2018-08-27/meta_data.json"));
    }

    @Test
    void saysWhoTheGuestIs() throws IOException {
        JsonNode meta = read(
                content(
                        instance("web", null),
                        new ConfigDriveContent.Key("ann's", "ssh", "ssh-ed25519 AAAA \"ann\""),
                        null,
                        List.of()),
                "meta_data.json");
        assertThat(meta.path("uuid").asText()).isEqualTo(ID.toString());
        assertThat(meta.path("name").asText()).isEqualTo("web");
        assertThat(meta.path("project_id").asText()).isEqualTo("blue");
        assertThat(meta.path("availability_zone").asText()).isEqualTo("north");
        assertThat(meta.path("launch_index").asInt()).isEqualTo(2);
        assertThat(meta.path("meta").path("role").asText()).isEqualTo("front");
        assertThat(meta.path("public_keys").path("ann's").asText()).isEqualTo("ssh-ed25519 AAAA \"ann\"");
        assertThat(meta.path("keys").path(0).path("type").asText()).isEqualTo("ssh");
        assertThat(meta.path("random_seed").asText())
                .isEqualTo(Base64.getEncoder().encodeToString(SEED));
    }

    @Test
    void whatIsNotThereIsNotSaid() throws IOException {
        JsonNode meta = read(content(instance("web", null), null, null, List.of()), "meta_data.json");
        assertThat(meta.has("public_keys")).isFalse();
        assertThat(meta.has("keys")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"Web 1!,,web-1", "--,,server", "web,shop.example,shop.example"})
    void theHostNameIsTheOneThatWasSaidOrMadeOfItsName(String name, @Nullable String said, String expected)
            throws IOException {
        JsonNode meta = read(content(instance(name, said), null, null, List.of()), "meta_data.json");
        assertThat(meta.path("hostname").asText()).isEqualTo(expected);
    }

    @Test
    void userDataIsGivenAsItWasMeant() {
        String broken = Base64.getEncoder().encodeToString("#!/bin/sh\necho hello\n".getBytes(StandardCharsets.UTF_8));
        String lines = broken.substring(0, 8) + "\n" + broken.substring(8);
        assertThat(new String(
                        content(instance("web", null), null, lines, List.of()).get("openstack/latest/user_data"),
                        StandardCharsets.UTF_8))
                .isEqualTo("#!/bin/sh\necho hello\n");
    }

    @Test
    void saysEachCardOnceAndEachOfItsAddresses() throws IOException {
        Link first = new Link(PORT, NET, MAC, 1450, "192.0.2.7", "255.255.255.0", "192.0.2.1", List.of("192.0.2.53"));
        Link second = new Link(PORT, NET, MAC, 1450, "198.51.100.7", "255.255.255.128", null, List.of("192.0.2.53"));
        JsonNode network =
                read(content(instance("web", null), null, null, List.of(first, second)), "network_data.json");
        assertThat(network.path("links")).hasSize(1);
        assertThat(network.path("links").path(0).path("ethernet_mac_address").asText())
                .isEqualTo(MAC);
        assertThat(network.path("links").path(0).path("mtu").asInt()).isEqualTo(1450);
        assertThat(network.path("links").path(0).path("id").asText()).isEqualTo("tapaaaabbbb-cc");
        assertThat(network.path("networks")).hasSize(2);
        JsonNode one = network.path("networks").path(0);
        assertThat(one.path("type").asText()).isEqualTo("ipv4");
        assertThat(one.path("link").asText()).isEqualTo("tapaaaabbbb-cc");
        assertThat(one.path("ip_address").asText()).isEqualTo("192.0.2.7");
        assertThat(one.path("netmask").asText()).isEqualTo("255.255.255.0");
        assertThat(one.path("routes").path(0).path("gateway").asText()).isEqualTo("192.0.2.1");
        assertThat(network.path("networks").path(1).path("routes")).isEmpty();
        assertThat(network.path("networks").path(1).path("id").asText()).isEqualTo("network1");
        assertThat(network.path("services")).hasSize(1);
        assertThat(network.path("services").path(0).path("address").asText()).isEqualTo("192.0.2.53");
    }

    @Test
    void aCardWithoutAddressIsSaidAlone() throws IOException {
        Link bare = new Link(PORT, NET, MAC, 1500, null, null, null, List.of());
        JsonNode network = read(content(instance("web", null), null, null, List.of(bare)), "network_data.json");
        assertThat(network.path("links")).hasSize(1);
        assertThat(network.path("networks")).isEmpty();
    }

    private static Map<String, byte[]> content(
            Instance instance, ConfigDriveContent.@Nullable Key key, @Nullable String userData, List<Link> links) {
        return ConfigDriveContent.of(instance, "north", key, userData, links, SEED);
    }

    private static JsonNode read(Map<String, byte[]> files, String name) throws IOException {
        return new ObjectMapper().readTree(files.get("openstack/latest/" + name));
    }

    private static Instance instance(String name, @Nullable String hostname) {
        return new Instance(
                ID,
                name,
                ProjectId.of("blue"),
                "ann",
                FlavorId.of("small"),
                new Resources(1, 64, 1),
                ImageId.of(UUID.fromString("22222222-3333-4444-8000-000000000001")),
                null,
                InstanceGoal.RUNNING,
                ActualState.BUILDING,
                false,
                null,
                null,
                HostId.of("h1"),
                Generation.of(1),
                HostEpoch.of(1),
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of("role", "front"),
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                new Particulars(null, hostname, null, null, "r-1", 2, true),
                List.of(),
                0);
    }
}
