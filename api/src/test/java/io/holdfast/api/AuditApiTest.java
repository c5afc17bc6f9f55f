package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.store.StoredAudit;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who did what, as an administrator reads it; over the whole way of a request, with the identity service and a database. */
final class AuditApiTest extends KeystoneFixture {

    private static final String FLAVOR =
            "{\"flavor\": {\"name\": \"%s\", \"id\": \"%s\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1}}";

    @Override
    AuditBook audit() {
        return new StoredAudit(store);
    }

    private List<JsonObject> trail(String query) throws Exception {
        HttpResponse<String> answer = get("/ha/v1/audit" + query, ADMIN);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonArray("audit").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private JsonObject only(String query) throws Exception {
        List<JsonObject> lines = trail(query);
        assertThat(lines).as(query).hasSize(1);
        return lines.getFirst();
    }

    @Test
    void aChangeHasItsLineWithWhoWhatFromWhereAndResult() throws Exception {
        HttpResponse<String> made = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR.formatted("big", "big"));
        assertThat(made.statusCode()).isEqualTo(200);
        JsonObject line = only("?operation=createFlavor");
        assertThat(line.getString("requestId"))
                .isEqualTo(made.headers().firstValue("X-Openstack-Request-Id").orElseThrow());
        assertThat(line.getString("kind")).isEqualTo("operator");
        assertThat(line.getString("user")).isEqualTo("root");
        assertThat(line.getString("project")).isEqualTo("admin");
        assertThat(line.getString("address")).isEqualTo("127.0.0.1");
        assertThat(line.getString("controller")).isEqualTo("controller");
        assertThat(line.getString("service")).isEqualTo("compute");
        assertThat(line.getString("target")).isEqualTo("/v2.1/flavors");
        assertThat(line.getInteger("status")).isEqualTo(200);
        assertThat(line.getString("made")).isEqualTo("big");
        assertThat(line.getBoolean("refused")).isFalse();
        // The same by everything that it can be asked by.
        for (String query : List.of(
                "user=root",
                "kind=operator",
                "project=admin",
                "service=compute",
                "target=big",
                "address=127.0.0.1",
                "status=200",
                "status=2xx",
                "request_id=" + line.getString("requestId"),
                "since=2020-01-01T00:00:00Z",
                "before=2100-01-01T00:00:00%2B01:00")) {
            assertThat(only("?" + query)).as(query).isEqualTo(line);
        }
        for (String query : List.of(
                "user=ann",
                "kind=monitor",
                "project=blue",
                "service=image",
                "target=small",
                "address=192.0.2.1",
                "status=error",
                "status=open",
                "status=404",
                "since=2100-01-01T00:00:00Z")) {
            assertThat(trail("?" + query)).as(query).isEmpty();
        }
        // What only reads leaves no line, not even the reading of the trail.
        get("/v2.1/flavors", ADMIN);
        assertThat(trail("")).hasSize(1);
    }

    @Test
    void whatTheWorkRefusedHasALineOfItsOwnAndAnActionItsName() throws Exception {
        assertThat(send("DELETE", "/v2.1/flavors/none", ADMIN, null, null).statusCode())
                .isEqualTo(404);
        JsonObject gone = only("?operation=deleteFlavor");
        assertThat(gone.getInteger("status")).isEqualTo(404);
        assertThat(gone.getString("fault")).contains("none");
        assertThat(gone.getString("target")).isEqualTo("/v2.1/flavors/none");
        assertThat(gone.getBoolean("refused")).isFalse();
        send("POST", "/v2.1/servers/22222222-2222-4222-8222-222222222222/action", BLUE, null, "{\"os-stop\": null}");
        JsonObject stopped = only("?operation=os-stop");
        assertThat(stopped.getString("operation")).isEqualTo("serverAction/os-stop");
        assertThat(stopped.getString("kind")).isEqualTo("user");
        assertThat(stopped.getInteger("status")).isEqualTo(404);
        assertThat(send("POST", "/ha/v1/alerts", MONITOR, null, "{\"version\": \"4\", \"alerts\": []}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(only("?operation=receiveAlerts").getString("kind")).isEqualTo("monitor");
    }

    @Test
    void refusedRequestsAreCountedAndNotRepeated() throws Exception {
        for (int i = 0; i < 50; i++) {
            assertThat(send("POST", "/v2.1/servers/guess-" + i, "wrong", null, "{}")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(send("DELETE", "/v2.1/flavors/f" + i, BLUE, null, null).statusCode())
                    .isEqualTo(403);
        }
        assertThat(send("POST", "/v2.1/flavors", ADMIN, null, "{\"flavor\": {\"name\": 7}}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(send("POST", "/v2.1/nowhere", ADMIN, null, "{}").statusCode())
                .isEqualTo(404);
        JsonObject unknown = only("?status=401");
        assertThat(unknown.getInteger("count")).isEqualTo(50);
        assertThat(unknown.getString("kind")).isEqualTo("nobody");
        assertThat(unknown.getString("operation")).isEqualTo("POST");
        assertThat(unknown.getBoolean("refused")).isTrue();
        // What somebody without a right to be here wrote is not kept.
        assertThat(unknown.getString("target")).isEmpty();
        JsonObject forbidden = only("?status=403");
        assertThat(forbidden.getInteger("count")).isEqualTo(50);
        assertThat(forbidden.getString("user")).isEqualTo("ann");
        assertThat(forbidden.getString("operation")).isEqualTo("deleteFlavor");
        assertThat(forbidden.getString("target")).isEqualTo("/v2.1/flavors/f0");
        JsonObject odd = only("?status=400");
        assertThat(odd.getString("operation")).isEqualTo("createFlavor");
        assertThat(odd.getValue("fault")).isNull();
        assertThat(only("?status=404").getBoolean("refused")).isTrue();
        assertThat(trail("")).hasSize(4);
    }

    @Test
    void whoLogsInIsNamedAndWrongPasswordsAreCounted() throws Exception {
        assertThat(login("admin", PASSWORD).statusCode()).isEqualTo(201);
        for (int i = 0; i < 3; i++) {
            assertThat(login("admin", "wrong " + i).statusCode()).isEqualTo(401);
        }
        JsonObject in = only("?service=identity&status=201");
        assertThat(in.getString("userName")).isEqualTo("admin");
        assertThat(in.getString("kind")).isEqualTo("operator");
        assertThat(in.getString("project")).isNotEqualTo("none");
        JsonObject out = only("?service=identity&status=401");
        assertThat(out.getInteger("count")).isEqualTo(3);
        assertThat(out.getString("operation")).isEqualTo(in.getString("operation"));
    }

    private HttpResponse<String> login(String user, String password) throws Exception {
        JsonObject domain = new JsonObject().put("name", "Default");
        return send(
                "POST",
                "/identity/v3/auth/tokens",
                null,
                null,
                new JsonObject()
                        .put(
                                "auth",
                                new JsonObject()
                                        .put(
                                                "identity",
                                                new JsonObject()
                                                        .put("methods", List.of("password"))
                                                        .put(
                                                                "password",
                                                                new JsonObject()
                                                                        .put(
                                                                                "user",
                                                                                new JsonObject()
                                                                                        .put("name", user)
                                                                                        .put("domain", domain)
                                                                                        .put("password", password))))
                                        .put(
                                                "scope",
                                                new JsonObject()
                                                        .put(
                                                                "project",
                                                                new JsonObject()
                                                                        .put("name", "admin")
                                                                        .put("domain", domain))))
                        .encode());
    }

    @Test
    void noSecretIsEverKept() throws Exception {
        HttpResponse<String> in = login("admin", PASSWORD);
        String token = in.headers().firstValue("X-Subject-Token").orElseThrow();
        HttpResponse<String> ann = send("POST", "/identity/v3/users", token, null, """
                {"user": {"name": "zoe", "password": "first-of-zoe"}}""");
        assertThat(ann.statusCode()).as(ann.body()).isEqualTo(201);
        String id = json(ann).getJsonObject("user").getString("id");
        send("POST", "/identity/v3/users/" + id + "/password", token, null, """
                {"user": {"password": "second-of-zoe", "original_password": "first-of-zoe"}}""");
        send("POST", "/identity/v3/users/" + id + "/application_credentials", token, null, """
                {"application_credential": {"name": "ci", "secret": "cred-of-zoe"}}""");
        send("POST", "/ha/v1/webhooks", ADMIN, null, """
                {"url": "http://192.0.2.5/?key=in-the-url", "secret": "of-the-webhook-16"}""");
        // A secret in a place that the contract refuses, in a query, and as the whole body.
        send("POST", "/v2.1/flavors?x=of-the-query", ADMIN, null, "{\"flavor\": {\"ram\": \"of-the-flavor\"}}");
        send("POST", "/v2.1/servers/1/action", ADMIN, null, "{\"rebuild\": {\"adminPass\": \"of-the-admin\"}}");
        send("POST", "/v2.1/of-the-path", "of-the-token", null, "\"of-the-body\"");
        send("DELETE", "/identity/v3/auth/tokens", token, null, null);
        assertThat(trail("")).hasSizeGreaterThan(6);
        String all = everything();
        assertThat(all).contains("createUser").contains(id);
        assertThat(all)
                .doesNotContain(PASSWORD)
                .doesNotContain("-of-zoe")
                .doesNotContain("of-the-")
                .doesNotContain("in-the-url")
                .doesNotContain(token)
                .doesNotContain(ADMIN);
    }

    private String everything() {
        return store.inTransaction(session -> session.doReturningWork(connection -> {
            try (Statement select = connection.createStatement();
                    ResultSet rows =
                            select.executeQuery("select coalesce(string_agg(a::text, ' '), '') from audit_line a")) {
                rows.next();
                return rows.getString(1);
            }
        }));
    }

    @Test
    void onlyAdministratorsReadItPageByPage() throws Exception {
        assertFault(get("/ha/v1/audit", BLUE), 403, "forbidden");
        assertFault(get("/ha/v1/audit", MONITOR), 403, "forbidden");
        assertThat(get("/ha/v1/audit", null).statusCode()).isEqualTo(401);
        for (String name : List.of("a", "b", "c")) {
            send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR.formatted(name, name));
        }
        JsonObject first = json(get("/ha/v1/audit?limit=2", ADMIN));
        assertThat(first.getJsonArray("audit")).hasSize(2);
        JsonObject second = json(get("/ha/v1/audit?limit=2&marker=" + first.getLong("next"), ADMIN));
        assertThat(second.getJsonArray("audit")).hasSize(1);
        assertThat(second.containsKey("next")).isFalse();
        assertThat(second.getJsonArray("audit").getJsonObject(0).getString("made"))
                .isEqualTo("a");
        for (String wrong : List.of("since=yesterday", "kind=king", "status=7", "limit=0", "limit=5000", "marker=x")) {
            assertFault(get("/ha/v1/audit?" + wrong, ADMIN), 400, "badRequest");
        }
        assertThat(trail("?target=" + URLEncoder.encode("'; drop --", StandardCharsets.UTF_8)))
                .isEmpty();
    }
}
