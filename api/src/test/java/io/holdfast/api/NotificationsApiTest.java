package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.model.HostId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Notifications: what each becomes, and who is believed how far. */
class NotificationsApiTest extends InstanceHaFixture {

    private static final HostId H1 = HostId.of("h1");
    private static final String FAILED_VM =
            "{\"event\": \"LIFECYCLE\", \"vir_domain_event\": \"STOPPED_FAILED\", \"instance_uuid\": \"%s\"}";

    private static String status(JsonObject notification) {
        return notification.getString("status");
    }

    private static String why(JsonObject notification) {
        return notification.getJsonArray("recovery_workflow_details").encode();
    }

    private List<String> list(String query) throws Exception {
        return done(200, "GET", "/notifications" + query, null).getJsonArray("notifications").stream()
                .map(one -> ((JsonObject) one).getString("notification_uuid"))
                .toList();
    }

    @Test
    void aStoppedHostIsCondemnedAndTheNotificationFollowsItsCase() throws Exception {
        HttpResponse<String> answer = stopped(MONITOR, "h1");
        String uuid = uuid(answer);
        JsonObject told = json(answer).getJsonObject("notification");
        assertThat(status(told)).isEqualTo("new");
        assertThat(told.getString("source_host_uuid"))
                .isEqualTo(cloud.hosts.get(H1).uuid().toString());
        assertThat(told.getString("generated_time")).isEqualTo("2026-01-01T01:00:00.000000");
        assertThat(told.getJsonObject("payload").getString("event")).isEqualTo("STOPPED");
        assertThat(asked("force-down"))
                .containsExactly(
                        "force-down h1 by monitor fenced false notification COMPUTE_HOST STOPPED, cluster status OFFLINE");
        assertThat(status(notification(uuid))).isEqualTo("running");
        assertThat(why(notification(uuid))).contains("CondemnHost", "FenceHost", "fence-sent", "RUNNING");
        caseIs("NEEDS_OPERATOR", false);
        assertThat(status(notification(uuid))).isEqualTo("error");
        caseIs("RECOVERED", true);
        assertThat(status(notification(uuid))).isEqualTo("finished");
        cloud.cases.clear();
        assertThat(status(notification(uuid))).as("what is over stays so").isEqualTo("finished");
        assertThat(json(ask("GET", V1 + "/notifications/" + uuid, ADMIN, "1.0", null))
                        .getJsonObject("notification")
                        .containsKey("recovery_workflow_details"))
                .isFalse();
    }

    @Test
    void aCaseThatEndsOtherwiseEndsItsNotificationSo() throws Exception {
        String uuid = uuid(stopped(ADMIN, "h1"));
        caseIs("ABANDONED", true);
        assertThat(status(notification(uuid))).isEqualTo("failed");
        cloud.cases.clear();
        String second = uuid(stopped(ADMIN, "h2"));
        caseIs("PARDONED", true);
        assertThat(status(notification(second))).isEqualTo("ignored");
        assertThat(why(notification(second))).contains("SUCCESS");
    }

    @Test
    void theSameWordAgainIsARepeatAndAnotherJoinsTheCase() throws Exception {
        String uuid = uuid(stopped(ADMIN, "h1"));
        HttpResponse<String> again = stopped(MONITOR, "h1");
        assertFault(again, 409, "conflictingRequest");
        assertThat(again.body()).contains("is duplicate");
        HttpResponse<String> other =
                notify(MONITOR, "COMPUTE_HOST", "h1", "{\"event\": \"STOPPED\", \"host_status\": \"NORMAL\"}");
        caseIs("EVACUATING", false);
        assertThat(status(notification(uuid(other)))).isEqualTo("running");
        assertThat(cloud.cases).hasSize(1);
        assertThat(list("?status=running")).containsExactly(uuid(other), uuid);
        later = Duration.ofMinutes(4);
        assertThat(stopped(MONITOR, "h1").statusCode()).as("beyond the window").isEqualTo(202);
        assertThat(cloud.cases).hasSize(1);
    }

    @Test
    void aRepeatAboutAHostThatServesAgainIsLookedIntoFirst() throws Exception {
        String uuid = uuid(stopped(FENCER, "h1"));
        assertThat(asked("force-down").getFirst()).contains("by fencer fenced true");
        caseIs("RECOVERED", true);
        cloud.state(H1, HostState.FENCED);
        assertThat(status(notification(uuid(stopped(FENCER, "h1")))))
                .as("the host is still away: it is the case's business")
                .isEqualTo("finished");
        cloud.state(H1, HostState.SERVING);
        cloud.lives = true;
        int words = asked("force-down").size();
        String late = uuid(stopped(FENCER, "h1"));
        assertThat(asked("force-down")).hasSize(words);
        assertThat(asked("suspect").getFirst()).contains("again within 180 s");
        assertThat(status(notification(late))).isEqualTo("running");
        later = Duration.ofMinutes(2);
        assertThat(status(notification(late))).isEqualTo("ignored");
        assertThat(why(notification(late))).contains("lease (present)");
        assertThat(status(notification(uuid))).isEqualTo("finished");
    }

    @Test
    void whoOnlySuspectsIsLookedInto() throws Exception {
        cloud.lives = true;
        String uuid = uuid(stopped(DOUBTER, "h1"));
        assertThat(asked("force-down")).isEmpty();
        assertThat(status(notification(uuid))).isEqualTo("running");
        later = Duration.ofMinutes(2);
        assertThat(status(notification(uuid))).isEqualTo("ignored");
        later = Duration.ofMinutes(10);
        cloud.lives = false;
        String second = uuid(stopped(DOUBTER, "h1"));
        assertThat(asked("force-down")).hasSize(1);
        caseIs("RECOVERED", true);
        assertThat(status(notification(second))).isEqualTo("finished");
    }

    @Test
    void aMonitorIsHeardAsOftenAsTheSettingsSay() throws Exception {
        for (int i = 1; i <= 5; i++) {
            assertThat(notify(
                                    MONITOR,
                                    "PROCESS",
                                    "h1",
                                    "{\"event\": \"STARTED\", \"process_name\": \"libvirtd-" + i + "\"}")
                            .statusCode())
                    .isEqualTo(202);
        }
        HttpResponse<String> sixth = stopped(MONITOR, "h1");
        assertFault(sixth, 429, "overLimit");
        assertThat(sixth.headers().firstValue("Retry-After")).isPresent();
        assertThat(asked("force-down")).isEmpty();
        assertThat(list("")).hasSize(5);
        assertThat(stopped(ADMIN, "h1").statusCode()).isEqualTo(202);
    }

    @Test
    void whatIsNoFailureOrNotCertainIsKeptAndNothingFollows() throws Exception {
        for (String[] one : new String[][] {
            {"{\"event\": \"STARTED\", \"host_status\": \"NORMAL\"}", "finished"},
            {"{\"event\": \"STOPPED\", \"host_status\": \"UNKNOWN\"}", "ignored"},
            {"{\"event\": \"STOPPED\"}", "ignored"}
        }) {
            HttpResponse<String> answer = notify(ADMIN, "COMPUTE_HOST", "h1", one[0]);
            assertThat(status(notification(uuid(answer)))).as(one[0]).isEqualTo(one[1]);
        }
        assertThat(cloud.cases).isEmpty();
    }

    @Test
    void whoIsUnknownOrInMaintenanceIsRefused() throws Exception {
        assertFault(stopped(ADMIN, "h9"), 400, "badRequest");
        assertFault(stopped(BLUE, "h1"), 403, "forbidden");
        cloud.maintenance(H1, true, io.holdfast.model.Actor.HOLDFAST, "");
        HttpResponse<String> refused = stopped(ADMIN, "h1");
        assertFault(refused, 409, "conflictingRequest");
        assertThat(refused.body()).contains("under maintenance");
        assertThat(list("")).isEmpty();
    }

    @Test
    void aDisabledSegmentsHostsAreLeftAlone() throws Exception {
        String racks = segment("racks", "auto");
        member(racks, "h1");
        done(200, "PUT", "/segments/" + racks, "{\"segment\": {\"enabled\": false}}");
        assertThat(status(notification(uuid(stopped(ADMIN, "h1"))))).isEqualTo("ignored");
        cloud.orders = new SegmentOrders(Armed.IGNORE, "root", null);
        assertThat(status(notification(uuid(stopped(ADMIN, "h2"))))).isEqualTo("ignored");
        assertThat(cloud.cases).isEmpty();
    }

    @Test
    void payloadsAreCheckedByTheirType() throws Exception {
        for (String[] one : new String[][] {
            {"COMPUTE_HOST", "{\"event\": \"BURNS\"}"},
            {"COMPUTE_HOST", "{\"host_status\": \"NORMAL\"}"},
            {"COMPUTE_HOST", "{\"event\": \"STOPPED\", \"process_name\": \"x\"}"},
            {"COMPUTE_HOST", "{\"event\": \"STOPPED\", \"host_status\": \"WELL\"}"},
            {"PROCESS", "{\"event\": \"STOPPED\"}"},
            {"PROCESS", "{\"event\": \"HUNG\", \"process_name\": \"x\"}"},
            {"VM", "{\"event\": \"LIFECYCLE\", \"vir_domain_event\": \"STOPPED_FAILED\"}"},
            {"VM", FAILED_VM.formatted("0123456789012345678901234567890123")},
            {"DISK", "{\"event\": \"STOPPED\"}"},
            {"VM", "[]"}
        }) {
            assertFault(notify(ADMIN, one[0], "h1", one[1]), 400, "badRequest");
        }
        HttpResponse<String> time = ask(
                "POST",
                V1 + "/notifications",
                ADMIN,
                null,
                "{\"notification\": {\"type\": \"PROCESS\", \"hostname\": \"h1\", \"generated_time\": \"yesterday noon\","
                        + " \"payload\": {\"event\": \"STOPPED\", \"process_name\": \"x\"}}}");
        assertFault(time, 400, "badRequest");
        assertThat(list("")).isEmpty();
    }

    @Test
    void aGuestThatDiedIsStartedAgainWhereItsHomeSaysSoToo() throws Exception {
        Instance guest = cloud.policy(cloud.add("db", "blue", ActualState.RUNNING), RecoveryPolicy.AUTOMATIC);
        String payload = FAILED_VM.formatted(guest.id());
        String running = uuid(notify(MONITOR, "VM", "h1", payload));
        assertThat(status(notification(running))).isEqualTo("ignored");
        assertThat(why(notification(running))).contains("is running, and nothing is started while that may be so");
        cloud.stop(guest.id(), io.holdfast.model.Actor.HOLDFAST);
        assertThat(status(notification(uuid(notify(MONITOR, "VM", "h1", payload)))))
                .isEqualTo("finished");
        assertThat(cloud.instances.get(guest.id()).goal()).isEqualTo(io.holdfast.compute.InstanceGoal.RUNNING);
        for (String[] one : new String[][] {
            {MONITOR, "h2", payload, "the home of instance"},
            {DOUBTER, "h1", payload, "trusted to suspect"},
            {MONITOR, "h1", payload.replace("STOPPED_FAILED", "STOPPED_SHUTDOWN"), "nothing follows from the event"},
            {ADMIN, "h1", FAILED_VM.formatted("11111111-2222-4333-8444-555555555555"), "there is no instance"}
        }) {
            JsonObject ignored = notification(uuid(notify(one[0], "VM", one[1], one[2])));
            assertThat(status(ignored)).isEqualTo("ignored");
            assertThat(why(ignored)).contains(one[3]);
        }
        Instance other = cloud.add("web", "blue", ActualState.STOPPED);
        JsonObject left = notification(uuid(notify(ADMIN, "VM", "h1", FAILED_VM.formatted(other.id()))));
        assertThat(why(left)).contains("the policy of instance", "none (from default)");
    }

    @Test
    void aHostThatLostAProcessGetsNoNewInstances() throws Exception {
        String payload = "{\"event\": \"STOPPED\", \"process_name\": \"libvirtd\"}";
        assertThat(status(notification(uuid(notify(DOUBTER, "PROCESS", "h1", payload)))))
                .isEqualTo("ignored");
        assertThat(status(notification(uuid(notify(MONITOR, "PROCESS", "h1", payload)))))
                .isEqualTo("finished");
        assertThat(cloud.hosts.get(H1).disabledReason()).isEqualTo("libvirtd stopped, says monitor");
        assertThat(why(notification(uuid(notify(
                        MONITOR, "PROCESS", "h1", "{\"event\": \"STOPPED\", \"process_name\": \"nova-compute\"}")))))
                .contains("takes no new instances already");
    }

    @Test
    void listsAreFilteredAndPaged() throws Exception {
        String first = uuid(notify(ADMIN, "PROCESS", "h1", "{\"event\": \"STARTED\", \"process_name\": \"a\"}"));
        String second = uuid(notify(ADMIN, "PROCESS", "h2", "{\"event\": \"STARTED\", \"process_name\": \"b\"}"));
        String host = uuid(stopped(ADMIN, "h1"));
        assertThat(list("")).containsExactly(host, second, first);
        assertThat(list("?type=PROCESS")).containsExactly(second, first);
        assertThat(list("?status=finished&sort_key=id&sort_dir=asc")).containsExactly(first, second);
        assertThat(list("?source_host_uuid=" + cloud.hosts.get(H1).uuid())).containsExactly(host, first);
        assertThat(list("?source_host_uuid=h1")).isEmpty();
        assertThat(list("?generated-since=2026-01-01T01:00:00")).hasSize(3);
        assertThat(list("?generated-since=2026-01-01T01:00:00%2B00:00&limit=1&marker=" + host))
                .containsExactly(second);
        assertThat(list("?generated-since=2026-01-02T00:00:00")).isEmpty();
        assertFault(ask("GET", V1 + "/notifications?type=DISK", ADMIN, null, null), 400, "badRequest");
        assertFault(ask("GET", V1 + "/notifications?generated-since=soon", ADMIN, null, null), 400, "badRequest");
        assertFault(ask("GET", V1 + "/notifications/nothing", ADMIN, null, null), 404, "itemNotFound");
        assertThat(ask("GET", V1 + "/notifications/" + first, MONITOR, null, null)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theMovesOfANotificationAreThereFrom13On() throws Exception {
        String path = V1 + "/notifications/" + uuid(stopped(ADMIN, "h1")) + "/vmoves";
        assertFault(ask("GET", path, ADMIN, "1.2", null), 404, "itemNotFound");
        JsonObject move = json(ask("GET", path, ADMIN, "1.3", null))
                .getJsonArray("vmoves")
                .getJsonObject(0);
        assertThat(move.getString("instance_name")).isEqualTo("vm");
        assertThat(move.getString("status")).isEqualTo("pending");
        assertThat(move.getString("type")).isEqualTo("evacuation");
        assertThat(move.getString("source_host")).isEqualTo("h1");
        assertThat(json(ask("GET", path + "/" + move.getString("uuid"), ADMIN, "1.3", null))
                        .getJsonObject("vmove"))
                .isEqualTo(move);
        assertThat(json(ask("GET", path + "?status=failed", ADMIN, "1.3", null)).getJsonArray("vmoves"))
                .isEmpty();
        assertThat(json(ask("GET", path + "?type=migration", ADMIN, "1.3", null))
                        .getJsonArray("vmoves"))
                .isEmpty();
        assertFault(ask("GET", path + "/other", ADMIN, "1.3", null), 404, "itemNotFound");
        String process = uuid(notify(ADMIN, "PROCESS", "h2", "{\"event\": \"STARTED\", \"process_name\": \"a\"}"));
        assertThat(json(ask("GET", V1 + "/notifications/" + process + "/vmoves", ADMIN, "1.3", null))
                        .getJsonArray("vmoves"))
                .isEmpty();
    }
}
