package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network API against a client that we have not written: Debian's {@code openstack}. All commands of a story go through one
 * process, because it takes seconds to start.
 */
@EnabledIf("clientIsThere")
class NetworkClientTest extends NetworkFixture {

    private static final long LIMIT_SECONDS = 120;

    /** The client's prompt is not written where nobody sits, so a line of the shell tells its answers apart. */
    private static final String MARK = "==== next";

    private static final String BETWEEN = "\n!echo " + MARK + "\n";

    @TempDir
    Path directory;

    static boolean clientIsThere() {
        return Files.isExecutable(Path.of("/usr/bin/openstack"));
    }

    @Test
    void theStockClientMakesShowsAndDeletesWhatThereIs() throws Exception {
        List<String> answers = openstack(
                "network create --share --provider-network-type flat --provider-physical-network default public -f json",
                "subnet create --network public --subnet-range 192.0.2.0/24 --gateway 192.0.2.1"
                        + " --allocation-pool start=192.0.2.50,end=192.0.2.60 --dns-nameserver 192.0.2.53 v4 -f json",
                "network list -f json",
                "network show public -f json",
                "subnet list --network public -f json",
                "subnet show v4 -f json",
                "subnet set --name v4b --no-dns-nameservers v4",
                "port create --network public --fixed-ip ip-address=192.0.2.77 p1 -f json",
                "port list --network public --fixed-ip ip-address=192.0.2.77 -f json",
                "port set --description mine p1",
                "port show p1 -f json",
                "security group list -f json",
                "security group create web -f json",
                "security group rule create --protocol tcp --dst-port 22 --remote-ip 0.0.0.0/0 web -f json",
                "security group rule list web -f json",
                "security group show web -f json",
                "port set --security-group web p1",
                "network agent list -f json",
                "router list -f json",
                "floating ip list -f json",
                "extension list --network -f json",
                "network delete public",
                "port delete p1",
                "security group delete web",
                "subnet delete v4b",
                "network delete public",
                "network list -f json",
                "network show public");

        JsonObject network = new JsonObject(answers.get(0));
        assertThat(network.getString("provider:physical_network")).isEqualTo("default");
        assertThat(network.getBoolean("shared")).isTrue();
        JsonObject subnet = new JsonObject(answers.get(1));
        assertThat(subnet.getString("gateway_ip")).isEqualTo("192.0.2.1");
        assertThat(subnet.getJsonArray("allocation_pools"))
                .isEqualTo(new JsonArray("[{\"start\": \"192.0.2.50\", \"end\": \"192.0.2.60\"}]"));
        JsonObject listed = new JsonArray(answers.get(2)).getJsonObject(0);
        assertThat(listed.getString("Name")).isEqualTo("public");
        assertThat(listed.getJsonArray("Subnets")).containsExactly(subnet.getString("id"));
        assertThat(new JsonObject(answers.get(3)).getString("id")).isEqualTo(network.getString("id"));
        assertThat(new JsonArray(answers.get(4)).getJsonObject(0).getString("Subnet"))
                .isEqualTo("192.0.2.0/24");
        assertThat(new JsonObject(answers.get(5)).getJsonArray("dns_nameservers"))
                .containsExactly("192.0.2.53");
        assertThat(answers.get(6)).isEmpty();
        JsonObject port = new JsonObject(answers.get(7));
        assertThat(port.getJsonArray("fixed_ips").getJsonObject(0).getString("ip_address"))
                .isEqualTo("192.0.2.77");
        assertThat(new JsonArray(answers.get(8)).getJsonObject(0).getString("MAC Address"))
                .isEqualTo(port.getString("mac_address"));
        assertThat(new JsonObject(answers.get(10)).getString("description")).isEqualTo("mine");
        assertThat(new JsonArray(answers.get(11)).getJsonObject(0).getString("Name"))
                .isEqualTo("default");
        assertThat(new JsonObject(answers.get(13)).getInteger("port_range_min")).isEqualTo(22);
        assertThat(new JsonArray(answers.get(14))).hasSize(3);
        assertThat(answers.get(16)).isEmpty();
        for (int empty : List.of(17, 18, 19)) {
            assertThat(new JsonArray(answers.get(empty))).isEmpty();
        }
        assertThat(answers.get(20)).contains("\"security-group\"");
        assertThat(answers.get(21)).contains("ports still in use on the network");
        for (int done : List.of(22, 23, 24, 25)) {
            assertThat(answers.get(done)).isEmpty();
        }
        assertThat(new JsonArray(answers.get(26))).isEmpty();
        assertThat(answers.get(27)).contains("No Network found for public");
    }

    /** What the client said to each command, errors included. */
    private List<String> openstack(String... commands) throws IOException, InterruptedException {
        Path in = Files.writeString(directory.resolve("commands"), String.join(BETWEEN, commands) + "\n");
        Path out = directory.resolve("answers");
        ProcessBuilder builder = new ProcessBuilder("/usr/bin/openstack")
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectErrorStream(true);
        // By the environment: without arguments it reads its commands from its input.
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        directory.toString(),
                        "OS_AUTH_TYPE",
                        "admin_token",
                        "OS_ENDPOINT",
                        base + "/network",
                        "OS_TOKEN",
                        ADMIN,
                        // Else what the shell writes overtakes what the client writes.
                        "PYTHONUNBUFFERED",
                        "1"));
        Process client = builder.start();
        try {
            assertThat(client.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("the client ended")
                    .isTrue();
        } finally {
            client.destroyForcibly();
        }
        String said = Files.readString(out);
        List<String> answers = List.of(said.split(MARK + "\n", -1));
        assertThat(answers).as(said).hasSize(commands.length);
        return answers.stream().map(String::strip).toList();
    }
}
