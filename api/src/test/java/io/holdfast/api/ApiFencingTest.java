package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.PowerOn;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether a host could be fenced, and its power given back, as the API has them. */
@Timeout(60)
final class ApiFencingTest extends ApiFixture {

    @Test
    void whetherAHostCouldBeFencedIsShownWhereverItIs() throws Exception {
        JsonObject unknown =
                json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host").getJsonObject("fenceCheck");
        assertThat(unknown.getString("state")).isEqualTo("UNCHECKED");
        assertThat(unknown.getBoolean("working")).isNull();
        Instant at = Instant.now().minus(Duration.ofHours(1));
        FenceCheck.Finding power = new FenceCheck.Finding(
                FenceCheck.Subject.POWER,
                FenceCheck.Grade.FAIL,
                "refused login: wrong password",
                Duration.ofMillis(12));
        rehearsal.known.put(
                HostId.of("h1"),
                new FenceReadiness(
                        HostId.of("h1"),
                        FenceReadiness.State.UNREADY,
                        at,
                        new FenceCheck(
                                at,
                                List.of(new FenceCheck.Level(
                                        List.of(new FenceCheck.Device("ipmi 192.0.2.9:623", List.of(power))))))));

        JsonObject shown =
                json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host").getJsonObject("fenceCheck");

        assertThat(shown.getString("state")).isEqualTo("UNREADY");
        assertThat(shown.getBoolean("working")).isFalse();
        assertThat(shown.getString("reason")).isEqualTo("ipmi 192.0.2.9:623: refused login: wrong password");
        assertThat(shown.getString("checkedAt")).isEqualTo(at.toString());
        assertThat(shown.getBoolean("old")).as("three intervals have passed").isTrue();
        JsonObject device = shown.getJsonArray("levels")
                .getJsonObject(0)
                .getJsonArray("devices")
                .getJsonObject(0);
        assertThat(device.getBoolean("working")).isFalse();
        assertThat(device.getJsonArray("findings").getJsonObject(0).getString("grade"))
                .isEqualTo("FAIL");
        assertThat(json(get("/ha/v1/hosts", ADMIN))
                        .getJsonArray("hosts")
                        .getJsonObject(0)
                        .getJsonObject("fenceCheck"))
                .isEqualTo(shown);
        assertThat(json(get("/ha/v1/segments/default", ADMIN))
                        .getJsonObject("segment")
                        .getJsonArray("hostsWithoutFence"))
                .containsExactly("h1");
        assertThat(json(get("/ha/v1/segments", ADMIN))
                        .getJsonArray("segments")
                        .getJsonObject(0)
                        .getJsonArray("hostsWithoutFence"))
                .containsExactly("h1");

        assertThat(json(get("/ha/v1/what-if?host=h2,h1", ADMIN))
                        .getJsonArray("hosts")
                        .getJsonObject(1)
                        .getJsonObject("fenceCheck"))
                .isEqualTo(shown);

        JsonObject asked = json(send("POST", "/ha/v1/hosts/h1/fence-check", ADMIN, null, "{}"));
        assertThat(asked.getString("host")).isEqualTo("h1");
        assertThat(asked.getJsonObject("fenceCheck").getString("state")).isEqualTo("UNREADY");
    }

    @Test
    void aCheckThatIsNotPossibleNowIsAConflictAndOneOfNobodyIsNotFound() throws Exception {
        rehearsal.notNow = "a case of the host is open";
        HttpResponse<String> busy = send("POST", "/ha/v1/hosts/h1/fence-check", ADMIN, null, null);
        assertFault(busy, 409, "conflictingRequest");
        assertThat(busy.body()).contains("The fencing of host h1 was not checked: a case of the host is open.");
        assertFault(send("POST", "/ha/v1/hosts/h9/fence-check", ADMIN, null, null), 404, "itemNotFound");
        assertFault(send("POST", "/ha/v1/hosts/-/fence-check", ADMIN, null, null), 404, "itemNotFound");
        assertFault(send("POST", "/ha/v1/hosts/h1/fence-check", BLUE, null, null), 403, "forbidden");
    }

    @Test
    void aHostGetsItsPowerBackUnlessItIsInACase() throws Exception {
        HttpResponse<String> refused = send("POST", "/ha/v1/hosts/h1/power-on", ADMIN, null, "{}");
        assertFault(refused, 409, "conflictingRequest");
        assertThat(refused.body()).contains("Host h1 was not switched on: a case of the host is open.");
        assertFault(send("POST", "/ha/v1/hosts/h1/power-on", BLUE, null, "{}"), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/hosts/h9/power-on", ADMIN, null, "{}"), 404, "itemNotFound");

        power.answer = new PowerOn.Answer.Done(
                List.of(
                        new PowerOn.Device(2, "pdu", PowerState.ON, "was on"),
                        new PowerOn.Device(1, "bmc", PowerState.UNKNOWN, "no order given: silent")),
                1);
        JsonObject done = json(send("POST", "/ha/v1/hosts/h1/power-on", ADMIN, null, "{\"reason\": \"repaired\"}"));

        assertThat(power.asked.getLast())
                .startsWith("h1 ")
                .endsWith(" repaired")
                .contains("root");
        assertThat(done.getBoolean("on")).isFalse();
        assertThat(done.getJsonArray("devices").getJsonObject(1).getString("power"))
                .isEqualTo("UNKNOWN");
    }
}
