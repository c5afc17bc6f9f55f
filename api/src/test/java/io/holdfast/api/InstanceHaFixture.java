package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.CaseId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** How the tests of the instance-ha API talk to it. */
abstract class InstanceHaFixture extends ApiFixture {

    static final String V1 = "/instance-ha/v1";

    @BeforeEach
    void arm() {
        cloud.orders = SegmentOrders.NONE;
        assertThat(cloud.orders.armed()).isEqualTo(Armed.ARMED);
    }

    HttpResponse<String> ask(String method, String path, String token, @Nullable String version, @Nullable String body)
            throws Exception {
        return send("instance-ha", method, path, token, version, body);
    }

    JsonObject done(int status, String method, String path, @Nullable String body) throws Exception {
        HttpResponse<String> answer = ask(method, V1 + path, ADMIN, "1.2", body);
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isEqualTo(status);
        return answer.body().isEmpty() ? new JsonObject() : json(answer);
    }

    String segment(String name, String method) throws Exception {
        return done(
                        201,
                        "POST",
                        "/segments",
                        "{\"segment\": {\"name\": \"" + name + "\", \"recovery_method\": \"" + method
                                + "\", \"service_type\": \"COMPUTE\"}}")
                .getJsonObject("segment")
                .getString("uuid");
    }

    String member(String segment, String host) throws Exception {
        return done(
                        201,
                        "POST",
                        "/segments/" + segment + "/hosts",
                        "{\"host\": {\"name\": \"" + host
                                + "\", \"type\": \"COMPUTE\", \"control_attributes\": \"SSH\"}}")
                .getJsonObject("host")
                .getString("uuid");
    }

    HttpResponse<String> notify(String token, String type, String host, String payload) throws Exception {
        return ask(
                "POST",
                V1 + "/notifications",
                token,
                "1.0",
                "{\"notification\": {\"type\": \"" + type + "\", \"hostname\": \"" + host
                        + "\", \"generated_time\": \"2026-01-01T01:00:00.000000\", \"payload\": " + payload + "}}");
    }

    HttpResponse<String> stopped(String token, String host) throws Exception {
        return notify(
                token,
                "COMPUTE_HOST",
                host,
                "{\"event\": \"STOPPED\", \"host_status\": \"NORMAL\", \"cluster_status\": \"OFFLINE\"}");
    }

    static String uuid(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json(answer).getJsonObject("notification").getString("notification_uuid");
    }

    JsonObject notification(String uuid) throws Exception {
        return json(ask("GET", V1 + "/notifications/" + uuid, ADMIN, "1.1", null))
                .getJsonObject("notification");
    }

    /** The only case goes on to this state; closed when it is an end. */
    void caseIs(String state, boolean closed) {
        CaseId id = cloud.cases.keySet().iterator().next();
        cloud.cases.computeIfPresent(
                id,
                (same, one) -> new CaseView(
                        one.id(),
                        one.segment(),
                        one.host(),
                        one.epoch(),
                        state,
                        "it is " + state,
                        one.nextStep(),
                        Instant.now(),
                        closed ? Instant.now() : null,
                        one.deadline(),
                        one.proof(),
                        one.powerReturn(),
                        one.evidence(),
                        one.timeline(),
                        one.instances()));
    }

    List<String> asked(String word) {
        return cloud.asked.stream().filter(one -> one.startsWith(word)).toList();
    }
}
