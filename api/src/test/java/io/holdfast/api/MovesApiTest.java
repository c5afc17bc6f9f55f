package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The word of a hypervisor's cluster that it has moved guests itself. */
class MovesApiTest extends InstanceHaFixture {

    private String web = "";

    @BeforeEach
    void oneThatRuns() {
        web = cloud.add("web", "p", ActualState.RUNNING).id().toString();
    }

    private static JsonObject move(String instance, @Nullable String from, String to) {
        JsonObject move = new JsonObject().put("instance", instance).put("to", to);
        return from == null ? move : move.put("from", from);
    }

    private HttpResponse<String> report(String token, Object... moves) throws Exception {
        JsonArray all = new JsonArray();
        for (Object one : moves) {
            all.add(one);
        }
        return send(
                "POST",
                "/ha/v1/moves",
                token,
                null,
                new JsonObject().put("moves", all).encode());
    }

    private JsonArray heard(String token, Object... moves) throws Exception {
        HttpResponse<String> answer = report(token, moves);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonArray("moves");
    }

    @Test
    void eachMoveOfAReportHasItsOwnAnswer() throws Exception {
        String nobody = UUID.randomUUID().toString();
        JsonArray answers = heard(
                MONITOR,
                move(web, "h1", "h2"),
                move(web, null, "h1"),
                move(web, "h2", "h2"),
                move(nobody, null, "h2"),
                move(web, null, "h9"));
        assertThat(answers.getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("instance", web)
                        .put("to", "h2")
                        .put("result", "following")
                        .put("move", FakeMoves.FOLLOWED.toString()));
        assertThat(answers.getJsonObject(1).getString("result")).isEqualTo("at-home");
        assertThat(answers.getJsonObject(2).getString("result")).isEqualTo("refused");
        assertThat(answers.getJsonObject(2).getString("reason")).isEqualTo("its home is h1");
        assertThat(answers.getJsonObject(3).getString("result")).isEqualTo("unknown");
        assertThat(answers.getJsonObject(4).getString("result")).isEqualTo("refused");
        assertThat(answers.getJsonObject(4).getString("reason")).contains("h9");
        assertThat(asked("follow").getFirst()).isEqualTo("follow from h1 to h2 by monitor");
    }

    @ParameterizedTest
    @ValueSource(strings = {"monitor", "doubter", "fencer", "admin"})
    void whateverTheTrustBothHostsAreAskedSoEveryMonitorMaySayIt(String who) throws Exception {
        String token = switch (who) {
            case "monitor" -> MONITOR;
            case "doubter" -> DOUBTER;
            case "fencer" -> FENCER;
            default -> ADMIN;
        };
        assertThat(heard(token, move(web, null, "h2")).getJsonObject(0).getString("result"))
                .isEqualTo("following");
    }

    @Test
    void nobodyElseMay() throws Exception {
        assertThat(report(BLUE, move(web, null, "h2")).statusCode()).isEqualTo(403);
        assertThat(asked("follow")).isEmpty();
    }

    @Test
    void whatMakesNoSenseIsABadRequestAndNothingOfItIsHeard() throws Exception {
        for (Object bad : new Object[] {
            move("not an id", null, "h2"),
            new JsonObject().put("instance", web),
            new JsonObject().put("to", "h2"),
            move(web, null, ""),
            move(web, null, "no/such\u0000name"),
            move(web, null, "h2").put("more", 1),
            "text"
        }) {
            assertThat(report(MONITOR, bad).statusCode())
                    .as(String.valueOf(bad))
                    .isEqualTo(400);
        }
        assertThat(report(MONITOR).statusCode()).as("none at all").isEqualTo(400);
        assertThat(asked("follow")).isEmpty();
    }
}
