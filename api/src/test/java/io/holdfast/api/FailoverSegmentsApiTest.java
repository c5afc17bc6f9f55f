package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.masakari.InstanceHa;
import io.holdfast.model.HostId;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.SegmentOrders;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Versions, failover segments and their hosts, as Masakari's clients ask for them. */
class FailoverSegmentsApiTest extends InstanceHaFixture {

    private static final HostId H1 = HostId.of("h1");

    private String own() throws Exception {
        return done(200, "GET", "/segments?name=default", null).getJsonArray("segments").stream()
                .map(JsonObject.class::cast)
                .filter(one -> one.getString("name").equals("default"))
                .findFirst()
                .orElseThrow()
                .getString("uuid");
    }

    private List<String> names(String path, String list) throws Exception {
        return done(200, "GET", path, null).getJsonArray(list).stream()
                .map(one -> ((JsonObject) one).getString("name"))
                .toList();
    }

    @Test
    void versionsAreToldWithoutAToken() throws Exception {
        for (String path : List.of("/instance-ha", "/instance-ha/", V1, V1 + "/")) {
            HttpResponse<String> answer = get(path, null);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.body()).contains("\"version\":\"1.3\"", "\"min_version\":\"1.0\"", "CURRENT");
        }
        assertThat(get(V1 + "/segments", null).statusCode()).isEqualTo(401);
        assertThat(ask("GET", V1 + "/segments", ADMIN, "1.4", null).statusCode())
                .isEqualTo(406);
        HttpResponse<String> latest = ask("GET", V1 + "/segments", ADMIN, "latest", null);
        assertThat(latest.headers().firstValue("OpenStack-API-Version")).hasValue("instance-ha 1.3");
        assertThat(done(200, "GET", "/extensions", null).getJsonArray("extensions"))
                .hasSize(6);
        assertThat(done(200, "GET", "/extensions/os-hosts", null).encode()).contains("Hosts");
        assertFault(ask("GET", V1 + "/extensions/none", ADMIN, null, null), 404, "itemNotFound");
        assertThat(new InstanceHa("", java.util.Map.of())
                        .faults()
                        .body(500, "m", "r")
                        .fieldNames())
                .containsExactly("masakariFault");
    }

    @Test
    void allOfItIsForAdministrators() throws Exception {
        for (String path : List.of("/segments", "/segments/x", "/segments/x/hosts", "/extensions", "/notifications")) {
            assertFault(ask("GET", V1 + path, BLUE, null, null), 403, "forbidden");
        }
        assertFault(ask("GET", V1 + "/segments", MONITOR, null, null), 403, "forbidden");
    }

    @Test
    void theControllersOwnSegmentHasEveryHost() throws Exception {
        assertThat(names("/segments", "segments")).containsExactly("default");
        assertThat(names("/segments/" + own() + "/hosts", "hosts")).containsExactly("h1", "h2");
        assertFault(ask("DELETE", V1 + "/segments/" + own(), ADMIN, null, null), 409, "conflictingRequest");
        HttpResponse<String> renamed =
                ask("PUT", V1 + "/segments/" + own(), ADMIN, null, "{\"segment\": {\"name\": \"other\"}}");
        assertFault(renamed, 409, "conflictingRequest");
        JsonObject changed = done(
                200,
                "PUT",
                "/segments/" + own(),
                "{\"segment\": {\"recovery_method\": \"rh_priority\", \"description\": \"racks\", \"enabled\": false}}");
        assertThat(changed.getJsonObject("segment").getString("recovery_method"))
                .isEqualTo("rh_priority");
        assertThat(asked("arm")).containsExactly("arm default IGNORE by root disabled through the instance-ha API");
        cloud.orders = new SegmentOrders(Armed.IGNORE, "root", null);
        assertThat(done(200, "GET", "/segments/" + own(), null)
                        .getJsonObject("segment")
                        .getBoolean("enabled"))
                .isFalse();
        done(200, "PUT", "/segments/" + own(), "{\"segment\": {\"enabled\": \"True\"}}");
        assertThat(asked("arm")).hasSize(2).last().isEqualTo("arm default ARMED by root ");
        HttpResponse<String> member = ask(
                "DELETE",
                V1 + "/segments/" + own() + "/hosts/" + cloud.hosts.get(H1).uuid(),
                ADMIN,
                null,
                null);
        assertFault(member, 409, "conflictingRequest");
    }

    @Test
    void aSegmentIsMadeShownChangedAndDeleted() throws Exception {
        String uuid = segment("racks", "auto");
        JsonObject made = done(200, "GET", "/segments/" + uuid, null).getJsonObject("segment");
        assertThat(made.getString("service_type")).isEqualTo("COMPUTE");
        assertThat(made.getBoolean("enabled")).isTrue();
        assertThat(made.getString("created_at")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}");
        assertThat(made.getString("updated_at")).isNull();
        JsonObject old = json(ask("GET", V1 + "/segments/" + uuid, ADMIN, "1.1", null));
        assertThat(old.getJsonObject("segment").containsKey("enabled")).isFalse();
        assertFault(
                ask("PUT", V1 + "/segments/" + uuid, ADMIN, "1.1", "{\"segment\": {\"enabled\": true}}"),
                400,
                "badRequest");
        JsonObject changed =
                done(200, "PUT", "/segments/" + uuid, "{\"segment\": {\"name\": \"halls\", \"enabled\": false}}");
        assertThat(changed.getJsonObject("segment").getString("name")).isEqualTo("halls");
        assertThat(changed.getJsonObject("segment").getString("updated_at")).isNotNull();
        assertThat(names("/segments?enabled=False", "segments")).containsExactly("halls");
        assertFault(
                ask(
                        "POST",
                        V1 + "/segments",
                        ADMIN,
                        null,
                        "{\"segment\": {\"name\": \"halls\", \"recovery_method\": \"auto\", \"service_type\": \"C\"}}"),
                409,
                "conflictingRequest");
        done(204, "DELETE", "/segments/" + uuid, null);
        assertFault(ask("GET", V1 + "/segments/" + uuid, ADMIN, null, null), 404, "itemNotFound");
        assertFault(ask("GET", V1 + "/segments/no-uuid", ADMIN, null, null), 404, "itemNotFound");
    }

    @Test
    void whatIsNotAsTheContractSaysIsRefused() throws Exception {
        for (String body : List.of(
                "{\"segment\": {}}",
                "{\"segment\": {\"name\": \"a\", \"recovery_method\": \"auto\"}}",
                "{\"segment\": {\"name\": \"a\", \"recovery_method\": \"other\", \"service_type\": \"C\"}}",
                "{\"segment\": {\"name\": \" a\", \"recovery_method\": \"auto\", \"service_type\": \"C\"}}",
                "{\"segment\": {\"name\": \"a\", \"recovery_method\": \"auto\", \"service_type\": \"C\", \"more\": 1}}")) {
            assertFault(ask("POST", V1 + "/segments", ADMIN, null, body), 400, "badRequest");
        }
        assertFault(ask("GET", V1 + "/segments?enabled=perhaps", ADMIN, null, null), 400, "badRequest");
        assertFault(ask("GET", V1 + "/segments?sort_key=colour", ADMIN, null, null), 400, "badRequest");
        assertFault(ask("GET", V1 + "/segments?sort_key=name&sort_dir=up", ADMIN, null, null), 400, "badRequest");
        assertFault(ask("GET", V1 + "/segments?marker=nobody", ADMIN, null, null), 400, "badRequest");
    }

    @Test
    void listsAreFilteredSortedAndPaged() throws Exception {
        String first = segment("b", "auto");
        segment("a", "reserved_host");
        segment("c", "auto");
        assertThat(names("/segments", "segments")).containsExactly("c", "a", "b", "default");
        assertThat(names("/segments?recovery_method=reserved_host", "segments")).containsExactly("a");
        assertThat(names("/segments?service_type=none", "segments")).isEmpty();
        assertThat(names("/segments?sort_key=name&sort_dir=asc&limit=2", "segments"))
                .containsExactly("a", "b");
        assertThat(names("/segments?sort_key=name&sort_dir=asc&limit=2&marker=" + first, "segments"))
                .containsExactly("c", "default");
        assertThat(names("/segments?sort_key=recovery_method&sort_key=name&sort_dir=desc&sort_dir=asc", "segments"))
                .containsExactly("a", "b", "c", "default");
        assertThat(names("/admin/segments?limit=0".replace("/admin", ""), "segments"))
                .isEmpty();
    }

    @Test
    void theProjectMayStandInThePath() throws Exception {
        segment("racks", "auto");
        assertThat(json(ask("GET", V1 + "/0123456789abcdef/segments", ADMIN, "1.2", null))
                        .getJsonArray("segments"))
                .hasSize(2);
    }

    @Test
    void aHostIsPutIntoASegmentAndTakenOutAgain() throws Exception {
        String racks = segment("racks", "auto");
        String h1 = member(racks, "h1");
        assertThat(h1).isEqualTo(cloud.hosts.get(H1).uuid().toString());
        JsonObject host =
                done(200, "GET", "/segments/" + racks + "/hosts/" + h1, null).getJsonObject("host");
        assertThat(host.getString("failover_segment_id")).isEqualTo(racks);
        assertThat(host.getJsonObject("failover_segment").getString("name")).isEqualTo("racks");
        assertThat(host.getBoolean("reserved")).isFalse();
        assertThat(host.getBoolean("on_maintenance")).isFalse();
        assertThat(names("/segments/" + own() + "/hosts", "hosts")).containsExactly("h2");
        String body = "{\"host\": {\"name\": \"h1\", \"type\": \"COMPUTE\", \"control_attributes\": \"SSH\"}}";
        assertFault(ask("POST", V1 + "/segments/" + racks + "/hosts", ADMIN, null, body), 409, "conflictingRequest");
        assertFault(
                ask("POST", V1 + "/segments/" + segment("more", "auto") + "/hosts", ADMIN, null, body),
                409,
                "conflictingRequest");
        assertFault(
                ask("POST", V1 + "/segments/" + racks + "/hosts", ADMIN, null, body.replace("h1", "h9")),
                400,
                "badRequest");
        JsonObject changed = done(
                200,
                "PUT",
                "/segments/" + racks + "/hosts/" + h1,
                "{\"host\": {\"type\": \"KVM\", \"control_attributes\": \"IPMI\", \"name\": \"h1\"}}");
        assertThat(changed.getJsonObject("host").getString("type")).isEqualTo("KVM");
        assertThat(names("/segments/" + racks + "/hosts?type=KVM&control_attributes=IPMI&name=h1", "hosts"))
                .containsExactly("h1");
        assertThat(names("/segments/" + racks + "/hosts?type=COMPUTE", "hosts")).isEmpty();
        assertFault(
                ask("PUT", V1 + "/segments/" + racks + "/hosts/" + h1, ADMIN, null, "{\"host\": {\"name\": \"h2\"}}"),
                409,
                "conflictingRequest");
        done(204, "DELETE", "/segments/" + racks + "/hosts/" + h1, null);
        assertFault(ask("GET", V1 + "/segments/" + racks + "/hosts/" + h1, ADMIN, null, null), 404, "itemNotFound");
        assertThat(names("/segments/" + own() + "/hosts", "hosts")).containsExactly("h1", "h2");
    }

    @Test
    void aReservedHostIsOutOfServiceForEverybodyElse() throws Exception {
        String racks = segment("racks", "reserved_host");
        String h1 = member(racks, "h1");
        String path = "/segments/" + racks + "/hosts/" + h1;
        done(200, "PUT", path, "{\"host\": {\"reserved\": \"True\"}}");
        assertThat(cloud.hosts.get(H1).enabled()).isFalse();
        assertThat(cloud.hosts.get(H1).disabledReason()).isEqualTo("reserved in failover segment racks");
        assertThat(names("/segments/" + racks + "/hosts?reserved=true", "hosts"))
                .containsExactly("h1");
        assertFault(ask("DELETE", V1 + "/segments/" + racks, ADMIN, null, null), 409, "conflictingRequest");
        done(200, "PUT", path, "{\"host\": {\"reserved\": false}}");
        assertThat(cloud.hosts.get(H1).enabled()).isTrue();
        done(200, "PUT", path, "{\"host\": {\"reserved\": true}}");
        done(204, "DELETE", path, null);
        assertThat(cloud.hosts.get(H1).enabled()).isTrue();
    }

    @Test
    void anOperatorsOwnReasonToDisableAHostIsNotTakenBackWithItsReservation() throws Exception {
        String racks = segment("racks", "reserved_host");
        cloud.disable(H1, io.holdfast.model.Actor.HOLDFAST, "memory is replaced");
        done(
                201,
                "POST",
                "/segments/" + racks + "/hosts",
                "{\"host\": {\"name\": \"h1\", \"type\": \"C\", \"control_attributes\": \"\", \"reserved\": true}}");
        assertThat(cloud.hosts.get(H1).disabledReason()).isEqualTo("memory is replaced");
        done(
                204,
                "DELETE",
                "/segments/" + racks + "/hosts/" + cloud.hosts.get(H1).uuid(),
                null);
        assertThat(cloud.hosts.get(H1).enabled()).isFalse();
    }

    @Test
    void onMaintenanceIsOurMaintenanceAndEndsAForceDownToo() throws Exception {
        String path = "/segments/" + own() + "/hosts/" + cloud.hosts.get(H1).uuid();
        assertThat(done(200, "PUT", path, "{\"host\": {\"on_maintenance\": \"True\"}}")
                        .getJsonObject("host")
                        .getBoolean("on_maintenance"))
                .isTrue();
        assertThat(names("/segments/" + own() + "/hosts?on_maintenance=1", "hosts"))
                .containsExactly("h1");
        done(200, "PUT", path, "{\"host\": {\"on_maintenance\": \"False\"}}");
        assertThat(asked("maintenance"))
                .containsExactly(
                        "maintenance h1 true by root through the instance-ha API", "maintenance h1 false by root ");
        cloud.setForcedDown(H1, true, io.holdfast.model.Actor.HOLDFAST, "");
        assertThat(done(200, "GET", path, null).getJsonObject("host").getBoolean("on_maintenance"))
                .isTrue();
        done(200, "PUT", path, "{\"host\": {\"on_maintenance\": false}}");
        assertThat(asked("clear")).containsExactly("clear h1");
        assertFault(
                ask("PUT", V1 + path, ADMIN, null, "{\"host\": {\"on_maintenance\": \"maybe\"}}"), 400, "badRequest");
    }

    @Test
    void nothingIsChangedWhileAHostOfTheSegmentIsUnderRecovery() throws Exception {
        String racks = segment("racks", "auto");
        String h1 = member(racks, "h1");
        stopped(ADMIN, "h1");
        for (String[] act : new String[][] {
            {"PUT", "/segments/" + racks, "{\"segment\": {\"description\": \"d\"}}"},
            {"DELETE", "/segments/" + racks, null},
            {"PUT", "/segments/" + racks + "/hosts/" + h1, "{\"host\": {\"type\": \"d\"}}"},
            {"DELETE", "/segments/" + racks + "/hosts/" + h1, null}
        }) {
            HttpResponse<String> refused = ask(act[0], V1 + act[1], ADMIN, null, act[2]);
            assertFault(refused, 409, "conflictingRequest");
            assertThat(refused.body()).contains("in-use to process notifications");
        }
        caseIs("RECOVERED", true);
        done(200, "PUT", "/segments/" + racks, "{\"segment\": {\"description\": \"d\"}}");
    }
}
