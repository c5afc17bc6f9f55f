package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The path and the query that are checked are the ones that are served. */
final class PathsTest extends KeystoneFixture {

    private String admin;
    private String ann;
    private String annId;
    private String victimId;

    @BeforeEach
    void people() throws Exception {
        admin = admin();
        victimId = user("victim");
        annId = user("ann");
        ann = token(login(passwordOf("ann", "a long password of ann"), null));
    }

    private String user(String name) throws Exception {
        String body = "{'user': {'name': '" + name + "', 'password': 'a long password of " + name + "'}}";
        return made("/users", "user", admin, body).getString("id");
    }

    @Test
    void aQueryWithoutAMeaningToTheDatabaseIsRefused() throws Exception {
        assertThat(raw("GET", "/identity/v3/users?name=a%00b", admin, ""))
                .startsWith("HTTP/1.1 400 ")
                .contains("NUL");
        assertThat(raw("GET", "/identity/v3/users?name=a%2500b", admin, "")).startsWith("HTTP/1.1 200 ");
    }

    /** As it stands, which no client of Java would send. */
    private String raw(String method, String target, String token, String body) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            socket.getOutputStream()
                    .write((method + " " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Auth-Token: "
                                    + token + "\r\nContent-Type: application/json\r\nContent-Length: " + bytes.length
                                    + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            try (InputStream answer = socket.getInputStream()) {
                return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    @Test
    void nobodyReachesAnothersThingsOverADetourThroughItsOwn() throws Exception {
        String credential = "{\"application_credential\": {\"name\": \"theft\", \"secret\": \"a long enough secret\"}}";
        // The router would take the detour out, and a look at the written path find the other user in it.
        for (String detour : List.of(
                "/" + victimId + "/../" + annId,
                "/" + victimId + "/%2e%2e/" + annId,
                "/" + victimId + "/%2E./" + annId,
                "/./" + annId,
                "//" + annId,
                "/%2e/" + annId)) {
            assertThat(raw("GET", "/identity/v3/users" + detour, ann, ""))
                    .as(detour)
                    .startsWith("HTTP/1.1 400 ")
                    .doesNotContain("victim");
            assertThat(raw("POST", "/identity/v3/users" + detour + "/application_credentials", ann, credential))
                    .as(detour)
                    .startsWith("HTTP/1.1 400 ");
        }
        assertThat(json(v3("GET", "/users/" + victimId + "/application_credentials", admin, null))
                        .getJsonArray("application_credentials"))
                .isEmpty();
        // Nobody is kept from its own.
        assertThat(v3("GET", "/users/" + annId, ann, null).statusCode()).isEqualTo(200);
        assertThat(v3("GET", "/users/" + victimId, ann, null).statusCode()).isEqualTo(403);
    }

    @Test
    void aPathThatCouldBeReadInTwoWaysIsRefusedBeforeAnythingElseInEachApi() throws Exception {
        for (String prefix : List.of("", "/identity", "/image", "/network", "/placement", "/instance-ha", "/ha")) {
            for (String rest : List.of(
                    "/v2.1%2Fservers",
                    "/v2.1/servers/..%2fflavors",
                    "/v3/users/%2e%2e/projects",
                    "/v3/./users",
                    "/v2.1/../v3",
                    "/v2.0//networks",
                    "//v2.1",
                    "/v2.1/servers;x=1",
                    "/v2.1/servers/a%252Fb",
                    "/v2.1/servers/a%25%32%46b",
                    "/v2.1/servers/%00",
                    "/v2.1/servers/a%0d%0ab",
                    "/v2.1/servers/%5c",
                    "/v2.1/servers/%c0%af",
                    "/v2.1/servers/%zz",
                    "/v2.1/servers/%2",
                    "/v2.1/servers\\x")) {
                // Without a token, so that it is known to come first.
                assertThat(raw("POST", prefix + rest, "none", "{}"))
                        .as(prefix + rest)
                        .startsWith("HTTP/1.1 400 ");
            }
        }
    }

    @Test
    void aTargetThatIsNoPathAndAQueryThatCannotBeDecodedAreAnswered() throws Exception {
        for (String target : List.of("*", "v2.1/servers", "%2fv2.1", "?limit=1")) {
            assertThat(raw("OPTIONS", target, "none", "")).as(target).startsWith("HTTP/1.1 40");
            assertThat(raw("POST", target, "none", "{}"))
                    .as(target)
                    .startsWith("HTTP/1.1 40")
                    .contains("req-");
        }
        // A proxy's way of asking.
        assertThat(raw("GET", "http://here/v2.1", "none", "")).startsWith("HTTP/1.1 200 ");
        for (String query : List.of("name=%zz", "name=%", "%=x")) {
            assertThat(raw("GET", "/v2.1/servers?" + query, ADMIN, ""))
                    .as(query)
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void theSamePathWrittenOtherwiseIsTheSameForThePolicyTheContractAndTheRouter() throws Exception {
        // Letters that need no escape are the same with one.
        String other = "%69dentity/v3/%75sers/";
        assertThat(raw("GET", "/" + other + annId, ann, ""))
                .startsWith("HTTP/1.1 200 ")
                .contains("\"ann\"");
        assertThat(raw("GET", "/" + other + victimId, ann, ""))
                .startsWith("HTTP/1.1 403 ")
                .contains("\"error\"");
        assertThat(raw("GET", "/" + other + victimId, "none", "")).startsWith("HTTP/1.1 401 ");
        assertThat(raw("GET", "/%76%32.1", "none", "")).startsWith("HTTP/1.1 200 ");
        // A plus is one, in a path.
        assertThat(raw("GET", "/v2.1/flavors/a+b", ADMIN, ""))
                .startsWith("HTTP/1.1 404 ")
                .contains("a+b");
    }

    @Test
    void aValueOfTheQueryIsDecodedOnceAndStaysWhole() throws Exception {
        for (String name : List.of(
                "a+b",
                "50%",
                "%41",
                "a%2Bb",
                "a&b",
                "a&name=b",
                "\"quoted\"",
                "12.5",
                "{}",
                "\\u0041",
                "-7",
                "a,b",
                "ä")) {
            String body = new JsonObject()
                    .put("project", new JsonObject().put("name", name))
                    .encode();
            String id = json(send("POST", "/identity/v3/projects", admin, null, body))
                    .getJsonObject("project")
                    .getString("id");
            HttpResponse<String> found =
                    v3("GET", "/projects?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8), admin, null);
            assertThat(found.statusCode()).as(name + found.body()).isEqualTo(200);
            assertThat(json(found).getJsonArray("projects")).as(name).hasSize(1);
            assertThat(json(found).getJsonArray("projects").getJsonObject(0).getString("id"))
                    .as(name)
                    .isEqualTo(id);
        }
        // One value each, whatever is in it.
        assertFault(get("/v2.1/servers?sort_key=created_at%26sort_key=x", ADMIN), 400, "badRequest");
        assertThat(get("/v2.1/servers?sort_key=created_at%26sort_key=x", ADMIN).body())
                .contains("created_at&sort_key=x");
    }
}
