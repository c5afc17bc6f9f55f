package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.PlacementHints;
import io.holdfast.compute.ServerGroups.NewGroup;
import io.holdfast.model.Actor;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request for a server asks about where it runs, and the list of what may be asked. */
class HintsApiTest extends ApiFixture {

    @Test
    void everyHintIsListedWithItsTypeSchemaAndExampleForEverybody() throws Exception {
        JsonArray hints = json(get("/ha/v1/schedule/hints", BLUE)).getJsonArray("hints");
        assertThat(hints.stream().map(each -> ((JsonObject) each).getString("hint")))
                .containsExactly("group", "same_host", "different_host", "same_project", "spread");
        for (Object each : hints) {
            JsonObject hint = (JsonObject) each;
            assertThat(hint.getString("type")).isNotBlank();
            assertThat(hint.getString("description")).isNotBlank();
            assertThat(hint.getJsonObject("schema")).isNotEmpty();
            assertThat(hint.getString("example")).startsWith(hint.getString("hint") + "=");
        }
        assertThat(get("/ha/v1/schedule/hints", null).statusCode()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"})
    void whatIsAskedGoesToWhereTheServerIsStored(String field) throws Exception {
        InstanceId one = cloud.add("one", "blue", ActualState.RUNNING).id();
        InstanceId two = cloud.add("two", "blue", ActualState.RUNNING).id();
        HttpResponse<String> made = create(
                field,
                new JsonObject()
                        .put("same_host", one.toString())
                        .put("different_host", new JsonArray().add(two.toString()))
                        .put("spread", null));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
        assertThat(cloud.created.getLast().hints()).isEqualTo(new PlacementHints(Set.of(one), Set.of(two), Set.of()));
    }

    @Test
    void whoFollowsItsProjectSaysSoInEitherForm() throws Exception {
        for (Object right : List.of(true, "true", "True")) {
            HttpResponse<String> made = create("os:scheduler_hints", new JsonObject().put("same_project", right));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
            assertThat(cloud.created.getLast().hints())
                    .isEqualTo(new PlacementHints(Set.of(), Set.of(), Set.of(), true));
        }
        create("os:scheduler_hints", new JsonObject().put("same_project", "false"));
        assertThat(cloud.created.getLast().hints()).isEqualTo(PlacementHints.NONE);
        for (Object wrong : List.of("yes", 1, "", new JsonArray().add(true))) {
            refused(new JsonObject().put("same_project", wrong), "same_project");
        }
    }

    @ParameterizedTest
    @CsvSource({"same_host", "different_host"})
    void aServerThatIsNotThereForTheCallerIsRefused(String hint) throws Exception {
        String theirs = cloud.add("theirs", "red", ActualState.RUNNING).id().toString();
        for (String unknown : List.of("x", new UUID(9, 9).toString(), theirs)) {
            for (Object value : List.of(unknown, new JsonArray().add(unknown))) {
                HttpResponse<String> answer = create("os:scheduler_hints", new JsonObject().put(hint, value));
                assertFault(answer, 400, "badRequest");
                assertThat(answer.body())
                        .contains(hint)
                        .contains("names the server " + unknown + ", which could not be found");
            }
        }
        assertThat(cloud.created).isEmpty();
    }

    @Test
    void valuesOfTheWrongFormAreRefused() throws Exception {
        String one = cloud.add("one", "blue", ActualState.RUNNING).id().toString();
        refused(new JsonObject().put("same_host", 7), "must be a text or a list of texts");
        refused(new JsonObject().put("same_host", new JsonObject()), "must be a text or a list of texts");
        refused(new JsonObject().put("different_host", new JsonArray().add(7)), "must be a text or a list of texts");
        refused(
                new JsonObject()
                        .put(
                                "different_host",
                                new JsonArray(IntStream.range(0, 65)
                                        .mapToObj(i -> one)
                                        .toList())),
                "must have at most 64 items, has 65");
        refused(
                new JsonObject().put("same_host", one).put("different_host", one),
                "names a server that same_host names, too");
        refused(new JsonObject().put("spred", "rack"), "'spred' is not known");
    }

    @Test
    void aSpreadNeedsAGroupThatCanKeepItAndADomainThatAHostDeclares() throws Exception {
        cloud.host("h1", new FailureDomains(Map.of("rack", "r1")));
        String apart = group(GroupPolicy.ANTI_AFFINITY);
        refused(new JsonObject().put("spread", "rack"), "is about the members of a server group");
        refused(
                new JsonObject().put("group", group(GroupPolicy.AFFINITY)).put("spread", "rack"),
                "cannot be kept in group web, whose members share a host");
        for (String wrong : List.of("rak", "", "rack,", "Rack")) {
            refused(
                    new JsonObject().put("group", apart).put("spread", wrong),
                    "a failure domain that no host declares");
        }
        assertThat(cloud.created).isEmpty();
        for (Object right : List.of("rack", "rack,rack", new JsonArray().add("rack"))) {
            HttpResponse<String> made = create(
                    "os:scheduler_hints", new JsonObject().put("group", apart).put("spread", right));
            assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
            assertThat(cloud.created.getLast().hints().spread()).containsExactly("rack");
            assertThat(cloud.created.getLast().group()).hasToString(apart);
        }
    }

    private void refused(JsonObject hints, String why) throws Exception {
        HttpResponse<String> answer = create("os:scheduler_hints", hints);
        assertFault(answer, 400, "badRequest");
        assertThat(answer.body()).contains(why);
    }

    private String group(GroupPolicy policy) {
        return groups.create(new NewGroup("web", ProjectId.of("blue"), "ann", policy, null), new Actor("root", "test"))
                .id()
                .toString();
    }

    private HttpResponse<String> create(String field, JsonObject hints) throws Exception {
        return send(
                "POST",
                "/v2.1/servers",
                BLUE,
                null,
                new JsonObject()
                        .put(
                                "server",
                                new JsonObject()
                                        .put("name", "x")
                                        .put("flavorRef", "small")
                                        .put("imageRef", IMAGE))
                        .put(field, hints)
                        .encode());
    }
}
