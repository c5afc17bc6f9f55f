package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.ActualState;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Ledger.Delivery;
import io.holdfast.notifications.Ledger.Outcome;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Webhooks with all that belongs to them: filters, the present state, pause, test, log and dead letters. */
class SubscriptionsTest extends ApiFixture {

    private static final String URL = "http://198.51.100.9/x";

    @Test
    void theAnswerToASubscriptionCarriesThePresentStateAsTheProjectMaySeeIt() throws Exception {
        String id = cloud.add("vm", "blue", ActualState.RUNNING).id().toString();
        cloud.add("other", "red", ActualState.RUNNING);
        ledger.append(fact("host.suspected", "blue"));
        ledger.dispatch(10, Instant.now());

        JsonObject answer = json(create(BLUE, new JsonObject()));
        JsonObject present = answer.getJsonObject("present");
        assertThat(present.getLong("place")).isEqualTo(1);
        JsonArray instances = present.getJsonArray("instances");
        assertThat(instances).hasSize(1);
        JsonObject one = instances.getJsonObject(0);
        assertThat(one.getString("id")).isEqualTo(id);
        assertThat(one.getString("state")).isEqualTo("RUNNING");
        assertThat(one.getString("hostHealth")).isNotEmpty();
        assertThat(one.fieldNames()).doesNotContain("host");
        assertThat(one.getString("hostId")).isEqualTo(HostId.of("h1").opaqueTo(ProjectId.of("blue")));

        JsonObject all =
                json(create(ADMIN, new JsonObject().putNull("project"))).getJsonObject("present");
        assertThat(all.getJsonArray("instances")).hasSize(2);
        assertThat(all.getJsonArray("instances").getJsonObject(0).getString("host"))
                .isEqualTo("h1");
        assertThat(json(get("/ha/v1/present", BLUE)).getJsonObject("present").getJsonArray("instances"))
                .hasSize(1);
        assertThat(json(get("/ha/v1/present?marker=" + id, BLUE))
                        .getJsonObject("present")
                        .getJsonArray("instances"))
                .isEmpty();
        assertFault(get("/ha/v1/present?marker=x", BLUE), 400, "badRequest");
    }

    @Test
    void filtersAreKeptShownAndChecked() throws Exception {
        String id = cloud.add("vm", "blue", ActualState.RUNNING).id().toString();
        String foreign = cloud.add("other", "red", ActualState.RUNNING).id().toString();
        JsonObject wanted = new JsonObject()
                .put("types", new JsonArray().add("instance."))
                .put("severity", "warning")
                .put("instances", new JsonArray().add(id))
                .put("tags", new JsonArray().add("pair-a"))
                .put("form", "cloudevents");
        HttpResponse<String> made = create(BLUE, wanted);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        JsonObject hook = json(made).getJsonObject("webhook");
        wanted.fieldNames().forEach(name -> assertThat(hook.getValue(name)).isEqualTo(wanted.getValue(name)));
        assertThat(hook.getString("state")).isEqualTo("active");
        assertThat(json(made).getJsonObject("present").getJsonArray("instances"))
                .as("without the tag")
                .isEmpty();

        assertFault(create(BLUE, new JsonObject().put("severity", "mild")), 400, "badRequest");
        assertFault(create(BLUE, new JsonObject().put("form", "xml")), 400, "badRequest");
        assertFault(create(BLUE, new JsonObject().put("tags", new JsonArray().add("a,b"))), 400, "badRequest");
        for (String bad : List.of(foreign, UUID.randomUUID().toString(), "x".repeat(36))) {
            assertFault(create(BLUE, new JsonObject().put("instances", new JsonArray().add(bad))), 400, "badRequest");
        }
        assertThat(create(ADMIN, new JsonObject().putNull("project").put("instances", new JsonArray().add(foreign)))
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void isPausedResumedAndBelongsToItsProject() throws Exception {
        String path = made();
        for (String verb : List.of("pause", "resume", "test", "retry")) {
            assertFault(send("POST", path + "/" + verb, RED, null, null), 404, "itemNotFound");
        }
        for (String list : List.of("attempts", "dead-letters")) {
            assertFault(get(path + "/" + list, RED), 404, "itemNotFound");
        }
        assertThat(json(send("POST", path + "/pause", BLUE, null, "{}"))
                        .getJsonObject("webhook")
                        .getString("state"))
                .isEqualTo("paused");
        assertFault(send("POST", path + "/retry", BLUE, null, "{}"), 409, "conflictingRequest");
        assertThat(json(send("POST", path + "/resume", BLUE, null, null))
                        .getJsonObject("webhook")
                        .getString("state"))
                .isEqualTo("active");
    }

    @Test
    void aTestAnswersWithWhatCameOfItAndIsInTheLog() throws Exception {
        // Nothing listens at the discard port of this machine, and it is not allowed: either way it is an answer.
        String path = made();
        ledger.note(
                UUID.fromString(path.substring(path.lastIndexOf('/') + 1)),
                new io.holdfast.notifications.Webhooks.Attempt(
                        UUID.randomUUID(),
                        "host.suspected",
                        3,
                        Instant.now(),
                        io.holdfast.notifications.Webhooks.Result.AGAIN,
                        503,
                        12,
                        "answered 503"));
        JsonObject attempt =
                json(get(path + "/attempts", BLUE)).getJsonArray("attempts").getJsonObject(0);
        assertThat(attempt.getInteger("status")).isEqualTo(503);
        assertThat(attempt.getString("result")).isEqualTo("again");
        assertThat(attempt.getInteger("attempt")).isEqualTo(3);
        assertThat(attempt.getLong("tookMillis")).isEqualTo(12);
    }

    @Test
    void deadLettersAreListedAndTriedAgain() throws Exception {
        String path = made();
        Fact fact = fact("instance.recovered", "blue");
        ledger.append(fact);
        notifications.wake();
        UUID hook = UUID.fromString(path.substring(path.lastIndexOf('/') + 1));
        await().atMost(LIMIT).until(() -> ledger.after(0, null, 1).size() == 1);
        assertThat(json(get(path + "/dead-letters", BLUE)).getJsonArray("deadLetters"))
                .isEmpty();
        ledger.settle(List.of(), List.of(new Outcome.Dead(hook, fact.id(), "given up", null)), Instant.now());
        JsonObject letter = json(get(path + "/dead-letters", BLUE))
                .getJsonArray("deadLetters")
                .getJsonObject(0);
        assertThat(letter.getString("fact")).isEqualTo(fact.id().toString());
        assertThat(letter.getString("error")).isEqualTo("given up");

        String other = "{\"fact\": \"" + UUID.randomUUID() + "\"}";
        assertFault(send("POST", path + "/retry", BLUE, null, other), 404, "itemNotFound");
        HttpResponse<String> retried = send("POST", path + "/retry", BLUE, null, "{\"fact\": \"" + fact.id() + "\"}");
        assertThat(retried.statusCode()).isEqualTo(202);
        assertThat(json(retried).getInteger("retried")).isEqualTo(1);
        assertThat(ledger.claim(Instant.now().plusSeconds(3600), Duration.ofSeconds(1), 9, 9))
                .extracting(Delivery::fact)
                .containsExactly(fact);
    }

    private String made() throws Exception {
        return "/ha/v1/webhooks/"
                + json(create(BLUE, new JsonObject())).getJsonObject("webhook").getString("id");
    }

    private HttpResponse<String> create(String token, JsonObject wanted) throws Exception {
        JsonObject body = wanted.copy().put("url", URL).put("secret", "0123456789abcdef");
        return send("POST", "/ha/v1/webhooks", token, null, body.encode());
    }
}
