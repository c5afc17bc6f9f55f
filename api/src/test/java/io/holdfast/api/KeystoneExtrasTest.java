package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attributes that mean nothing here, options and tags, in the bodies that OpenStack's clients send. */
class KeystoneExtrasTest extends KeystoneFixture {

    private static final List<String> KINDS = List.of("user", "project", "domain", "role");

    private String admin = "";

    @BeforeEach
    void login() throws Exception {
        admin = admin();
    }

    private JsonObject changed(String path, String key, String json) throws Exception {
        HttpResponse<String> response = v3("PATCH", path, admin, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json(response).getJsonObject(key);
    }

    private JsonObject shown(String path, String key) throws Exception {
        return json(v3("GET", path, admin, null)).getJsonObject(key);
    }

    private List<String> listed(String path, String key) throws Exception {
        HttpResponse<String> response = v3("GET", path, admin, null);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<String> names = new ArrayList<>();
        json(response).getJsonArray(key).forEach(one -> names.add(((JsonObject) one).getString("name")));
        return names;
    }

    /** As {@code openstack user create --email}, {@code project create --property}, {@code role create --description} and so on have them. */
    @Test
    void whatMeansNothingIsKeptShownListedAndMerged() throws Exception {
        for (String key : KINDS) {
            whatMeansNothingIsKeptShownListedAndMerged(key + "s", key);
        }
    }

    private void whatMeansNothingIsKeptShownListedAndMerged(String kind, String key) throws Exception {
        JsonObject made = made(
                "/" + kind,
                key,
                admin,
                "{'" + key + "': {'name': 'x', 'description': 'of people', 'enabled': true, 'options': {},"
                        + " 'cost-center': '12', 'rack': {'row': 4, 'of': [true, null, 1.5]}, 'phone': null}}");
        String path = "/" + kind + "/" + made.getString("id");
        assertThat(made.getString("cost_center")).isEqualTo("12");
        assertThat(made.getJsonObject("rack")).isEqualTo(object("{'row': 4, 'of': [true, null, 1.5]}"));
        assertThat(made.containsKey("phone")).isTrue();
        assertThat(made.getValue("phone")).isNull();
        assertThat(made.getString("description")).isEqualTo("of people");
        assertThat(shown(path, key)).isEqualTo(made);
        assertThat(json(v3("GET", "/" + kind + "?name=x", admin, null))
                        .getJsonArray(kind)
                        .getJsonObject(0))
                .isEqualTo(made);
        JsonObject after = changed(
                path,
                key,
                "{'" + key + "': {'rack': {'row': 5}, 'cost_center': null, 'cost-center': 'as it is said'}}");
        assertThat(after)
                .isEqualTo(made.copy()
                        .put("rack", object("{'row': 5}"))
                        .putNull("cost_center")
                        .put("cost-center", "as it is said"));
        // What a client has read it may send back.
        assertThat(changed(path, key, new JsonObject().put(key, after).encode()))
                .isEqualTo(after);
    }

    @Test
    void nothingIsKeptInTheNameOfARealOneAndNoPassword() throws Exception {
        for (String key : KINDS) {
            nothingIsKeptInTheNameOfARealOneAndNoPassword(key + "s", key);
        }
    }

    private void nothingIsKeptInTheNameOfARealOneAndNoPassword(String kind, String key) throws Exception {
        JsonObject made = made(
                "/" + kind, key, admin, "{'" + key + "': {'name': 'x', 'id': 'mine', 'links': {'self': 'http://x'}}}");
        assertThat(made.getString("id")).isNotEqualTo("mine");
        assertThat(made.getJsonObject("links").getString("self")).endsWith("/" + kind + "/" + made.getString("id"));
        String path = "/" + kind + "/" + made.getString("id");
        for (String wrong : List.of(
                "'id': 'another'",
                "'password_hash': 'x'",
                "'original_password': 'x'",
                "'adminPass-word': 'x'",
                "'login': {'Password': 'x'}",
                "'': 1",
                "'" + "n".repeat(256) + "': 1",
                "'big': '" + "x".repeat(8193) + "'",
                "'deep': [[[[[[[[[1]]]]]]]]]",
                "'options': {'pony': true}",
                "'options': {'lock_password': 'yes'}",
                "'name': 7",
                "'enough': [" + String.join(",", Collections.nCopies(2500, "1")) + "]")) {
            if (kind.equals("users") || !wrong.startsWith("'options': {'lock")) {
                assertKeystoneFault(v3("PATCH", path, admin, "{'" + key + "': {" + wrong + "}}"), 400);
            }
        }
        String many = String.join(
                ", ", IntStream.range(0, 101).mapToObj(i -> "'a" + i + "': 1").toList());
        assertKeystoneFault(v3("PATCH", path, admin, "{'" + key + "': {" + many + "}}"), 400);
        assertThat(shown(path, key)).isEqualTo(made);
        // Names of something new are written with _, and must not become real ones by that.
        for (String wrong :
                List.of("'domain-id': 'default'", "'a-b': 1, 'a_b': 2", "'a-b': 1, 'a:b': 2", "'pass-word': 'x'")) {
            assertKeystoneFault(v3("POST", "/" + kind, admin, "{'" + key + "': {'name': 'y', " + wrong + "}}"), 400);
        }
        assertThat(listed("/" + kind + "?name=y", kind)).isEmpty();
    }

    @Test
    void whatWouldMeanSomethingElsewhereIsRefused() throws Exception {
        assertKeystoneFault(v3("POST", "/users", admin, "{'user': {'name': 'y', 'federated': []}}"), 400);
        assertKeystoneFault(v3("POST", "/domains", admin, "{'domain': {'name': 'y', 'explicit_domain_id': 'x'}}"), 400);
        assertKeystoneFault(v3("POST", "/domains", admin, "{'domain': {'name': 'y', 'parent_id': 'x'}}"), 400);
        assertKeystoneFault(v3("POST", "/roles", admin, "{'role': {'name': 'y', 'domain_id': 'default'}}"), 501);
        assertKeystoneFault(v3("POST", "/projects", admin, "{'project': {'name': 'y'}, 'more': 1}"), 400);
        JsonObject role = made("/roles", "role", admin, "{'role': {'name': 'y', 'domain_id': null}}");
        assertThat(role.containsKey("domain_id")).isTrue();
        assertThat(role.getValue("domain_id")).isNull();
    }

    @Test
    void aPasswordIsAPasswordAndNowhereElse() throws Exception {
        JsonObject user = made(
                "/users",
                "user",
                admin,
                "{'user': {'name': 'ann', 'password': 'of ann', 'email': 'ann@example.org', 'desk': 4}}");
        assertThat(user.encode()).doesNotContain("of ann").doesNotContain("argon2");
        String path = "/users/" + user.getString("id");
        assertThat(changed(path, "user", "{'user': {'password': 'new of ann', 'email': null}}")
                        .encode())
                .doesNotContain("new of ann")
                .doesNotContain("email");
        JsonObject kept =
                new JsonObject(people.user(user.getString("id")).orElseThrow().extra());
        assertThat(kept).isEqualTo(object("{'desk': 4}"));
        token(login(passwordOf("ann", "new of ann"), "unscoped"));
    }

    @Test
    void optionsDoWhatTheySay() throws Exception {
        JsonObject project = made(
                "/projects",
                "project",
                admin,
                "{'project': {'name': 'p', 'options': {'immutable': true}, 'tags': []}}");
        assertThat(project.getJsonObject("options")).isEqualTo(object("{'immutable': true}"));
        String path = "/projects/" + project.getString("id");
        assertKeystoneFault(v3("PATCH", path, admin, "{'project': {'description': 'x'}}"), 403);
        assertKeystoneFault(v3("PUT", path + "/tags/x", admin, null), 403);
        assertKeystoneFault(v3("DELETE", path, admin, null), 403);
        assertThat(changed(path, "project", "{'project': {'options': {'immutable': false}}}")
                        .getJsonObject("options"))
                .isEqualTo(object("{'immutable': false}"));
        assertThat(changed(path, "project", "{'project': {'options': {'immutable': null}}}")
                        .getJsonObject("options"))
                .isEmpty();
        assertThat(v3("DELETE", path, admin, null).statusCode()).isEqualTo(204);

        JsonObject user = made(
                "/users",
                "user",
                admin,
                "{'user': {'name': 'ann', 'password': 'of ann', 'options': {'lock_password': true, 'ignore_password_expiry': true}}}");
        String own = "/users/" + user.getString("id");
        String token = token(login(passwordOf("ann", "of ann"), "unscoped"));
        String change = "{'user': {'original_password': 'of ann', 'password': 'new of ann'}}";
        assertKeystoneFault(v3("POST", own + "/password", token, change), 400);
        token(login(passwordOf("ann", "of ann"), "unscoped"));
        changed(own, "user", "{'user': {'options': {'lock_password': false}}}");
        assertThat(v3("POST", own + "/password", token, change).statusCode()).isEqualTo(204);
        token(login(passwordOf("ann", "new of ann"), "unscoped"));
        assertKeystoneFault(v3("PATCH", own, admin, "{'user': {'options': {'multi_factor_auth_enabled': true}}}"), 501);
    }

    @Test
    void tagsAreSetOneByOneAndTogether() throws Exception {
        JsonObject project =
                made("/projects", "project", admin, "{'project': {'name': 'p', 'tags': ['red', ' green ']}}");
        assertThat(project.getJsonArray("tags")).containsExactly("red", "green");
        String tags = "/projects/" + project.getString("id") + "/tags";
        HttpResponse<String> added = v3("PUT", tags + "/dark%20blue", admin, null);
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        assertThat(added.headers().firstValue("Location").orElseThrow()).endsWith(tags + "/dark%20blue");
        JsonObject all = json(v3("GET", tags, admin, null));
        assertThat(all.getJsonArray("tags")).containsExactly("red", "green", "dark blue");
        assertThat(all.getJsonObject("links").getString("self")).endsWith("/identity/v3" + tags);
        assertThat(v3("GET", tags + "/red", admin, null).statusCode()).isEqualTo(204);
        assertThat(v3("HEAD", tags + "/dark%20blue", admin, null).statusCode()).isEqualTo(204);
        assertThat(v3("HEAD", tags + "/Red", admin, null).statusCode()).isEqualTo(404);
        assertKeystoneFault(v3("GET", tags + "/pony", admin, null), 404);
        assertKeystoneFault(v3("DELETE", tags + "/pony", admin, null), 404);
        assertKeystoneFault(v3("PUT", tags + "/red", admin, null), 400);
        assertKeystoneFault(v3("PUT", tags + "/a%2Cb", admin, null), 400);
        assertKeystoneFault(v3("PUT", tags + "/%20", admin, null), 400);
        assertKeystoneFault(v3("PUT", tags + "/" + "x".repeat(256), admin, null), 400);
        assertThat(v3("DELETE", tags + "/red", admin, null).statusCode()).isEqualTo(204);
        assertThat(shown("/projects/" + project.getString("id"), "project").getJsonArray("tags"))
                .containsExactly("green", "dark blue");
        JsonArray many =
                new JsonArray(IntStream.range(0, 80).mapToObj(i -> "t" + i).toList());
        HttpResponse<String> set =
                v3("PUT", tags, admin, new JsonObject().put("tags", many).encode());
        assertThat(json(set).getJsonArray("tags")).isEqualTo(many);
        assertKeystoneFault(v3("PUT", tags + "/one-more", admin, null), 400);
        for (String wrong : List.of(
                "{}",
                "{'tags': null}",
                "{'tags': ['a', 'a']}",
                "{'tags': ['a,b']}",
                "{'tags': [' ']}",
                "{'tags': [7]}")) {
            assertKeystoneFault(v3("PUT", tags, admin, wrong), 400);
        }
        assertKeystoneFault(
                v3(
                        "PUT",
                        tags,
                        admin,
                        new JsonObject().put("tags", many.copy().add("x")).encode()),
                400);
        assertThat(v3("DELETE", tags, admin, null).statusCode()).isEqualTo(204);
        assertThat(json(v3("GET", tags, admin, null)).getJsonArray("tags")).isEmpty();
        assertKeystoneFault(v3("GET", "/projects/nowhere/tags", admin, null), 404);
        assertKeystoneFault(v3("PUT", "/projects/nowhere/tags/x", admin, null), 404);
        // Who is in the project sees its tags, and sets none.
        String user = made("/users", "user", admin, "{'user': {'name': 'ann', 'password': 'of ann'}}")
                .getString("id");
        String role = json(v3("GET", "/roles?name=member", admin, null))
                .getJsonArray("roles")
                .getJsonObject(0)
                .getString("id");
        String grant = "/projects/" + project.getString("id") + "/users/" + user + "/roles/" + role;
        assertThat(v3("PUT", grant, admin, null).statusCode()).isEqualTo(204);
        String member = token(login(passwordOf("ann", "of ann"), onProject("p")));
        assertThat(v3("GET", tags, member, null).statusCode()).isEqualTo(200);
        assertKeystoneFault(v3("GET", tags + "/x", member, null), 404);
        assertKeystoneFault(v3("PUT", tags + "/x", member, null), 403);
        assertKeystoneFault(v3("PUT", tags, member, "{'tags': []}"), 403);
        assertKeystoneFault(v3("DELETE", tags, member, null), 403);
        JsonObject domain = made("/domains", "domain", admin, "{'domain': {'name': 'd', 'tags': ['x']}}");
        assertThat(domain.getJsonArray("tags")).containsExactly("x");
        assertThat(changed("/domains/" + domain.getString("id"), "domain", "{'domain': {'tags': ['y']}}")
                        .getJsonArray("tags"))
                .containsExactly("y");
    }

    @Test
    void aListIsLimitedByTags() throws Exception {
        made("/projects", "project", admin, "{'project': {'name': 'p0'}}");
        made("/projects", "project", admin, "{'project': {'name': 'p1', 'tags': ['red']}}");
        made("/projects", "project", admin, "{'project': {'name': 'p2', 'tags': ['green']}}");
        made("/projects", "project", admin, "{'project': {'name': 'p12', 'tags': ['red', 'green']}}");
        Map<String, List<String>> expected = new LinkedHashMap<>();
        expected.put("tags=red", List.of("p1", "p12"));
        expected.put("tags=red,green", List.of("p12"));
        expected.put("tags-any=red,green", List.of("p1", "p12", "p2"));
        expected.put("not-tags=red,green", List.of("admin", "p0", "p1", "p2"));
        expected.put("not-tags-any=red,green", List.of("admin", "p0"));
        expected.put("tags=red&not-tags-any=green", List.of("p1"));
        expected.put("tags-any=red,green&not-tags=red,green", List.of("p1", "p2"));
        expected.put("tags=pony", List.of());
        expected.put("tags=Red", List.of());
        for (Map.Entry<String, List<String>> one : expected.entrySet()) {
            assertThat(listed("/projects?" + one.getKey(), "projects"))
                    .as(one.getKey())
                    .containsExactlyInAnyOrderElementsOf(one.getValue());
        }
    }
}
