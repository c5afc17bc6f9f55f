package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeException;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.recovery.CaseView;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Server groups, the hint that puts a server into one, and a word about one instance of a case. */
class ServerGroupsApiTest extends ApiFixture {

    @Test
    void hintsOtherThanAGroupOfOnesOwnAreRefusedByName() throws Exception {
        HttpResponse<String> other = createWithHints("{\"query\": \"x\"}");
        assertFault(other, 400, "badRequest");
        assertThat(other.body())
                .contains(
                        "takes the hints 'group', 'same_host', 'different_host', 'same_project', 'spread'; 'query' is not known");
        String theirs = groupId(createGroup(RED, "2.96", "{'name': 'theirs', 'policy': 'affinity'}"));
        for (String unknown : List.of("g", UUID.randomUUID().toString(), theirs)) {
            HttpResponse<String> response = createWithHints("{\"group\": \"" + unknown + "\"}");
            assertFault(response, 400, "badRequest");
            assertThat(response.body()).contains("Instance group " + unknown + " could not be found.");
        }
        assertThat(cloud.created).isEmpty();
    }

    @Test
    void aServerIsMadeInAGroupAndNamesIt() throws Exception {
        String group = groupId(createGroup(BLUE, "2.96", "{'name': 'web', 'policy': 'anti-affinity'}"));
        HttpResponse<String> made = createWithHints("{\"group\": \"" + group + "\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
        assertThat(cloud.created.getFirst().group()).hasToString(group);
        String id = json(made).getJsonObject("server").getString("id");
        groups.join(ServerGroupId.parse(group), InstanceId.parse(id));
        assertThat(json(send("GET", "/v2.1/servers/" + id, BLUE, "2.71", null))
                        .getJsonObject("server")
                        .getJsonArray("server_groups"))
                .containsExactly(group);
        assertThat(json(send("GET", "/v2.1/servers/" + id, BLUE, "2.70", null))
                        .getJsonObject("server")
                        .containsKey("server_groups"))
                .isFalse();
    }

    @Test
    void serverGroupsHaveTheShapeOfTheirVersion() throws Exception {
        JsonObject made = json(createGroup(BLUE, "2.64", """
                {'name': 'web', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': 3}}""")).getJsonObject("server_group");
        assertThat(made.getString("policy")).isEqualTo("anti-affinity");
        assertThat(made.getJsonObject("rules").getInteger("max_server_per_host"))
                .isEqualTo(3);
        assertThat(made.getString("project_id")).isEqualTo("blue");
        assertThat(made.containsKey("policies")).isFalse();
        String id = made.getString("id");
        JsonObject old = json(send("GET", "/v2.1/os-server-groups/" + id, BLUE, "2.12", null))
                .getJsonObject("server_group");
        assertThat(old.getJsonArray("policies")).containsExactly("anti-affinity");
        assertThat(old.getJsonObject("metadata")).isEmpty();
        assertThat(old.containsKey("project_id")).isFalse();
        JsonObject soft = json(createGroup(BLUE, "2.15", "{'name': 'x', 'policies': ['soft-affinity']}"));
        assertThat(soft.getJsonObject("server_group").getJsonArray("policies")).containsExactly("soft-affinity");

        assertThat(json(send("GET", "/v2.1/os-server-groups", BLUE, "2.96", null))
                        .getJsonArray("server_groups"))
                .hasSize(2);
        assertThat(json(send("GET", "/v2.1/os-server-groups?limit=1&offset=1", BLUE, "2.96", null))
                        .getJsonArray("server_groups")
                        .getJsonObject(0)
                        .getString("name"))
                .isEqualTo("x");
        // Another project's are not there, also not when somebody asks for all who may not.
        assertThat(json(send("GET", "/v2.1/os-server-groups?all_projects=1", RED, "2.96", null))
                        .getJsonArray("server_groups"))
                .isEmpty();
        assertThat(json(send("GET", "/v2.1/os-server-groups?all_projects=1", ADMIN, "2.96", null))
                        .getJsonArray("server_groups"))
                .hasSize(2);
        assertFault(send("GET", "/v2.1/os-server-groups/" + id, RED, "2.96", null), 404, "itemNotFound");
        assertFault(send("DELETE", "/v2.1/os-server-groups/" + id, RED, "2.96", null), 404, "itemNotFound");
        assertThat(send("DELETE", "/v2.1/os-server-groups/" + id, BLUE, "2.96", null)
                        .statusCode())
                .isEqualTo(204);
        assertFault(send("GET", "/v2.1/os-server-groups/" + id, BLUE, "2.96", null), 404, "itemNotFound");
        assertFault(send("GET", "/v2.1/os-server-groups/nonsense", BLUE, "2.96", null), 404, "itemNotFound");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2.96|{'name': 'g', 'policy': 'together'}|is not one of anti-affinity, affinity, soft-anti-affinity",
                "2.14|{'name': 'g', 'policies': ['soft-affinity']}|is not one of anti-affinity, affinity",
                "2.96|{'name': 'g', 'policies': ['affinity']}|up to version 2.63",
                "2.63|{'name': 'g', 'policy': 'affinity'}|from version 2.64 on",
                "2.63|{'name': 'g', 'policies': ['affinity'], 'rules': {}}|from version 2.64 on",
                "2.96|{'name': 'g'}|'policy' is a required property",
                "2.1|{'name': 'g'}|'policies' is a required property",
                "2.96|{'name': 'g', 'policy': 'affinity', 'rules': {'max_server_per_host': 2}}|Only anti-affinity",
                "2.96|{'name': 'g', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': 'two'}}|max_server_per_host",
                "2.96|{'name': 'g', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': 0}}|max_server_per_host",
                "2.96|{'name': 'g', 'policy': 'affinity', 'colour': 'blue'}|colour"
            })
    void aServerGroupThatMeansNothingIsRefused(String version, String group, String naming) throws Exception {
        HttpResponse<String> response = createGroup(BLUE, version, group);
        assertFault(response, 400, "badRequest");
        assertThat(response.body()).contains(naming);
        assertThat(groups.list(null)).isEmpty();
    }

    @Test
    void oneInstanceOfACaseIsTriedAgainOrAbandonedByAnAdministrator() throws Exception {
        assertThat(send("POST", "/ha/v1/hosts/h1/force-down", ADMIN, null, "{\"reason\": \"gone\"}")
                        .statusCode())
                .isEqualTo(202);
        CaseView one = cloud.cases.values().iterator().next();
        String instance = one.instances().getFirst().instance().toString();
        String path = "/ha/v1/cases/" + one.id();
        JsonObject shown = json(send("POST", path + "/retry", ADMIN, null, "{\"instance\": \"" + instance + "\"}"));
        assertThat(shown.getJsonObject("case")
                        .getJsonArray("instances")
                        .getJsonObject(0)
                        .getInteger("priority"))
                .isEqualTo(100);
        assertThat(cloud.log()).contains("retry " + instance + " of " + one.id() + " by root");
        String abandon = "{\"instance\": \"" + instance + "\", \"reason\": \"not worth it\"}";
        assertThat(send("POST", path + "/abandon", ADMIN, null, abandon).statusCode())
                .isEqualTo(202);
        assertThat(cloud.log()).contains("abandon " + instance + " of " + one.id() + " by root: not worth it");

        assertFault(send("POST", path + "/abandon", BLUE, null, abandon), 403, "forbidden");
        assertFault(
                send("POST", path + "/abandon", ADMIN, null, "{\"instance\": \"" + instance + "\"}"),
                400,
                "badRequest");
        String other = "{\"instance\": \"" + UUID.randomUUID() + "\", \"reason\": \"x\"}";
        assertFault(send("POST", path + "/abandon", ADMIN, null, other), 404, "itemNotFound");
        cloud.failure = new ComputeException(ComputeException.Kind.CONFLICT, "nothing is being done about it");
        assertFault(send("POST", path + "/abandon", ADMIN, null, abandon), 409, "conflictingRequest");
    }

    private HttpResponse<String> createGroup(String token, String version, String group) throws Exception {
        return send(
                "POST",
                "/v2.1/os-server-groups",
                token,
                version,
                "{\"server_group\": " + group.replace('\'', '"') + "}");
    }

    private static String groupId(HttpResponse<String> made) {
        return json(made).getJsonObject("server_group").getString("id");
    }

    private HttpResponse<String> createWithHints(String hints) throws Exception {
        return send(
                "POST",
                "/v2.1/servers",
                BLUE,
                null,
                "{\"server\": {\"name\": \"x\", \"flavorRef\": \"small\", \"imageRef\": \"" + IMAGE
                        + "\"}, \"os:scheduler_hints\": " + hints + "}");
    }
}
