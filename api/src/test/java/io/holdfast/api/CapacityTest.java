package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class CapacityTest extends ApiFixture {

    @Test
    void tellsWhichFailuresEachSegmentCouldSurviveAndWhatWouldHelp() throws Exception {
        JsonObject answer = json(get("/ha/v1/capacity", ADMIN));
        assertThat(answer.getString("at")).isEqualTo(FakeCloud.THEN.toString());
        assertThat(answer.getLong("ageMillis")).isNotNegative();
        assertThat(answer.getLong("tookMillis")).isEqualTo(12);
        JsonObject segment = answer.getJsonArray("segments").getJsonObject(0);
        assertThat(segment.getString("segment")).isEqualTo("default");
        assertThat(segment.getInteger("hosts")).isEqualTo(3);
        assertThat(segment.getInteger("protected")).isEqualTo(2);
        assertThat(segment.getInteger("waiting")).isZero();
        assertThat(segment.getInteger("tolerated")).isEqualTo(1);
        assertThat(segment.getJsonObject("admission"))
                .isEqualTo(new JsonObject().put("mode", "off").put("tolerate", 1));
        assertThat(segment.getString("anyHost")).isEqualTo("survivable");
        JsonObject pairs = segment.getJsonObject("anyTwoHosts");
        assertThat(pairs.getString("verdict")).isEqualTo("not-survivable");
        assertThat(pairs.getBoolean("eachLookedAt")).isTrue();
        assertThat(pairs.getLong("pairs")).isEqualTo(3);
        assertThat(pairs.getJsonArray("worst").getJsonObject(0).getString("failure"))
                .isEqualTo("h1+h2");
        assertThat(segment.getJsonArray("failures").getJsonObject(0).getString("ground"))
                .isEqualTo("planned");
        JsonObject rack = segment.getJsonArray("domains").getJsonObject(0);
        assertThat(rack.getString("failure")).isEqualTo("rack=r1");
        assertThat(rack.getString("kind")).isEqualTo("domain");
        assertThat(rack.getJsonArray("hosts"))
                .isEqualTo(new JsonArray().add("h1").add("h2"));
        assertThat(rack.getString("verdict")).isEqualTo("not-survivable");
        assertThat(rack.getString("ground")).isEqualTo("no-room");
        assertThat(rack.getInteger("moving")).isEqualTo(2);
        assertThat(rack.getInteger("left")).isEqualTo(1);
        JsonObject left = rack.getJsonArray("instances").getJsonObject(0);
        assertThat(left.getString("name")).isEqualTo("web-1");
        assertThat(left.getString("nearest")).isEqualTo("h3");
        assertThat(left.getString("reason")).isEqualTo("needs 60 MiB, 10 MiB free");
        JsonObject remedy = rack.getJsonArray("remedies").getJsonObject(0);
        assertThat(remedy.getString("remedy")).isEqualTo("add-host");
        assertThat(remedy.getJsonObject("amount").getInteger("memoryMib")).isEqualTo(60);
        assertThat(remedy.getString("text")).isEqualTo("add a host with 60 MiB");
    }

    @Test
    void oneSegmentCanBeAskedForAndOnlyByAnAdministrator() throws Exception {
        assertThat(json(get("/ha/v1/capacity?segment=default", ADMIN)).getJsonArray("segments"))
                .hasSize(1);
        assertFault(get("/ha/v1/capacity?segment=other", ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/capacity", BLUE), 403, "forbidden");
    }
}
