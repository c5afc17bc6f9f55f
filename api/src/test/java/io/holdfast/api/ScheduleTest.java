package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.model.Actor;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.ImageId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleTest extends ApiFixture {

    @Test
    void explainsWhereANewInstanceWouldBePlacedAndWhatEachHostHasAgainstIt() throws Exception {
        String group = groups.create(
                        new NewGroup("web", ProjectId.of("p"), "u", GroupPolicy.AFFINITY, null),
                        new Actor("root", "test"))
                .id()
                .toString();
        JsonObject explanation = explained("flavor=small&zone=nova&group=" + group);
        assertThat(explanation.getString("chosen")).isEqualTo("h1");
        assertThat(explanation.getValue("instance")).isNull();
        assertThat(explanation.getString("zone")).isEqualTo("nova");
        assertThat(explanation.getJsonObject("wants").getInteger("memoryMib")).isEqualTo(512);
        JsonObject first = explanation.getJsonArray("hosts").getJsonObject(0);
        assertThat(first.getBoolean("eligible")).isTrue();
        assertThat(first.getJsonObject("points").fieldNames()).contains("free-memory", "spread");
        assertThat(first.getDouble("total")).isPositive();
        JsonObject second = explanation.getJsonArray("hosts").getJsonObject(1);
        assertThat(second.getBoolean("eligible")).isFalse();
        assertThat(second.getJsonArray("filters"))
                .contains(new JsonObject().put("filter", "enabled").put("objection", "is disabled or forced down"));
        assertThat(explained("flavor=small&host=h9").getValue("chosen")).isNull();
    }

    @Test
    void explainsWhatHintsWouldSayOfEachHost() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        JsonObject explanation = explained("flavor=small&different_host=" + vm.id());
        assertThat(objections(explanation, "h1")).contains("different_host");
        assertThat(objections(explained("flavor=small&same_host=" + vm.id()), "h1"))
                .doesNotContain("same_host");
    }

    @Test
    void aNewOneIsAskedForWithWhatItsFlavorAndItsImageWant() throws Exception {
        String flavor = "/v2.1/flavors/small/os-extra_specs";
        assertThat(send("POST", flavor, ADMIN, null, "{\"extra_specs\": {\"trait:CUSTOM_GPU\": \"required\"}}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(objections(explained("flavor=small"), "h1")).contains("has no trait CUSTOM_GPU");

        ImageId image = ImageId.of(new UUID(4, 4));
        cloud.addImage(new Image(
                image,
                "of another kind",
                "other.qcow2",
                "qcow2",
                0,
                null,
                null,
                null,
                0,
                0,
                Map.of("img_hv_type", "xen"),
                Instant.EPOCH));
        assertThat(objections(explained("flavor=small&image=" + image), "h1"))
                .contains("runs KVM, and the image is for hypervisor xen");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&image=" + new UUID(0, 9), ADMIN), 404, "itemNotFound");
    }

    @Test
    void thePolicyThatAFlavorNamesIsAskedForAndNamedWhereThereIsSuchAOne() throws Exception {
        assertThat(explained("flavor=small").getValue("policy")).isNull();
        assertThat(send(
                                "POST",
                                "/v2.1/flavors/small/os-extra_specs",
                                ADMIN,
                                null,
                                "{\"extra_specs\": {\"holdfast:scheduler_policy\": \"packing\"}}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(explained("flavor=small").getValue("policy")).isEqualTo("packing");
    }

    private static String objections(JsonObject explanation, String host) {
        return explanation.getJsonArray("hosts").stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("host").equals(host))
                .findFirst()
                .orElseThrow()
                .getJsonArray("filters")
                .stream()
                .map(JsonObject.class::cast)
                .map(word -> word.getString("objection"))
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
    }

    @Test
    void explainsOneThatThereIsOffItsHome() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        JsonObject explanation = explained("instance=" + vm.id());
        assertThat(explanation.getString("instance")).isEqualTo(vm.id().toString());
        assertThat(explanation.getJsonArray("hosts").toString()).contains("is where it lives");
    }

    @Test
    void refusesWhatCannotBeAsked() throws Exception {
        assertFault(get("/ha/v1/schedule/explain", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&instance=" + new UUID(0, 1), ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?instance=x&zone=z", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&host=.", ADMIN), 400, "badRequest");
        String one = cloud.add("one", "blue", ActualState.RUNNING).id().toString();
        assertFault(get("/ha/v1/schedule/explain?instance=" + one + "&spread=rack", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&spread=rack", ADMIN), 400, "badRequest");
        String together = groups.create(
                        new NewGroup("together", ProjectId.of("p"), "u", GroupPolicy.AFFINITY, null),
                        new Actor("root", "test"))
                .id()
                .toString();
        assertThat(get("/ha/v1/schedule/explain?flavor=small&spread=rack&group=" + together, ADMIN)
                        .body())
                .contains("cannot be kept in group together");
        assertFault(
                get("/ha/v1/schedule/explain?flavor=small&spread=a%20b&group=" + together, ADMIN), 400, "badRequest");
        assertThat(get("/ha/v1/schedule/explain?flavor=small&spred=rack", ADMIN).body())
                .contains("'spred' is neither a parameter of this question nor a hint");
        assertFault(
                get("/ha/v1/schedule/explain?flavor=small&same_host=" + one + "&different_host=" + one, ADMIN),
                400,
                "badRequest");
        assertFault(
                get("/ha/v1/schedule/explain?flavor=small&same_host=" + new UUID(0, 1), ADMIN), 404, "itemNotFound");
        String many = IntStream.rangeClosed(0, 64)
                .mapToObj(number -> new UUID(0, number).toString())
                .collect(Collectors.joining(","));
        assertFault(get("/ha/v1/schedule/explain?flavor=small&different_host=" + many, ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&same_project=maybe", ADMIN), 400, "badRequest");
        assertFault(get("/ha/v1/schedule/explain?flavor=huge", ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/schedule/explain?instance=x", ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/schedule/explain?instance=" + new UUID(0, 1), ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&group=x", ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/schedule/explain?flavor=small&group=" + new UUID(0, 1), ADMIN), 404, "itemNotFound");
        assertFault(get("/ha/v1/schedule/explain?flavor=small", BLUE), 403, "forbidden");
    }

    private JsonObject explained(String query) throws Exception {
        return json(get("/ha/v1/schedule/explain?" + query, ADMIN)).getJsonObject("explanation");
    }
}
