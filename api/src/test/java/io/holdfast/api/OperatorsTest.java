package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** What operators order, through the API: the contract, the policy, and what reaches recovery. */
class OperatorsTest extends ApiFixture {

    @Test
    void operatorsOrderAboutHostsSegmentsAndCases() throws Exception {
        HttpResponse<String> refused =
                send("POST", "/ha/v1/hosts/h1/confirm-dead", ADMIN, null, "{\"reason\": \"burnt\"}");
        assertFault(refused, 409, "conflictingRequest");
        assertThat(refused.body()).contains("power (power on)");
        assertThat(send(
                                "POST",
                                "/ha/v1/hosts/h1/confirm-dead",
                                ADMIN,
                                null,
                                "{\"reason\": \"burnt\", \"override\": [\"power\"]}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(send("POST", "/ha/v1/hosts/h1/force-down", ADMIN, null, "{\"reason\": \"gone\"}")
                        .statusCode())
                .isEqualTo(202);
        String id = cloud.cases.keySet().iterator().next().toString();
        for (String[] act : new String[][] {
            {"PUT", "/ha/v1/hosts/h1/maintenance", "{\"reason\": \"memory\"}", "204"},
            {"DELETE", "/ha/v1/hosts/h1/maintenance", null, "204"},
            {"DELETE", "/ha/v1/hosts/h1/quarantine", null, "204"},
            {"PUT", "/ha/v1/segments/default/maintenance", "{}", "204"},
            {"DELETE", "/ha/v1/segments/default/maintenance", null, "204"},
            {"PUT", "/ha/v1/segments/default/arming", "{\"mode\": \"freeze\", \"reason\": \"racks\"}", "204"},
            {"POST", "/ha/v1/cases/" + id + "/abandon", "{\"reason\": \"scrapped\"}", "202"}
        }) {
            HttpResponse<String> answer = send(act[0], act[1], ADMIN, null, act[2]);
            assertThat(answer.statusCode())
                    .as(act[0] + " " + act[1] + answer.body())
                    .isEqualTo(Integer.parseInt(act[3]));
        }
        assertThat(cloud.log())
                .contains(
                        "confirm-dead h1 by root burnt [power]",
                        "maintenance h1 true by root memory",
                        "maintenance h1 false by root ",
                        "release h1 by root",
                        "maintenance default true by root ",
                        "arm default FREEZE by root racks",
                        "abandon " + id + " by root scrapped");
        JsonObject host = json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host");
        assertThat(host.getJsonArray("notes").getJsonObject(0).getString("text"))
                .contains("cut off");
        assertThat(host.getJsonObject("failureDomains").fieldNames()).isEmpty();
        JsonObject segment = json(get("/ha/v1/segments/default", ADMIN)).getJsonObject("segment");
        assertThat(segment.getString("armed")).isEqualTo("FREEZE");
        assertThat(segment.getString("armedWhy")).contains("moving racks");
        JsonObject plan = json(get("/ha/v1/what-if?host=h1,h2", ADMIN));
        assertThat(plan.getJsonArray("hosts")).hasSize(2);
        assertThat(plan.getJsonArray("hosts")
                        .getJsonObject(1)
                        .getJsonArray("instances")
                        .getJsonObject(0)
                        .getString("reason"))
                .isEqualTo("h2: is full");
        assertThat(plan.getJsonArray("hosts")
                        .getJsonObject(1)
                        .getJsonObject("fenceCheck")
                        .getString("state"))
                .isEqualTo("UNCHECKED");
        assertThat(plan.getJsonArray("hosts").getJsonObject(0).getLong("plannedAgoMillis"))
                .isNull();
        assertThat(json(get("/ha/v1/what-if?host=h1", ADMIN))
                        .getJsonArray("hosts")
                        .getJsonObject(0)
                        .getLong("plannedAgoMillis"))
                .isPositive();
        assertThat(json(get("/ha/v1/what-if?host=h1&power_off=true", ADMIN)).getString("assumed"))
                .isEqualTo("their power reads off");
        assertFault(get("/ha/v1/what-if", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/what-if?host=h1", BLUE), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/hosts/h1/confirm-dead", ADMIN, null, "{}"), 400, "badRequest");
        assertFault(
                send(
                        "POST",
                        "/ha/v1/hosts/h1/confirm-dead",
                        ADMIN,
                        null,
                        "{\"reason\": \"x\", \"override\": [\"all\"]}"),
                400,
                "badRequest");
        assertFault(
                send("PUT", "/ha/v1/segments/default/arming", ADMIN, null, "{\"mode\": \"off\"}"), 400, "badRequest");
        assertFault(
                send("POST", "/ha/v1/cases/nonsense/abandon", ADMIN, null, "{\"reason\": \"x\"}"), 404, "itemNotFound");
    }
}
