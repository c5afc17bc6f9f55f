package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.model.HostId;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The API against the client that operators use: Debian's {@code openstack}, with a token and without an identity service. Needs
 * the package {@code python3-openstackclient}. All commands run in one process, because starting it takes most of the time.
 */
class NovaClientTest extends NovaBooksFixture {

    private static final long LIMIT_SECONDS = 300;

    private static final String ALL_IN_ONE = """
            import contextlib, io, json, shlex, sys
            from openstackclient import shell
            address, token = sys.argv[1:3]
            said = []
            for line in sys.stdin:
                version, command = line.split(" ", 1)
                out, err = io.StringIO(), io.StringIO()
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    try:
                        code = shell.main(["--os-auth-type", "admin_token", "--os-endpoint", address, "--os-token", token,
                                           "--os-compute-api-version", version] + shlex.split(command))
                    except SystemExit as end:
                        code = end.code
                said.append({"code": code, "out": out.getvalue(), "err": err.getvalue()})
            print(json.dumps(said))
            """;

    @TempDir
    Path directory;

    private record Said(String command, int code, String out, String err) {

        Object json() {
            assertThat(code).as("%s: %s %s", command, out, err).isZero();
            return Json.decodeValue(out);
        }

        JsonObject object() {
            return (JsonObject) json();
        }

        List<String> column(String name) {
            return ((JsonArray) json())
                    .stream()
                            .map(one -> String.valueOf(((JsonObject) one).getValue(name)))
                            .toList();
        }
    }

    @Test
    void takesWhatIsAnsweredAndIsToldWhatIsWrong() throws Exception {
        Path key = directory.resolve("key.pub");
        Files.writeString(
                key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann\n");
        Instance vm = cloud.add("vm", "admin", ActualState.RUNNING);
        cloud.actions.add(new InstanceAction(
                1,
                vm.id(),
                "req-1",
                "create",
                "root",
                vm.project(),
                HostId.of("h1"),
                FakeCloud.THEN,
                FakeCloud.THEN,
                false,
                null));
        List<Said> said = run(List.of(
                "2.1 keypair create --public-key " + key + " mine -f json",
                "2.92 keypair list -f json",
                "2.92 aggregate create --zone z1 ssd -f json",
                "2.92 aggregate add host ssd h1 -f json",
                "2.92 aggregate set --property disk=ssd ssd",
                "2.92 aggregate show ssd -f json",
                "2.92 availability zone list --long -f json",
                "2.92 server list --no-name-lookup --status ACTIVE -f json",
                "2.92 server lock --reason busy vm",
                "2.92 server event list vm -f json",
                "2.92 flavor create --ram 64 --vcpus 1 --disk 1 --id own --private --description theirs own -f json",
                "2.92 compute service list -f json",
                "2.92 hypervisor list -f json",
                "2.92 limits show --absolute -f json",
                "2.92 usage list -f json",
                "2.92 server group create --policy anti-affinity --rule max_server_per_host=2 far -f json",
                "2.92 server shelve vm",
                "2.1 server migration list -f json"));

        assertThat(said.get(0).object().getString("name")).isEqualTo("mine");
        assertThat(said.get(1).column("Type")).containsExactly("ssh");
        assertThat(said.get(2).object().getString("availability_zone")).isEqualTo("z1");
        assertThat(said.get(3).object().getJsonArray("hosts")).containsExactly("h1");
        assertThat(said.get(4).code()).as(said.get(4).err()).isZero();
        assertThat(said.get(5).object().getJsonObject("properties").getString("disk"))
                .isEqualTo("ssd");
        assertThat(said.get(6).column("Zone Name")).contains("nova");
        assertThat(said.get(7).column("Name")).containsExactly("vm");
        assertThat(said.get(8).code()).as(said.get(8).err()).isZero();
        assertThat(cloud.instances.get(vm.id()).particulars().lock()).isNotNull();
        assertThat(said.get(9).column("Action")).containsExactly("create");
        assertThat(said.get(10).object().getString("description")).isEqualTo("theirs");
        assertThat(said.get(11).column("Host")).containsExactly("h1", "h2");
        assertThat(said.get(12).column("Hypervisor Hostname")).containsExactly("h1", "h2");
        // In a process of its own: the client goes on with the newest version that it was ever told.
        assertThat(run(List.of("2.1 hypervisor show h1 -f json"))
                        .getFirst()
                        .object()
                        .getString("hypervisor_hostname"))
                .isEqualTo("h1");
        assertThat(said.get(13).column("Name")).contains("maxTotalInstances");
        assertThat(said.get(14).code()).as(said.get(14).err()).isZero();
        assertThat(said.get(15).object().getString("policy")).isEqualTo("anti-affinity");
        assertThat(said.get(16).code()).isNotZero();
        assertThat(said.get(16).err()).contains("501");
        assertThat(said.get(17).code()).as(said.get(17).err()).isZero();
    }

    private List<Said> run(List<String> commands) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(
                        "/usr/bin/python3", "-c", ALL_IN_ONE, "http://127.0.0.1:" + port + "/v2.1", ADMIN)
                .redirectOutput(out.toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().putAll(Map.of("HOME", directory.toString(), "NO_PROXY", "*"));
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(String.join("\n", commands).getBytes(StandardCharsets.UTF_8));
        }
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("openstack does not end");
        }
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("err")))
                .isZero();
        JsonArray answers = new JsonArray(Files.readString(out));
        return java.util.stream.IntStream.range(0, commands.size())
                .mapToObj(i -> {
                    JsonObject one = answers.getJsonObject(i);
                    return new Said(
                            commands.get(i), one.getInteger("code"), one.getString("out"), one.getString("err"));
                })
                .toList();
    }
}
