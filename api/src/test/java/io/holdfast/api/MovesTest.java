package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Servers that are moved on request: off a living host, or off a dead one and left stopped. */
class MovesTest extends ApiFixture {

    @Test
    void fromVersion295OnAnEvacuatedServerIsLeftStopped() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        cloud.setForcedDown(io.holdfast.model.HostId.of("h1"), true, io.holdfast.model.Actor.HOLDFAST, "");
        String path = "/v2.1/servers/" + vm.id() + "/action";

        assertThat(send("POST", path, ADMIN, "2.94", "{\"evacuate\": {}}").statusCode())
                .isEqualTo(200);
        assertThat(cloud.log()).contains("evacuate to null").doesNotContain("left stopped");
        assertThat(send("POST", path, ADMIN, "2.95", "{\"evacuate\": {}}").statusCode())
                .isEqualTo(200);
        assertThat(cloud.log()).contains("evacuate to null, left stopped");
    }

    @Test
    void migrateIsTheAdminsAndItsMoveCanBeReadAfterwards() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        Instance building = cloud.add("new", "blue", ActualState.BUILDING);
        String path = "/v2.1/servers/" + vm.id() + "/action";

        HttpResponse<String> taken = send("POST", path, ADMIN, "2.56", "{\"migrate\": {\"host\": \"h2\"}}");
        assertThat(taken.statusCode()).isEqualTo(202);
        assertThat(taken.body()).isEmpty();
        assertThat(cloud.log()).contains("migrate to h2 by root");
        assertThat(send("POST", path, ADMIN, "2.1", "{\"migrate\": null}").statusCode())
                .isEqualTo(202);
        assertFault(send("POST", path, BLUE, "2.56", "{\"migrate\": {}}"), 403, "forbidden");
        assertFault(send("POST", path, ADMIN, "2.55", "{\"migrate\": {\"host\": \"h2\"}}"), 400, "badRequest");
        assertFault(
                send("POST", "/v2.1/servers/" + building.id() + "/action", ADMIN, "2.56", "{\"migrate\": {}}"),
                409,
                "conflictingRequest");
        assertFault(
                send("POST", "/v2.1/servers/" + UUID.randomUUID() + "/action", ADMIN, "2.56", "{\"migrate\": {}}"),
                404,
                "itemNotFound");

        JsonObject move = json(get("/ha/v1/moves?instance=" + vm.id(), ADMIN))
                .getJsonArray("moves")
                .getJsonObject(1);
        assertThat(move.getString("id"))
                .isEqualTo(taken.headers().firstValue("Holdfast-Move").orElseThrow());
        assertThat(move.getString("state")).isEqualTo("PLANNING");
        assertThat(move.getBoolean("open")).isTrue();
        assertThat(move.getJsonArray("timeline").getJsonObject(0).getString("text"))
                .startsWith("off h1, to h2, by ");
        assertThat(json(get("/ha/v1/moves?instance=" + building.id(), ADMIN)).getJsonArray("moves"))
                .isEmpty();
        assertFault(get("/ha/v1/moves?instance=nonsense", ADMIN), 400, "badRequest");
    }
}
