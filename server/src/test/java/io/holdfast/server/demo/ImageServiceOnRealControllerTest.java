package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image service of a whole controller, by hand and with OpenStack's own client. */
@Timeout(180)
final class ImageServiceOnRealControllerTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String PATCH = "application/openstack-images-v2.1-json-patch";

    @TempDir
    Path home;

    private final HttpClient http = HttpClient.newHttpClient();
    private ControllerConsole console;
    private SimulatedStorage storage;
    private SimulatedRack rack;
    private Controller controller;
    private String token;

    @BeforeEach
    void start() throws Exception {
        console = new ControllerConsole(home);
        token = Files.readString(home.resolve("token")).strip();
        ControllerSettings settings = console.settings(FencingSettings.defaults());
        storage = new SimulatedStorage(Duration.ofMillis(100));
        rack = SimulatedRack.of(1, home.resolve("hosts"), storage, settings);
        controller = Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack);
    }

    @AfterEach
    void stop() throws Exception {
        controller.close();
        rack.close();
        storage.close();
    }

    @Test
    void anImageIsDescribedWrittenReadChangedAndDeleted() throws Exception {
        assertThat(send("GET", "/image", "", "").statusCode()).isEqualTo(300);
        assertThat(json(send("GET", "/image/versions", "", ""))
                        .getJsonArray("versions")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo("v2.7");
        assertThat(json(send("GET", "/image/v2/schemas/image", "", "")).getString("name"))
                .isEqualTo("image");
        assertThat(json(send("GET", "/image/v2/schemas/images", "", "")).getString("name"))
                .isEqualTo("images");

        String id = create("{\"name\": \"deb\", \"disk_format\": \"qcow2\", \"container_format\": \"bare\","
                + " \"os_distro\": \"debian\", \"tags\": [\"a\"]}");
        assertThat(send("GET", "/image/v2/images/" + id + "/file", "", "").statusCode())
                .isEqualTo(204);

        byte[] content = qcow2(3_000_000);
        HttpResponse<String> wrong = upload(id, "raw content".getBytes(StandardCharsets.US_ASCII));
        assertFault(wrong, 400, "is raw, not qcow2");
        assertThat(upload(id, content).statusCode()).isEqualTo(204);
        assertFault(upload(id, content), 409, "written already");

        JsonObject shown = json(send("GET", "/image/v2/images/" + id, "", ""));
        assertThat(shown.getString("status")).isEqualTo("active");
        assertThat(shown.getLong("size")).isEqualTo(3_000_000);
        assertThat(shown.getLong("virtual_size")).isEqualTo(1 << 30);
        assertThat(shown.getString("checksum")).isEqualTo(hex("MD5", content));
        assertThat(shown.getString("os_hash_value")).isEqualTo(hex("SHA-512", content));
        assertThat(shown.getString("os_distro")).isEqualTo("debian");
        HttpResponse<byte[]> read =
                http.send(request("/image/v2/images/" + id + "/file").build(), BodyHandlers.ofByteArray());
        assertThat(read.headers().firstValue("Content-MD5")).contains(hex("MD5", content));
        assertThat(read.body()).isEqualTo(content);

        // The same image by the other doors.
        assertThat(console.said(controller, "image", "list")).contains("deb").contains("qcow2");
        assertThat(json(send("GET", "/v2.1/images/" + id, "", ""))
                        .getJsonObject("image")
                        .getString("name"))
                .isEqualTo("deb");

        HttpResponse<String> changed = send("PATCH", "/image/v2/images/" + id, PATCH, """
                [{"op": "replace", "path": "/name", "value": "debian"},
                 {"op": "add", "path": "/my~1own", "value": "x"},
                 {"op": "remove", "path": "/os_distro"},
                 {"op": "replace", "path": "/protected", "value": true}]""");
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        assertThat(json(changed).getString("my/own")).isEqualTo("x");
        assertThat(json(changed).containsKey("os_distro")).isFalse();
        assertFault(send("PATCH", "/image/v2/images/" + id, "application/json", "[]"), 415, "json-patch");
        assertFault(patch(id, "replace", "/status", "\"queued\""), 403, "read-only");
        assertFault(patch(id, "replace", "/visibility", "\"shared\""), 403, "cannot be shared");
        assertFault(patch(id, "replace", "/min_ram", "\"x\""), 400, "min_ram must be a whole number");
        assertFault(patch(id, "replace", "/gone", "\"x\""), 409, "does not exist");
        assertFault(patch(id, "move", "/name", "\"x\""), 400, "one of add, remove, replace");
        assertFault(patch(id, "add", "/a/b", "\"x\""), 400, "Invalid JSON pointer");
        assertFault(patch(id, "replace", "/disk_format", "\"raw\""), 403, "only before it has content");

        assertThat(send("PUT", "/image/v2/images/" + id + "/tags/b", "", "").statusCode())
                .isEqualTo(204);
        assertThat(send("DELETE", "/image/v2/images/" + id + "/tags/a", "", "").statusCode())
                .isEqualTo(204);
        assertFault(send("DELETE", "/image/v2/images/" + id + "/tags/a", "", ""), 404, "has no tag");
        assertFault(send("GET", "/image/v2/images/" + id + "/members", "", ""), 403, "Only shared images");
        assertThat(send("POST", "/image/v2/images/" + id + "/actions/deactivate", "", "")
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(send("GET", "/image/v2/images/" + id, "", "")).getString("status"))
                .isEqualTo("deactivated");
        assertThat(send("POST", "/image/v2/images/" + id + "/actions/reactivate", "", "")
                        .statusCode())
                .isEqualTo(204);

        assertFault(send("DELETE", "/image/v2/images/" + id, "", ""), 403, "is protected");
        assertThat(patch(id, "replace", "/protected", "false").statusCode()).isEqualTo(200);
        assertThat(send("DELETE", "/image/v2/images/" + id, "", "").statusCode())
                .isEqualTo(204);
        assertFault(send("GET", "/image/v2/images/" + id, "", ""), 404, "No image found with ID " + id);
        assertThat(uploads()).isEmpty();
    }

    @Test
    void anUploadThatBreaksOffLeavesNothingAndTheImageWaitsForAnother() throws Exception {
        String id = create("{\"name\": \"deb\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}");
        try (Socket socket = new Socket("127.0.0.1", controller.apiPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /image/v2/images/" + id + "/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: " + token
                            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 9000000\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[4_000_000]);
            out.flush();
            await().atMost(SOON).until(() -> uploads().size() == 1);
            assertThat(json(send("GET", "/image/v2/images/" + id, "", "")).getString("status"))
                    .isEqualTo("saving");
        }
        await().atMost(SOON)
                .until(() -> json(send("GET", "/image/v2/images/" + id, "", ""))
                        .getString("status")
                        .equals("queued"));
        assertThat(uploads()).isEmpty();
        assertThat(upload(id, new byte[2_000_000]).statusCode()).isEqualTo(204);
        assertThat(uploads()).hasSize(1);
    }

    @Test
    @Tag("lab")
    void openStacksOwnClientMakesShowsChangesSavesAndDeletesAnImage() throws Exception {
        Path disk = Files.write(home.resolve("disk.qcow2"), qcow2(200_000));
        JsonObject made = new JsonObject(openstack(
                0,
                "image",
                "create",
                "--file",
                disk.toString(),
                "--disk-format",
                "qcow2",
                "--property",
                "os_distro=debian",
                "deb",
                "-f",
                "json"));
        assertThat(made.getString("status")).isIn("active", "queued", "saving");
        openstack(0, "image", "set", "--property", "kind=test", "--tag", "t1", "--min-ram", "64", "deb");
        JsonObject shown = new JsonObject(openstack(0, "image", "show", "deb", "-f", "json"));
        assertThat(shown.getString("status")).isEqualTo("active");
        assertThat(shown.getString("checksum")).isEqualTo(hex("MD5", Files.readAllBytes(disk)));
        assertThat(shown.getJsonObject("properties").getString("kind")).isEqualTo("test");
        assertThat(shown.getInteger("min_ram")).isEqualTo(64);
        assertThat(shown.getJsonArray("tags")).containsExactly("t1");
        JsonArray listed = new JsonArray(openstack(0, "image", "list", "--tag", "t1", "-f", "json"));
        assertThat(listed.getJsonObject(0).getString("Status")).isEqualTo("active");
        Path saved = home.resolve("saved");
        openstack(0, "image", "save", "--file", saved.toString(), "deb");
        assertThat(Files.mismatch(saved, disk)).isEqualTo(-1);
        // What the client calls raw by default is none.
        assertThat(openstack(1, "image", "create", "--file", disk.toString(), "wrong"))
                .contains("is qcow2, not raw");
        openstack(0, "image", "delete", "deb");
        assertThat(openstack(0, "image", "list", "-f", "json").strip()).isEqualTo("[]");
        assertThat(uploads()).isEmpty();
    }

    private String openstack(int code, String... arguments) throws IOException, InterruptedException {
        // Logged in, and not by a token and an endpoint: so the client finds the service in the catalog, as it does
        // anywhere.
        List<String> command = new ArrayList<>(List.of(
                "openstack",
                "--os-auth-url",
                "http://127.0.0.1:" + controller.apiPort() + "/identity/v3",
                "--os-username",
                "admin",
                "--os-password",
                Files.readString(home.resolve("controller").resolve("admin-password"))
                        .strip(),
                "--os-project-name",
                "admin",
                "--os-user-domain-id",
                "default",
                "--os-project-domain-id",
                "default"));
        command.addAll(List.of(arguments));
        Path out = home.resolve("out");
        Path err = home.resolve("err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(out);
        assertThat(process.exitValue()).as(said + Files.readString(err)).isEqualTo(code);
        return code == 0 ? said : said + Files.readString(err);
    }

    private String create(String body) throws Exception {
        HttpResponse<String> made = send("POST", "/image/v2/images", "application/json", body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(json(made).getString("status")).isEqualTo("queued");
        return json(made).getString("id");
    }

    private HttpResponse<String> upload(String id, byte[] content) throws Exception {
        return http.send(
                request("/image/v2/images/" + id + "/file")
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(content))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> patch(String id, String verb, String path, String value) throws Exception {
        return send(
                "PATCH",
                "/image/v2/images/" + id,
                PATCH,
                "[{\"op\": \"" + verb + "\", \"path\": \"" + path + "\", \"value\": " + value + "}]");
    }

    private HttpResponse<String> send(String method, String path, String type, String body) throws Exception {
        HttpRequest.Builder request = request(path);
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        return http.send(
                request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + controller.apiPort() + path))
                .timeout(SOON)
                .version(HttpClient.Version.HTTP_1_1)
                .header("X-Auth-Token", token);
    }

    private static void assertFault(HttpResponse<String> answer, int status, String message) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).getJsonObject("error").getString("message")).contains(message);
    }

    private static JsonObject json(HttpResponse<String> answer) {
        return new JsonObject(answer.body());
    }

    private List<Path> uploads() throws IOException {
        Path directory = home.resolve("shared/images/uploads");
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static byte[] qcow2(int length) {
        return ByteBuffer.allocate(length)
                .putInt(0, 0x514649fb)
                .putInt(4, 3)
                .putLong(24, 1 << 30)
                .array();
    }

    private static String hex(String algorithm, byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    }
}
