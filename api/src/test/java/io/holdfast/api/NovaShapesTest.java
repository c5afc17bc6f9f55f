package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.Particulars;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an old and a new client see: fields by microversion, and what may be asked and said in which. */
class NovaShapesTest extends ApiFixture {

    private static final Set<String> FIRST = Set.of(
            "id",
            "name",
            "status",
            "tenant_id",
            "user_id",
            "metadata",
            "hostId",
            "image",
            "flavor",
            "created",
            "updated",
            "addresses",
            "accessIPv4",
            "accessIPv6",
            "links",
            "progress",
            "OS-DCF:diskConfig",
            "OS-EXT-AZ:availability_zone",
            "config_drive",
            "key_name",
            "OS-SRV-USG:launched_at",
            "OS-SRV-USG:terminated_at",
            "OS-EXT-STS:task_state",
            "OS-EXT-STS:vm_state",
            "OS-EXT-STS:power_state",
            "os-extended-volumes:volumes_attached");

    private static final Set<String> ADMINS_FIRST =
            Set.of("OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:hypervisor_hostname", "OS-EXT-SRV-ATTR:instance_name");

    private static final Set<String> ADMINS_THIRD = Set.of(
            "OS-EXT-SRV-ATTR:reservation_id",
            "OS-EXT-SRV-ATTR:launch_index",
            "OS-EXT-SRV-ATTR:kernel_id",
            "OS-EXT-SRV-ATTR:ramdisk_id",
            "OS-EXT-SRV-ATTR:root_device_name",
            "OS-EXT-SRV-ATTR:user_data",
            "OS-EXT-SRV-ATTR:hostname");

    private static Set<String> fields(int minor, boolean admin) {
        Set<String> fields = new TreeSet<>(FIRST);
        if (admin) {
            fields.addAll(ADMINS_FIRST);
            addSince(fields, minor, 3, ADMINS_THIRD.toArray(String[]::new));
            addSince(fields, minor, 16, "host_status");
        }
        addSince(fields, minor, 9, "locked");
        addSince(fields, minor, 19, "description");
        addSince(fields, minor, 26, "tags");
        addSince(fields, minor, 63, "trusted_image_certificates");
        addSince(fields, minor, 71, "server_groups");
        addSince(fields, minor, 73, "locked_reason");
        addSince(fields, minor, 90, "OS-EXT-SRV-ATTR:hostname");
        addSince(fields, minor, 96, "pinned_availability_zone");
        return fields;
    }

    private static void addSince(Set<String> fields, int minor, int since, String... more) {
        if (minor >= since) {
            fields.addAll(List.of(more));
        }
    }

    @Test
    void aServerHasTheFieldsOfItsVersionAndNoOthers() throws Exception {
        String id = cloud.add("vm", "blue", ActualState.RUNNING).id().toString();
        for (int minor :
                new int[] {1, 2, 3, 8, 9, 15, 16, 18, 19, 25, 26, 46, 47, 62, 63, 70, 71, 72, 73, 89, 90, 95, 96}) {
            for (String token : List.of(ADMIN, BLUE)) {
                JsonObject shown = server(send("GET", "/v2.1/servers/" + id, token, "2." + minor, null));
                assertThat(shown.fieldNames())
                        .as("2.%d %s", minor, token)
                        .containsExactlyInAnyOrderElementsOf(fields(minor, token.equals(ADMIN)));
                assertThat(shown.getJsonObject("flavor").containsKey("original_name"))
                        .isEqualTo(minor >= 47);
            }
            JsonObject listed = json(send("GET", "/v2.1/servers/detail", BLUE, "2." + minor, null))
                    .getJsonArray("servers")
                    .getJsonObject(0);
            Set<String> inList = fields(minor, false);
            inList.remove("server_groups");
            assertThat(listed.fieldNames()).as("2.%d in a list", minor).isEqualTo(inList);
        }
    }

    @Test
    void anUpdateShowsAllFrom275OnAndOnlyTheOwnersBefore() throws Exception {
        String path =
                "/v2.1/servers/" + cloud.add("vm", "blue", ActualState.RUNNING).id();
        String rename = "{\"server\": {\"name\": \"other\"}}";
        JsonObject before = server(send("PUT", path, ADMIN, "2.74", rename));
        assertThat(before.getString("name")).isEqualTo("other");
        assertThat(before.fieldNames())
                .contains("locked", "description", "tags", "server_groups")
                .doesNotContain("OS-EXT-STS:vm_state", "key_name", "OS-EXT-SRV-ATTR:host", "host_status");
        assertThat(server(send("PUT", path, ADMIN, "2.75", rename)).fieldNames())
                .isEqualTo(fields(75, true));

        JsonObject said = server(send(
                "PUT",
                path,
                BLUE,
                "2.94",
                "{\"server\": {\"description\": \"of the shop\", \"hostname\": \"shop.example.org\"}}"));
        assertThat(said.getString("description")).isEqualTo("of the shop");
        assertThat(said.getString("OS-EXT-SRV-ATTR:hostname")).isEqualTo("shop.example.org");
        assertThat(said.getString("name")).isEqualTo("other");
        assertFault(
                send("PUT", path, BLUE, "2.93", "{\"server\": {\"hostname\": \"shop.example.org\"}}"),
                400,
                "badRequest");
        assertFault(send("PUT", path, BLUE, "2.18", "{\"server\": {\"description\": \"x\"}}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE, "2.89", "{\"server\": {\"hostname\": \"x\"}}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE, "2.90", "{\"server\": {}}"), 400, "badRequest");
        assertFault(send("PUT", path, BLUE, "2.1", "{\"server\": {\"accessIPv4\": \"192.0.2.1\"}}"), 400, "badRequest");
        assertFault(
                send("PUT", path, BLUE, "2.1", "{\"server\": {\"OS-DCF:diskConfig\": \"AUTO\"}}"), 400, "badRequest");
    }

    @Test
    void oneRequestMakesSeveral() throws Exception {
        HttpResponse<String> made = create("""
                {"server": {"name": "w", "flavorRef": "small", "imageRef": "%s", "networks": "none", "min_count": 2,
                  "max_count": "3", "return_reservation_id": true, "description": "worker", "hostname": "w",
                  "user_data": "IyEvYmluL3No"}}
                """.formatted(IMAGE));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
        String reservation = json(made).getString("reservation_id");
        assertThat(cloud.created).extracting(one -> one.name()).containsExactly("w-1", "w-2", "w-3");
        assertThat(cloud.created)
                .extracting(one -> one.particulars().hostname())
                .containsExactly("w-1", "w-2", "w-3");
        assertThat(cloud.created)
                .extracting(one -> one.particulars().launchIndex())
                .containsExactly(0, 1, 2);
        JsonArray listed = json(send(
                        "GET",
                        "/v2.1/servers/detail?reservation_id=" + reservation + "&all_tenants=1",
                        ADMIN,
                        "2.90",
                        null))
                .getJsonArray("servers");
        assertThat(listed).hasSize(3);
        assertThat(listed.getJsonObject(0).getString("OS-EXT-SRV-ATTR:user_data"))
                .isEqualTo("IyEvYmluL3No");
        assertThat(listed.getJsonObject(0).getString("OS-EXT-SRV-ATTR:reservation_id"))
                .isEqualTo(reservation);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"min_count\": 3, \"max_count\": 2|2.1|min_count",
                "\"min_count\": 0|2.1|min_count",
                "\"max_count\": 201|2.1|max_count",
                "\"key_name\": \"nobodys\"|2.1|key_name",
                "\"user_data\": \"no base 64!\"|2.1|base64",
                "\"user_data\": \"abc\"|2.1|base64",
                "\"description\": \"x\"|2.18|description",
                "\"hostname\": \"x\"|2.89|hostname",
                "\"hostname\": \"a.b\"|2.93|host name",
                "\"hostname\": \"a..b\"|2.94|host name",
                "\"hostname\": \"-a\"|2.94|host name",
                "\"hypervisor_hostname\": \"h1\"|2.73|hypervisor_hostname",
                "\"host\": \"h1\", \"hypervisor_hostname\": \"h2\"|2.74|hypervisor_hostname",
                "\"return_reservation_id\": \"perhaps\"|2.1|boolean",
            })
    void whatCannotBeMadeIsRefusedByItsName(String field, String version, String named) throws Exception {
        String body = "{\"server\": {\"name\": \"w\", \"flavorRef\": \"small\", \"imageRef\": \"" + IMAGE + "\", "
                + field + "}}";
        HttpResponse<String> answer = send("POST", "/v2.1/servers", ADMIN, version, body);
        assertFault(answer, 400, "badRequest");
        assertThat(answer.body()).contains(named);
        assertThat(cloud.created).isEmpty();
    }

    @Test
    void aLockKeepsItsOwnerFromChangingTheServerAndAnAdministratorsCannotBeOpened() throws Exception {
        String path =
                "/v2.1/servers/" + cloud.add("vm", "blue", ActualState.RUNNING).id();
        assertFault(act(path, BLUE, "2.72", "{\"lock\": {\"locked_reason\": \"x\"}}"), 400, "badRequest");
        assertThat(act(path, BLUE, "2.73", "{\"lock\": {\"locked_reason\": \"in use\"}}")
                        .statusCode())
                .isEqualTo(202);
        JsonObject shown = server(send("GET", path, BLUE, "2.73", null));
        assertThat(shown.getBoolean("locked")).isTrue();
        assertThat(shown.getString("locked_reason")).isEqualTo("in use");
        for (String action :
                List.of("{\"os-stop\": null}", "{\"os-start\": null}", "{\"reboot\": {\"type\": \"HARD\"}}")) {
            assertFault(act(path, BLUE, "2.1", action), 409, "conflictingRequest");
        }
        assertFault(send("DELETE", path, BLUE, null, null), 409, "conflictingRequest");
        assertFault(send("PUT", path + "/metadata", BLUE, null, "{\"metadata\": {}}"), 409, "conflictingRequest");
        assertFault(
                send("PUT", path + "/metadata/a", BLUE, null, "{\"meta\": {\"a\": \"b\"}}"), 409, "conflictingRequest");
        assertThat(act(path, BLUE, "2.1", "{\"unlock\": null}").statusCode()).isEqualTo(202);
        assertThat(act(path, BLUE, "2.1", "{\"os-stop\": null}").statusCode()).isEqualTo(202);

        assertThat(act(path, ADMIN, "2.1", "{\"lock\": null}").statusCode()).isEqualTo(202);
        assertThat(names(json(send("GET", "/v2.1/servers?locked=true", BLUE, "2.73", null))))
                .containsExactly("vm");
        assertThat(act(path, BLUE, "2.1", "{\"lock\": {}}").statusCode()).isEqualTo(202);
        assertFault(act(path, BLUE, "2.1", "{\"unlock\": null}"), 403, "forbidden");
        assertThat(act(path, ADMIN, "2.1", "{\"os-start\": null}").statusCode()).isEqualTo(202);
        assertThat(act(path, ADMIN, "2.1", "{\"unlock\": null}").statusCode()).isEqualTo(202);
        assertThat(names(json(send("GET", "/v2.1/servers?locked=true", BLUE, "2.73", null))))
                .isEmpty();
    }

    @Test
    void stateAndRebootAreActions() throws Exception {
        String path =
                "/v2.1/servers/" + cloud.add("vm", "blue", ActualState.RUNNING).id();
        assertFault(act(path, BLUE, "2.1", "{\"os-resetState\": {\"state\": \"error\"}}"), 403, "forbidden");
        assertThat(act(path, ADMIN, "2.1", "{\"os-resetState\": {\"state\": \"error\"}}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(server(get(path, BLUE)).getString("status")).isEqualTo("ERROR");
        assertThat(act(path, ADMIN, "2.1", "{\"os-resetState\": {\"state\": \"active\"}}")
                        .statusCode())
                .isEqualTo(202);
        assertFault(act(path, ADMIN, "2.1", "{\"os-resetState\": {\"state\": \"paused\"}}"), 400, "badRequest");
        assertThat(act(path, BLUE, "2.1", "{\"reboot\": {\"type\": \"HARD\"}}").statusCode())
                .isEqualTo(202);
        assertThat(act(path, BLUE, "2.1", "{\"reboot\": {\"type\": \"soft\"}}").statusCode())
                .isEqualTo(202);
        assertThat(cloud.log()).contains("reboot at once by ann", "reboot gently by ann");
        assertFault(act(path, BLUE, "2.1", "{\"reboot\": {\"type\": \"WARM\"}}"), 400, "badRequest");
        assertFault(act(path, BLUE, "2.1", "{\"resize\": {\"flavorRef\": \"2\"}}"), 501, "notImplemented");
    }

    @Test
    void theEndOfTheConsoleIsRead() throws Exception {
        String path =
                "/v2.1/servers/" + cloud.add("vm", "blue", ActualState.RUNNING).id();
        assertThat(json(act(path, BLUE, "2.1", "{\"os-getConsoleOutput\": {}}")).getString("output"))
                .isEqualTo("one\ntwo\nthree\n");
        assertThat(json(act(path, BLUE, "2.1", "{\"os-getConsoleOutput\": {\"length\": 2}}"))
                        .getString("output"))
                .isEqualTo("two\nthree");
        assertThat(json(act(path, BLUE, "2.1", "{\"os-getConsoleOutput\": {\"length\": \"-1\"}}"))
                        .getString("output"))
                .startsWith("one");
        assertFault(act(path, BLUE, "2.1", "{\"os-getConsoleOutput\": {\"length\": \"some\"}}"), 400, "badRequest");
        String building = "/v2.1/servers/"
                + cloud.add("new", "blue", ActualState.BUILDING).id();
        assertFault(act(building, BLUE, "2.1", "{\"os-getConsoleOutput\": {}}"), 409, "conflictingRequest");
    }

    @Test
    void filtersAreNovas() throws Exception {
        Instance web = cloud.add("web-1", "blue", ActualState.RUNNING);
        cloud.add("web-2", "blue", ActualState.STOPPED);
        cloud.add("db", "blue", ActualState.FAILED);
        Instance noted = cloud.changeParticulars(
                web.id(), said -> new Particulars("front", null, null, "ann's", "r-1", 0, false));
        assertThat(noted.particulars().keyName()).isEqualTo("ann's");
        assertThat(list("name=%5Eweb", BLUE, "2.1")).containsExactlyInAnyOrder("web-1", "web-2");
        assertThat(list("name=b", BLUE, "2.1")).hasSize(3);
        assertThat(list("status=active&status=error", BLUE, "2.1")).containsExactlyInAnyOrder("web-1", "db");
        assertThat(list("status=nonsense", BLUE, "2.37")).isEmpty();
        assertFault(send("GET", "/v2.1/servers?status=nonsense", BLUE, "2.38", null), 400, "badRequest");
        assertThat(list("reservation_id=r-1", BLUE, "2.1")).containsExactly("web-1");
        // A member's word for what is not his to ask is as if it had not been said, up to 2.82.
        assertThat(list("key_name=ann", BLUE, "2.82")).hasSize(3);
        assertThat(list("key_name=ann", BLUE, "2.83")).containsExactly("web-1");
        assertThat(list("vm_state=stopped&all_tenants=1", ADMIN, "2.1")).containsExactly("web-2");
        assertThat(list("power_state=4", BLUE, "2.83")).containsExactlyInAnyOrder("web-2", "db");
        assertThat(list("description=ron&tenant_id=blue", ADMIN, "2.1")).containsExactly("web-1");
        assertThat(list("host=h2&all_tenants=1", ADMIN, "2.1")).isEmpty();
        assertThat(list("host=h2", BLUE, "2.75")).hasSize(3);
        assertThat(list("ip=192", BLUE, "2.1")).isEmpty();
        assertThat(list("launched_at=2026-01-02T03:04:05Z", BLUE, "2.83")).hasSize(3);
        assertThat(list("nonsense=1", BLUE, "2.74")).hasSize(3);
        assertFault(send("GET", "/v2.1/servers?nonsense=1", BLUE, "2.75", null), 400, "badRequest");
        assertFault(send("GET", "/v2.1/servers?name=%5B", BLUE, "2.1", null), 400, "badRequest");
        cloud.add("a".repeat(60) + "!", "blue", ActualState.RUNNING);
        assertFault(send("GET", "/v2.1/servers?name=(.*)(.*)(.*)(.*)x", BLUE, "2.1", null), 400, "badRequest");
    }

    @Test
    void tagsAreFilteredInFourWays() throws Exception {
        cloud.setTags(cloud.add("both", "blue", ActualState.RUNNING).id(), List.of("a", "b"));
        cloud.setTags(cloud.add("one", "blue", ActualState.RUNNING).id(), List.of("a"));
        assertThat(list("tags=a,b", BLUE, "2.26")).containsExactly("both");
        assertThat(list("tags-any=a,b", BLUE, "2.26")).hasSize(2);
        assertThat(list("not-tags=a,b", BLUE, "2.26")).containsExactly("one");
        assertThat(list("not-tags-any=b", BLUE, "2.26")).containsExactly("one");
        assertThat(list("tags=nobody", BLUE, "2.25")).hasSize(2);
    }

    @Test
    void whatWasDoneIsShownToWhomItConcerns() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = "/v2.1/servers/" + vm.id() + "/os-instance-actions";
        cloud.actions.add(new InstanceAction(
                2,
                vm.id(),
                "req-2",
                "stop",
                "ann",
                ProjectId.of("blue"),
                HostId.of("h1"),
                FakeCloud.THEN.plusSeconds(9),
                null,
                false,
                null));
        cloud.actions.add(new InstanceAction(
                1,
                vm.id(),
                "req-1",
                "create",
                null,
                ProjectId.of("blue"),
                null,
                FakeCloud.THEN,
                FakeCloud.THEN.plusSeconds(1),
                true,
                "no host will do"));
        JsonArray all = json(get(path, BLUE)).getJsonArray("instanceActions");
        assertThat(all.getJsonObject(0).fieldNames())
                .containsExactlyInAnyOrder(
                        "action", "instance_uuid", "request_id", "user_id", "project_id", "start_time", "message");
        assertThat(all.getJsonObject(1).getString("message")).isEqualTo("Error");
        JsonObject first = json(send("GET", path + "?limit=1", BLUE, "2.58", null));
        assertThat(first.getJsonArray("instanceActions").getJsonObject(0).getString("request_id"))
                .isEqualTo("req-2");
        assertThat(first.getJsonArray("links").getJsonObject(0).getString("href"))
                .contains("marker=req-2");
        assertThat(json(send("GET", path + "?changes-before=2026-01-02T03:04:07Z", BLUE, "2.66", null))
                        .getJsonArray("instanceActions"))
                .hasSize(1);
        assertThat(json(get(path + "/req-1", BLUE))
                        .getJsonObject("instanceAction")
                        .containsKey("events"))
                .isFalse();
        JsonObject event = json(send("GET", path + "/req-1", ADMIN, "2.84", null))
                .getJsonObject("instanceAction")
                .getJsonArray("events")
                .getJsonObject(0);
        assertThat(event.getString("result")).isEqualTo("Error");
        assertThat(event.getString("details")).isEqualTo("no host will do");
        assertThat(event.fieldNames()).contains("host", "hostId", "traceback");
        JsonObject own = json(send("GET", path + "/req-2", BLUE, "2.62", null))
                .getJsonObject("instanceAction")
                .getJsonArray("events")
                .getJsonObject(0);
        assertThat(own.getString("result")).isNull();
        assertThat(own.fieldNames()).contains("hostId").doesNotContain("host", "traceback", "details");
        assertFault(get(path + "/req-3", BLUE), 404, "itemNotFound");
        assertFault(get(path, RED), 404, "itemNotFound");
        send("DELETE", "/v2.1/servers/" + vm.id(), BLUE, null, null);
        assertFault(send("GET", path, BLUE, "2.20", null), 404, "itemNotFound");
        assertThat(send("GET", path, BLUE, "2.21", null).statusCode()).isEqualTo(200);
        assertFault(send("GET", path, RED, "2.21", null), 404, "itemNotFound");
    }

    @Test
    void evacuationsAndPlannedMovesAreMigrations() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        assertThat(act("/v2.1/servers/" + vm.id(), ADMIN, "2.1", "{\"migrate\": null}")
                        .statusCode())
                .isEqualTo(202);
        send(
                "PUT",
                "/v2.1/os-services/force-down",
                ADMIN,
                "2.11",
                "{\"host\": \"h1\", \"binary\": \"nova-compute\", \"forced_down\": true}");
        assertFault(get("/v2.1/os-migrations", BLUE), 403, "forbidden");
        JsonArray all =
                json(send("GET", "/v2.1/os-migrations", ADMIN, "2.59", null)).getJsonArray("migrations");
        assertThat(all).hasSize(2);
        JsonObject evacuation = json(send("GET", "/v2.1/os-migrations?migration_type=evacuation", ADMIN, "2.80", null))
                .getJsonArray("migrations")
                .getJsonObject(0);
        assertThat(evacuation.getString("status")).isEqualTo("accepted");
        assertThat(evacuation.getString("source_compute")).isEqualTo("h1");
        JsonObject move = json(send("GET", "/v2.1/os-migrations?instance_uuid=" + vm.id(), ADMIN, "2.80", null))
                .getJsonArray("migrations")
                .getJsonObject(0);
        assertThat(move.getString("migration_type")).isEqualTo("migration");
        assertThat(move.getString("project_id")).isEqualTo("blue");
        assertThat(json(send("GET", "/v2.1/os-migrations?project_id=red", ADMIN, "2.80", null))
                        .getJsonArray("migrations"))
                .isEmpty();
        JsonObject old = json(get("/v2.1/os-migrations?status=accepted&host=h1", ADMIN))
                .getJsonArray("migrations")
                .getJsonObject(0);
        assertThat(old.fieldNames()).doesNotContain("uuid", "migration_type", "project_id");
        JsonObject page = json(send("GET", "/v2.1/os-migrations?limit=1", ADMIN, "2.59", null));
        assertThat(page.getJsonArray("migrations_links")).hasSize(1);
        assertThat(json(send("GET", "/v2.1/servers/" + vm.id() + "/migrations", ADMIN, "2.23", null))
                        .getJsonArray("migrations"))
                .isEmpty();
        assertFault(
                send("DELETE", "/v2.1/servers/" + vm.id() + "/migrations/7", ADMIN, "2.24", null), 404, "itemNotFound");
    }

    @Test
    void keyPairsAreAUsersOwn() throws Exception {
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ann";
        String body = "{\"keypair\": {\"name\": \"k1\", \"public_key\": \"" + key + "\"}}";
        HttpResponse<String> made = send("POST", "/v2.1/os-keypairs", BLUE, "2.1", body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        JsonObject pair = json(made).getJsonObject("keypair");
        assertThat(pair.fieldNames()).containsExactlyInAnyOrder("name", "public_key", "fingerprint", "user_id");
        assertThat(pair.getString("fingerprint")).matches("([0-9a-f]{2}:){15}[0-9a-f]{2}");
        HttpResponse<String> later = send("POST", "/v2.1/os-keypairs", BLUE, "2.2", body.replace("k1", "k2"));
        assertThat(later.statusCode()).as(later.body()).isEqualTo(201);
        assertThat(json(later).getJsonObject("keypair").getString("type")).isEqualTo("ssh");
        assertFault(
                send("POST", "/v2.1/os-keypairs", BLUE, "2.92", "{\"keypair\": {\"name\": \"k3\"}}"),
                400,
                "badRequest");
        assertFault(
                send("POST", "/v2.1/os-keypairs", BLUE, "2.1", "{\"keypair\": {\"name\": \"k3\", \"type\": \"ssh\"}}"),
                400,
                "badRequest");
        assertFault(
                send("POST", "/v2.1/os-keypairs", BLUE, "2.2", "{\"keypair\": {\"name\": \"c\", \"type\": \"x509\"}}"),
                400,
                "badRequest");
        for (String wrong :
                List.of("ssh-rsa", "ssh-rsa !!!", "ssh-rsa AAAA", key.replace("ssh-ed25519 ", "ssh-rsa "))) {
            assertFault(
                    send(
                            "POST",
                            "/v2.1/os-keypairs",
                            BLUE,
                            "2.1",
                            body.replace(key, wrong).replace("k1", "k4")),
                    400,
                    "badRequest");
        }
        assertFault(send("POST", "/v2.1/os-keypairs", BLUE, "2.91", body.replace("k1", "a@b.c")), 400, "badRequest");
        assertThat(send("POST", "/v2.1/os-keypairs", BLUE, "2.92", body.replace("k1", "a@b.c"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(json(get("/v2.1/os-keypairs", RED)).getJsonArray("keypairs")).isEmpty();
        JsonObject page = json(send("GET", "/v2.1/os-keypairs?limit=1", BLUE, "2.35", null));
        assertThat(page.getJsonArray("keypairs")).hasSize(1);
        assertThat(page.getJsonArray("keypairs_links")).hasSize(1);
        assertFault(send("GET", "/v2.1/os-keypairs?user_id=ann", RED, "2.10", null), 403, "forbidden");
        assertThat(json(send("GET", "/v2.1/os-keypairs?user_id=ann", ADMIN, "2.10", null))
                        .getJsonArray("keypairs"))
                .hasSize(3);
        assertThat(json(get("/v2.1/os-keypairs/k1", BLUE))
                        .getJsonObject("keypair")
                        .fieldNames())
                .contains("id", "created_at", "deleted", "deleted_at", "updated_at");
        HttpResponse<String> server = create("""
                {"server": {"name": "w", "flavorRef": "small", "imageRef": "%s", "networks": "none", "key_name": "k1"}}
                """.formatted(IMAGE), BLUE);
        assertThat(server.statusCode()).as(server.body()).isEqualTo(202);
        assertThat(send("DELETE", "/v2.1/os-keypairs/k1", BLUE, "2.1", null).statusCode())
                .isEqualTo(202);
        assertThat(send("DELETE", "/v2.1/os-keypairs/k2", BLUE, "2.2", null).statusCode())
                .isEqualTo(204);
        assertFault(send("DELETE", "/v2.1/os-keypairs/k2", BLUE, "2.2", null), 404, "itemNotFound");
    }

    @Test
    void aFlavorThatIsNotPublicIsForThoseItWasGivenTo() throws Exception {
        String made = "{\"flavor\": {\"name\": \"own\", \"id\": \"own\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1,"
                + " \"os-flavor-access:is_public\": false, \"description\": \"theirs\"}}";
        assertFault(send("POST", "/v2.1/flavors", ADMIN, "2.54", made), 400, "badRequest");
        assertThat(send("POST", "/v2.1/flavors", ADMIN, "2.55", made).statusCode())
                .isEqualTo(200);
        assertFault(get("/v2.1/flavors/own", BLUE), 404, "itemNotFound");
        String give = "{\"addTenantAccess\": {\"tenant\": \"blue\"}}";
        assertThat(json(send("POST", "/v2.1/flavors/own/action", ADMIN, null, give))
                        .getJsonArray("flavor_access"))
                .hasSize(1);
        assertFault(send("POST", "/v2.1/flavors/own/action", ADMIN, null, give), 409, "conflictingRequest");
        assertFault(send("POST", "/v2.1/flavors/small/action", ADMIN, "2.7", give), 409, "conflictingRequest");
        assertThat(json(send("GET", "/v2.1/flavors/own", BLUE, "2.55", null))
                        .getJsonObject("flavor")
                        .getString("description"))
                .isEqualTo("theirs");
        assertThat(get("/v2.1/flavors", BLUE).body()).contains("\"own\"");
        assertThat(get("/v2.1/flavors?minRam=100", BLUE).body()).doesNotContain("\"own\"");
        assertThat(get("/v2.1/flavors?minDisk=2", BLUE).body()).doesNotContain("\"own\"");
        assertFault(get("/v2.1/flavors?minDisk=much", BLUE), 400, "badRequest");
        assertFault(get("/v2.1/flavors?sort_key=colour", BLUE), 400, "badRequest");
        assertFault(get("/v2.1/flavors?sort_dir=up", BLUE), 400, "badRequest");
        assertThat(json(get("/v2.1/flavors?sort_key=memory_mb&sort_dir=desc", BLUE))
                        .getJsonArray("flavors")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo("small");
        assertThat(json(get("/v2.1/flavors/own/os-flavor-access", ADMIN)).getJsonArray("flavor_access"))
                .hasSize(1);
        assertFault(get("/v2.1/flavors/small/os-flavor-access", ADMIN), 404, "itemNotFound");
        assertFault(get("/v2.1/flavors/own/os-flavor-access", BLUE), 403, "forbidden");
        String other = "{\"flavor\": {\"description\": null}}";
        assertFault(send("PUT", "/v2.1/flavors/own", ADMIN, "2.54", other), 404, "itemNotFound");
        assertThat(send("PUT", "/v2.1/flavors/own", ADMIN, "2.55", other).statusCode())
                .isEqualTo(200);
        String take = give.replace("add", "remove");
        assertThat(send("POST", "/v2.1/flavors/own/action", ADMIN, null, take).statusCode())
                .isEqualTo(200);
        assertFault(send("POST", "/v2.1/flavors/own/action", ADMIN, null, take), 404, "itemNotFound");
    }

    @Test
    void hypervisorsAreAskedInTheOldFormsToo() throws Exception {
        JsonObject all = json(get("/v2.1/os-hypervisors/statistics", ADMIN)).getJsonObject("hypervisor_statistics");
        assertThat(all.getInteger("count")).isEqualTo(2);
        assertThat(all.getInteger("vcpus")).isEqualTo(16);
        assertFault(send("GET", "/v2.1/os-hypervisors/statistics", ADMIN, "2.88", null), 404, "itemNotFound");
        cloud.add("vm", "blue", ActualState.RUNNING);
        assertThat(json(get("/v2.1/os-hypervisors/h/search", ADMIN)).getJsonArray("hypervisors"))
                .hasSize(2);
        assertThat(json(get("/v2.1/os-hypervisors/h1/servers", ADMIN))
                        .getJsonArray("hypervisors")
                        .getJsonObject(0)
                        .getJsonArray("servers"))
                .hasSize(1);
        assertFault(get("/v2.1/os-hypervisors/x/search", ADMIN), 404, "itemNotFound");
        assertFault(send("GET", "/v2.1/os-hypervisors/h1/search", ADMIN, "2.53", null), 404, "itemNotFound");
        // What its client takes for "the host cannot say", and goes on.
        assertFault(get("/v2.1/os-hypervisors/1/uptime", ADMIN), 501, "notImplemented");
    }

    private List<String> list(String query, String token, String version) throws Exception {
        HttpResponse<String> answer = send("GET", "/v2.1/servers?" + query, token, version, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return names(json(answer));
    }

    private HttpResponse<String> create(String body) throws Exception {
        return create(body, ADMIN);
    }

    private HttpResponse<String> create(String body, String token) throws Exception {
        return send("POST", "/v2.1/servers", token, "2.90", body);
    }

    private HttpResponse<String> act(String path, String token, String version, String body) throws Exception {
        return send("POST", path + "/action", token, version, body);
    }

    private static JsonObject server(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonObject("server");
    }
}
