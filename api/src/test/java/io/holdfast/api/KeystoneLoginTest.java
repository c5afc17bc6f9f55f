package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tokens: how they are had, what they are good for here and at the other services, and how they end. */
class KeystoneLoginTest extends KeystoneFixture {

    @Test
    void theVersionIsFoundWithoutAToken() throws Exception {
        HttpResponse<String> all = get("/identity", null);
        assertThat(all.statusCode()).isEqualTo(300);
        assertThat(json(all)
                        .getJsonObject("versions")
                        .getJsonArray("values")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo("v3.14");
        for (String path : List.of("/identity/v3", "/identity/v3/")) {
            JsonObject version = json(get(path, null)).getJsonObject("version");
            assertThat(version.getJsonArray("links").getJsonObject(0).getString("href"))
                    .isEqualTo("http://127.0.0.1:" + port + "/identity/v3/");
        }
        assertThat(get("/identity/openapi.yaml", null).body()).contains("createToken");
    }

    @Test
    void aPasswordGivesATokenWithRolesAndCatalog() throws Exception {
        HttpResponse<String> login = login(passwordOf("admin", PASSWORD), onProject("admin"));
        String text = token(login);
        assertThat(text.length()).isLessThanOrEqualTo(255);
        JsonObject token = json(login).getJsonObject("token");
        assertThat(token.getJsonArray("methods")).containsExactly("password");
        assertThat(token.getJsonObject("user").getString("name")).isEqualTo("admin");
        assertThat(token.getJsonObject("user").getJsonObject("domain"))
                .isEqualTo(object("{'id': 'default', 'name': 'Default'}"));
        assertThat(token.getJsonObject("project").getString("name")).isEqualTo("admin");
        assertThat(roles(token)).containsExactlyInAnyOrder("admin", "member", "reader");
        Duration life = Duration.between(
                Instant.parse(token.getString("issued_at")), Instant.parse(token.getString("expires_at")));
        assertThat(life).isEqualTo(settings.tokenTime());
        String project = token.getJsonObject("project").getString("id");
        String base = "http://127.0.0.1:" + port;
        assertThat(urls(token.getJsonArray("catalog")))
                .isEqualTo(Map.of(
                        "identity", base + "/identity",
                        "compute", base + "/v2.1",
                        "image", base + "/image",
                        "network", base + "/network",
                        "placement", base + "/placement",
                        "instance-ha", base + "/instance-ha/v1/" + project));
        assertThat(urls(json(v3("GET", "/auth/catalog", text, null)).getJsonArray("catalog")))
                .hasSize(6);
        // By ids, it is the same.
        String user = token.getJsonObject("user").getString("id");
        JsonObject byId = object("{'methods': ['password'], 'password': {'user': {'id': '" + user + "', 'password': '"
                + PASSWORD + "'}}}");
        assertThat(login(byId, object("{'project': {'id': '" + project + "'}}")).statusCode())
                .isEqualTo(201);
        // Without a scope, the user's default project.
        assertThat(json(login(passwordOf("admin", PASSWORD), null))
                        .getJsonObject("token")
                        .getJsonObject("project")
                        .getString("id"))
                .isEqualTo(project);
    }

    @Test
    void everythingThatIsWrongIsAnsweredAlike() throws Exception {
        String admin = admin();
        JsonObject user = made("/users", "user", admin, "{'user': {'name': 'ann', 'password': 'of ann'}}");
        made("/projects", "project", admin, "{'project': {'name': 'blue'}}");
        List<HttpResponse<String>> answers = List.of(
                login(passwordOf("ann", "of bob"), null),
                login(passwordOf("nobody", "of ann"), null),
                login(passwordOf("ann", "of ann"), onProject("blue")),
                login(passwordOf("ann", "of ann"), onProject("no such")),
                login(passwordOf("ann", "of ann"), object("{'project': {'id': 'no such'}}")),
                login(passwordOf("ann", "of ann"), object("{'domain': {'id': 'default'}}")),
                login(passwordOf("ann", "of ann"), object("{'system': {'all': true}}")),
                login(object("{'methods': ['token'], 'token': {'id': 'made up'}}"), null));
        for (HttpResponse<String> answer : answers) {
            assertKeystoneFault(answer, 401);
            assertThat(answer.body()).contains("The request you have made requires authentication.");
            assertThat(answer.headers().firstValue("WWW-Authenticate"))
                    .hasValue("Keystone uri=\"http://127.0.0.1:" + port + "/identity\"");
        }
        assertThat(login(passwordOf("ann", "of ann"), null).statusCode()).isEqualTo(201);
        v3("PATCH", "/users/" + user.getString("id"), admin, "{'user': {'enabled': false}}");
        assertKeystoneFault(login(passwordOf("ann", "of ann"), null), 401);
        assertKeystoneFault(login(object("{'methods': ['totp']}"), null), 401);
        assertKeystoneFault(login(object("{'methods': ['password']}"), null), 400);
        assertKeystoneFault(login(object("{'methods': ['password', 'token']}"), null), 400);
        assertKeystoneFault(login(passwordOf("ann", "of ann"), object("{'elsewhere': {}}")), 400);
        assertKeystoneFault(send("POST", "/identity/v3/auth/tokens", null, null, "{"), 400);
        assertKeystoneFault(
                send("POST", "/identity/v3/auth/tokens", null, null, "{\"x\": \"" + "y".repeat(20_000) + "\"}"), 413);
    }

    @Test
    void whoIsWrongTooOftenIsRefusedUnheardForAMinute() throws Exception {
        for (int i = 0; i < FAILURES; i++) {
            assertKeystoneFault(login(passwordOf("admin", "guess " + i), null), 401);
        }
        HttpResponse<String> refused = login(passwordOf("admin", PASSWORD), null);
        assertKeystoneFault(refused, 429);
        assertThat(refused.headers().firstValue("Retry-After")).hasValue("60");
        // Others are not locked out.
        assertKeystoneFault(login(passwordOf("somebody else", "x"), null), 401);
        pass(Duration.ofSeconds(61));
        assertThat(login(passwordOf("admin", PASSWORD), null).statusCode()).isEqualTo(201);
    }

    @Test
    void aTokenIsGoodAtTheOtherServicesAsFarAsItsRoleGoes() throws Exception {
        String admin = admin();
        assertThat(get("/v2.1/os-services", admin).statusCode()).isEqualTo(200);
        String blue = made("/projects", "project", admin, "{'project': {'name': 'blue'}}")
                .getString("id");
        String reader = personWith(admin, "rita", blue, "reader");
        String member = personWith(admin, "max", blue, "member");
        assertThat(get("/v2.1/servers", reader).statusCode()).isEqualTo(200);
        String group = "{\"server_group\": {\"name\": \"g\", \"policies\": [\"affinity\"]}}";
        assertFault(send("POST", "/v2.1/os-server-groups", reader, null, group), 403, "forbidden");
        HttpResponse<String> made = send("POST", "/v2.1/os-server-groups", member, "2.13", group);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        assertThat(json(made).getJsonObject("server_group").getString("project_id"))
                .isEqualTo(blue);
        assertFault(get("/v2.1/os-services", member), 403, "forbidden");
        // Without a project, nothing is to be had there.
        String unscoped = token(login(passwordOf("max", "of max"), "unscoped"));
        assertFault(get("/v2.1/servers", unscoped), 403, "forbidden");
        assertThat(names(v3("GET", "/auth/projects", unscoped, null), "projects"))
                .containsExactly("blue");
        assertKeystoneFault(v3("GET", "/auth/catalog", unscoped, null), 403);
        // A role that means nothing here gives nothing here.
        made("/roles", "role", admin, "{'role': {'name': 'auditor'}}");
        assertFault(get("/v2.1/servers", personWith(admin, "aud", blue, "auditor")), 403, "forbidden");
        WebSocket socket = http.newWebSocketBuilder()
                .header("X-Auth-Token", reader)
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/ha/v1/events/ws"), new WebSocket.Listener() {})
                .join();
        await().atMost(LIMIT).until(() -> server.streams() == 1);
        socket.abort();
        // The tokens of the settings are as good as they were, for administrators of the identity service, too.
        assertThat(names(v3("GET", "/projects", ADMIN, null), "projects")).contains("admin", "blue");
        assertKeystoneFault(v3("GET", "/projects", BLUE, null), 403);
        assertThat(get("/v2.1/servers", BLUE_READER).statusCode()).isEqualTo(200);
        assertFault(send("POST", "/v2.1/os-server-groups", BLUE_READER, null, group), 403, "forbidden");
    }

    @Test
    void whatATokenIsCanBeAskedAndATokenCanBeEnded() throws Exception {
        String admin = admin();
        String blue = made("/projects", "project", admin, "{'project': {'name': 'blue'}}")
                .getString("id");
        String member = personWith(admin, "max", blue, "member");
        JsonObject seen = json(aboutToken("GET", admin, member)).getJsonObject("token");
        assertThat(seen.getJsonObject("user").getString("name")).isEqualTo("max");
        assertThat(roles(seen)).containsExactlyInAnyOrder("member", "reader");
        assertThat(aboutToken("HEAD", admin, member).statusCode()).isEqualTo(200);
        assertThat(aboutToken("GET", member, member).statusCode()).isEqualTo(200);
        assertKeystoneFault(aboutToken("GET", member, admin), 403);
        assertKeystoneFault(aboutToken("GET", admin, "made up"), 404);
        assertKeystoneFault(v3("GET", "/auth/tokens", admin, null), 400);
        assertThat(aboutToken("DELETE", member, member).statusCode()).isEqualTo(204);
        assertKeystoneFault(aboutToken("GET", admin, member), 404);
        assertKeystoneFault(aboutToken("DELETE", admin, member), 404);
        assertThat(get("/v2.1/servers", member).statusCode()).isEqualTo(401);
    }

    @Test
    void aTokenGivesAnotherForAnotherScopeThatEndsWithIt() throws Exception {
        HttpResponse<String> first = login(passwordOf("admin", PASSWORD), "unscoped");
        pass(Duration.ofMinutes(10));
        JsonObject proof = new JsonObject()
                .put("methods", new JsonArray().add("token"))
                .put("token", new JsonObject().put("id", token(first)));
        JsonObject old = json(first).getJsonObject("token");
        JsonObject fresh = json(login(proof, onProject("admin"))).getJsonObject("token");
        assertThat(fresh.getJsonArray("methods")).containsExactly("password", "token");
        assertThat(fresh.getString("expires_at")).isEqualTo(old.getString("expires_at"));
        assertThat(fresh.getJsonArray("audit_ids"))
                .hasSize(2)
                .contains(old.getJsonArray("audit_ids").getString(0));
        assertThat(old.containsKey("catalog")).isFalse();
    }

    @Test
    void aTokenEndsWithItsTimeItsPasswordItsRoleItsUserAndItsProject() throws Exception {
        String expired = admin();
        assertThat(get("/v2.1/os-services", expired).statusCode()).isEqualTo(200);
        pass(settings.tokenTime());
        assertThat(get("/v2.1/os-services", expired).statusCode()).isEqualTo(401);

        String admin = admin();
        JsonObject blue = made("/projects", "project", admin, "{'project': {'name': 'blue'}}");
        String id = blue.getString("id");
        String token = personWith(admin, "ann", id, "member");
        String user = json(aboutToken("GET", admin, token))
                .getJsonObject("token")
                .getJsonObject("user")
                .getString("id");
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(200);
        assertThat(v3(
                                "POST",
                                "/users/" + user + "/password",
                                token,
                                "{'user': {'original_password': 'of ann', 'password': 'new of ann'}}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);
        assertKeystoneFault(login(passwordOf("ann", "of ann"), null), 401);

        token = token(login(passwordOf("ann", "new of ann"), onProject("blue")));
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(200);
        String grant = "/projects/" + id + "/users/" + user + "/roles/" + roleId(admin, "member");
        assertThat(v3("DELETE", grant, admin, null).statusCode()).isEqualTo(204);
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);

        v3("PUT", grant, admin, null);
        token = token(login(passwordOf("ann", "new of ann"), onProject("blue")));
        v3("PATCH", "/projects/" + id, admin, "{'project': {'enabled': false}}");
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);
        v3("PATCH", "/projects/" + id, admin, "{'project': {'enabled': true}}");
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(200);
        // What was disabled once is not good again when it is enabled.
        v3("PATCH", "/users/" + user, admin, "{'user': {'enabled': false}}");
        v3("PATCH", "/users/" + user, admin, "{'user': {'enabled': true}}");
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);
        token = token(login(passwordOf("ann", "new of ann"), onProject("blue")));
        assertThat(v3("DELETE", "/users/" + user, admin, null).statusCode()).isEqualTo(204);
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);
    }

    @Test
    void aProgramActsForItsUserWithAnApplicationCredential() throws Exception {
        String admin = admin();
        String blue = made("/projects", "project", admin, "{'project': {'name': 'blue'}}")
                .getString("id");
        String member = personWith(admin, "max", blue, "member");
        String user = json(aboutToken("GET", admin, member))
                .getJsonObject("token")
                .getJsonObject("user")
                .getString("id");
        String path = "/users/" + user + "/application_credentials";
        JsonObject made = made(
                path,
                "application_credential",
                member,
                "{'application_credential': {'name': 'ci', 'roles': [{'name': 'reader'}]}}");
        String secret = made.getString("secret");
        assertThat(secret).hasSizeGreaterThan(40);
        assertThat(v3("GET", path, member, null).body()).doesNotContain(secret);
        JsonObject byId = object("{'methods': ['application_credential'], 'application_credential': {'id': '"
                + made.getString("id") + "', 'secret': '" + secret + "'}}");
        HttpResponse<String> login = login(byId, null);
        String token = token(login);
        assertThat(roles(json(login).getJsonObject("token"))).containsExactly("reader");
        assertThat(json(login)
                        .getJsonObject("token")
                        .getJsonObject("application_credential")
                        .getBoolean("restricted"))
                .isTrue();
        JsonObject byName =
                object("{'methods': ['application_credential'], 'application_credential': {'name': 'ci', 'secret': '"
                        + secret + "', 'user': {'name': 'max', 'domain': {'id': 'default'}}}}");
        assertThat(login(byName, null).statusCode()).isEqualTo(201);
        assertKeystoneFault(login(byId, onProject("admin")), 401);
        assertThat(login(byId, onProject("blue")).statusCode()).isEqualTo(201);
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(200);
        assertKeystoneFault(v3("POST", path, token, "{'application_credential': {'name': 'more'}}"), 403);
        assertKeystoneFault(v3("DELETE", path + "/" + made.getString("id"), token, null), 403);
        JsonObject again = new JsonObject()
                .put("methods", new JsonArray().add("token"))
                .put("token", new JsonObject().put("id", token));
        assertKeystoneFault(login(again, onProject("admin")), 403);
        assertThat(login(again, null).statusCode()).isEqualTo(201);

        JsonObject wrong = byId.copy();
        wrong.getJsonObject("application_credential").put("secret", "guess");
        assertKeystoneFault(login(wrong, null), 401);
        // Never more than the user has itself, nor somebody else's.
        assertKeystoneFault(
                v3("POST", path, member, "{'application_credential': {'name': 'x', 'roles': [{'name': 'admin'}]}}"),
                400);
        assertKeystoneFault(v3("POST", path, admin, "{'application_credential': {'name': 'x'}}"), 403);
        assertKeystoneFault(v3("POST", path, member, "{'application_credential': {'name': 'ci'}}"), 409);
        assertKeystoneFault(
                v3("POST", path, member, "{'application_credential': {'name': 'y', 'expires_at': 'soon'}}"), 400);
        assertKeystoneFault(
                v3(
                        "POST",
                        path,
                        member,
                        "{'application_credential': {'name': 'y', 'expires_at': '2020-01-01T00:00:00Z'}}"),
                400);
        assertKeystoneFault(
                v3("POST", path, member, "{'application_credential': {'name': 'y', 'access_rules': [{}]}}"), 501);
        // Chosen secrets are kept as passwords are, and a credential ends with its time.
        String end = Instant.now().plusSeconds(600).toString();
        JsonObject chosen = made(
                path,
                "application_credential",
                member,
                "{'application_credential': {'name': 'y', 'secret': 'chosen', 'expires_at': '" + end + "'}}");
        assertThat(people.appCredentialHash(chosen.getString("id")).orElseThrow())
                .startsWith("$argon2id$");
        JsonObject byChosen = object("{'methods': ['application_credential'], 'application_credential': {'id': '"
                + chosen.getString("id") + "', 'secret': 'chosen'}}");
        String shorter = json(login(byChosen, null)).getJsonObject("token").getString("expires_at");
        assertThat(Instant.parse(shorter)).isBeforeOrEqualTo(Instant.parse(end));
        assertThat(v3("DELETE", path + "/" + made.getString("id"), member, null).statusCode())
                .isEqualTo(204);
        assertKeystoneFault(login(byId, null), 401);
        assertThat(get("/v2.1/servers", token).statusCode()).isEqualTo(401);
        pass(Duration.ofMinutes(11));
        assertKeystoneFault(login(byChosen, null), 401);
    }

    String personWith(String admin, String name, String project, String role) throws Exception {
        String user = made("/users", "user", admin, "{'user': {'name': '" + name + "', 'password': 'of " + name + "'}}")
                .getString("id");
        String path = "/projects/" + project + "/users/" + user + "/roles/" + roleId(admin, role);
        assertThat(v3("PUT", path, admin, null).statusCode()).isEqualTo(204);
        return token(login(passwordOf(name, "of " + name), object("{'project': {'id': '" + project + "'}}")));
    }

    String roleId(String admin, String name) throws Exception {
        return json(v3("GET", "/roles?name=" + name, admin, null))
                .getJsonArray("roles")
                .getJsonObject(0)
                .getString("id");
    }

    static List<String> names(HttpResponse<String> list, String key) {
        return json(list).getJsonArray(key).stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    private static List<String> roles(JsonObject token) {
        return token.getJsonArray("roles").stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    private static Map<String, String> urls(JsonArray catalog) {
        return catalog.stream()
                .map(one -> (JsonObject) one)
                .collect(java.util.stream.Collectors.toMap(
                        one -> one.getString("type"),
                        one -> one.getJsonArray("endpoints").getJsonObject(0).getString("url")));
    }
}
