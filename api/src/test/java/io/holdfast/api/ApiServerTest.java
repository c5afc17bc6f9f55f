package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.http.ApiService;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.membership.HostHealth;
import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiServerTest extends ApiFixture {

    @Test
    void everyOperationOfAContractHasAHandlerAndEveryHandlerIsInItsContract() {
        for (ApiService service : server.services()) {
            Set<String> inContract = new HashSet<>();
            JsonObject paths = Contract.of(service).getJsonObject("paths");
            for (String path : paths.fieldNames()) {
                assertThat(path).startsWith(service.prefix());
                JsonObject item = paths.getJsonObject(path);
                for (String method : item.fieldNames()) {
                    if (!method.equals("parameters")) {
                        inContract.add(Contract.plainOperation(
                                item.getJsonObject(method).getString("operationId")));
                    }
                }
            }
            assertThat(service.operations().keySet()).as(service.type()).isEqualTo(inContract);
            assertThat(service.policy().rules().keySet()).as(service.type()).isEqualTo(inContract);
        }
    }

    @Test
    void theContractIsServedAndVersionsAndHealthNeedNoToken() throws Exception {
        assertThat(get("/openapi.yaml", null).body()).startsWith("openapi: 3.1.0");
        assertThat(json(get("/", null))
                        .getJsonArray("versions")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo("v2.1");
        assertThat(json(get("/v2.1/", null)).getJsonObject("version").getString("version"))
                .isEqualTo("2.96");
        assertThat(get("/v2.1", null).statusCode()).isEqualTo(200);
        assertThat(json(get("/ha/v1/health", null)).getBoolean("ready")).isTrue();
        ready = false;
        assertThat(get("/ha/v1/health", null).statusCode()).isEqualTo(503);
    }

    @Test
    void anInstanceLivesThroughItsWholeLife() throws Exception {
        HttpResponse<String> created = send("POST", "/v2.1/servers", BLUE, "2.93", """
                {"server": {"name": "vm", "flavorRef": "small", "imageRef": "%s", "networks": "none",
                            "tags": ["automatic-recovery"], "metadata": {"k": "v"}, "min_count": 1, "max_count": 1}}
                """.formatted(IMAGE));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        String id = json(created).getJsonObject("server").getString("id");
        assertThat(created.headers().firstValue("Location"))
                .hasValueSatisfying(at -> assertThat(at).endsWith(id));
        String path = "/v2.1/servers/" + id;

        JsonObject shown = json(send("GET", path, BLUE, "2.93", null)).getJsonObject("server");
        assertThat(shown.getString("status")).isEqualTo("BUILD");
        assertThat(shown.getJsonArray("tags")).containsExactly("automatic-recovery");
        assertThat(shown.getJsonObject("flavor").getString("original_name")).isEqualTo("m1.small");
        assertThat(shown.containsKey("OS-EXT-SRV-ATTR:host")).isFalse();
        assertThat(json(send("GET", path, ADMIN, "2.93", null))
                        .getJsonObject("server")
                        .getString("OS-EXT-SRV-ATTR:host"))
                .isEqualTo("h1");

        assertThat(send("POST", path + "/action", BLUE, null, "{\"os-stop\": null}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(json(get(path, BLUE)).getJsonObject("server").getString("status"))
                .isEqualTo("SHUTOFF");
        assertThat(send("POST", path + "/action", BLUE, null, "{\"os-start\": null}")
                        .statusCode())
                .isEqualTo(202);
        assertFault(send("POST", path + "/action", BLUE, null, "{\"os-start\": null}"), 409, "conflictingRequest");
        assertThat(json(send("PUT", path, BLUE, null, "{\"server\": {\"name\": \"other\"}}"))
                        .getJsonObject("server")
                        .getString("name"))
                .isEqualTo("other");
        assertThat(json(get("/v2.1/servers/detail", BLUE)).getJsonArray("servers"))
                .hasSize(1);
        assertThat(json(get("/v2.1/blue/servers/detail", BLUE)).getJsonArray("servers"))
                .hasSize(1);
        assertFault(get("/v2.1/red/servers/detail", BLUE), 400, "badRequest");
        assertThat(send("DELETE", path, BLUE, null, null).statusCode()).isEqualTo(204);
        assertFault(get(path, BLUE), 404, "itemNotFound");
    }

    @Test
    void theShapeOfAServerIsNovas() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        JsonObject server = json(get("/v2.1/servers/" + vm.id(), BLUE)).getJsonObject("server");
        assertThat(server.getString("status")).isEqualTo("ACTIVE");
        assertThat(server.getInteger("OS-EXT-STS:power_state")).isEqualTo(1);
        assertThat(server.getString("created")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(server.getString("OS-SRV-USG:launched_at")).isEqualTo("2026-01-02T03:04:05.000000");
        assertThat(server.getString("hostId")).hasSize(56);
        assertThat(server.getJsonObject("flavor").fieldNames()).containsExactlyInAnyOrder("id", "links");

        Instance failed = cloud.add("bad", "blue", ActualState.FAILED);
        JsonObject error = json(get("/v2.1/servers/" + failed.id(), BLUE)).getJsonObject("server");
        assertThat(error.getString("status")).isEqualTo("ERROR");
        assertThat(error.getJsonObject("fault").getString("message")).isEqualTo("no host will do");
    }

    @Test
    void listsArePagedAndFiltered() throws Exception {
        for (int i = 0; i < 5; i++) {
            cloud.add("vm-" + i, "blue", ActualState.RUNNING);
        }
        cloud.add("other", "red", ActualState.RUNNING);
        JsonObject first = json(get("/v2.1/servers?limit=2", BLUE));
        assertThat(names(first)).containsExactly("vm-4", "vm-3");
        String next = first.getJsonArray("servers_links").getJsonObject(0).getString("href");
        JsonObject second =
                json(get(URI.create(next).getRawPath() + "?" + URI.create(next).getRawQuery(), BLUE));
        assertThat(names(second)).containsExactly("vm-2", "vm-1");
        assertThat(names(json(get("/v2.1/servers?name=vm-3", BLUE)))).containsExactly("vm-3");
        assertThat(names(json(get("/v2.1/servers?all_tenants=1", ADMIN)))).hasSize(6);
        String rest = json(get("/v2.1/servers?all_tenants=1&name=vm-&limit=3", ADMIN))
                .getJsonArray("servers_links")
                .getJsonObject(0)
                .getString("href");
        assertThat(names(json(get(
                        URI.create(rest).getRawPath() + "?" + URI.create(rest).getRawQuery(), ADMIN))))
                .as("the link asks the same question again")
                .containsExactly("vm-1", "vm-0");
        assertThat(names(json(get("/v2.1/servers", ADMIN)))).isEmpty();
        assertFault(get("/v2.1/servers?all_tenants=1", BLUE), 403, "forbidden");
        assertFault(get("/v2.1/servers?marker=" + UUID.randomUUID(), BLUE), 400, "badRequest");
        assertFault(get("/v2.1/servers?limit=-1", BLUE), 400, "badRequest");
        assertFault(get("/v2.1/servers?limit=abc", BLUE), 400, "badRequest");
    }

    @Test
    void anotherProjectsInstanceIsNotThere() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = "/v2.1/servers/" + vm.id();
        assertFault(get(path, RED), 404, "itemNotFound");
        assertFault(send("DELETE", path, RED, null, null), 404, "itemNotFound");
        assertFault(send("POST", path + "/action", RED, null, "{\"os-stop\": null}"), 404, "itemNotFound");
        assertFault(get(path + "/metadata", RED), 404, "itemNotFound");
        assertThat(cloud.instances).containsKey(vm.id());
    }

    @Test
    void tagsAndMetadataAreReadAndWritten() throws Exception {
        String path =
                "/v2.1/servers/" + cloud.add("vm", "blue", ActualState.RUNNING).id();
        assertFault(send("GET", path + "/tags", BLUE, "2.25", null), 404, "itemNotFound");
        assertThat(send("PUT", path + "/tags/automatic-recovery", BLUE, "2.26", null)
                        .statusCode())
                .isEqualTo(201);
        assertThat(send("PUT", path + "/tags/automatic-recovery", BLUE, "2.26", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(send("GET", path + "/tags/automatic-recovery", BLUE, "2.26", null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(send("PUT", path + "/tags", BLUE, "2.26", "{\"tags\": [\"a\", \"b\"]}"))
                        .getJsonArray("tags"))
                .containsExactly("a", "b");
        assertThat(send("DELETE", path + "/tags/a", BLUE, "2.26", null).statusCode())
                .isEqualTo(204);
        assertFault(send("DELETE", path + "/tags/a", BLUE, "2.26", null), 404, "itemNotFound");
        assertThat(json(send("GET", path + "/tags", BLUE, "2.26", null)).getJsonArray("tags"))
                .containsExactly("b");
        assertThat(send("DELETE", path + "/tags", BLUE, "2.26", null).statusCode())
                .isEqualTo(204);
        assertFault(send("PUT", path + "/tags", BLUE, "2.26", "{\"tags\": [\"a,b\"]}"), 400, "badRequest");

        assertThat(json(send("POST", path + "/metadata", BLUE, null, "{\"metadata\": {\"a\": \"1\"}}"))
                        .getJsonObject("metadata"))
                .isEqualTo(new JsonObject().put("a", "1"));
        assertThat(json(send("PUT", path + "/metadata/b", BLUE, null, "{\"meta\": {\"b\": \"2\"}}")))
                .isEqualTo(new JsonObject("{\"meta\": {\"b\": \"2\"}}"));
        assertFault(send("PUT", path + "/metadata/b", BLUE, null, "{\"meta\": {\"c\": \"2\"}}"), 400, "badRequest");
        assertThat(json(get(path + "/metadata", BLUE)).getJsonObject("metadata").size())
                .isEqualTo(2);
        assertThat(send("DELETE", path + "/metadata/a", BLUE, null, null).statusCode())
                .isEqualTo(204);
        assertFault(get(path + "/metadata/a", BLUE), 404, "itemNotFound");
        assertThat(json(send("PUT", path + "/metadata", BLUE, null, "{\"metadata\": {}}"))
                        .getJsonObject("metadata"))
                .isEmpty();
    }

    @Test
    void aPrivateFlavorIsNotThereForMembersByWhateverWayTheyAsk() throws Exception {
        String flavor =
                "{\"flavor\": {\"name\": \"own\", \"id\": \"own\", \"ram\": 1, \"vcpus\": 1, \"os-flavor-access:is_public\": false}}";
        assertThat(send("POST", "/v2.1/flavors", ADMIN, null, flavor).statusCode())
                .isEqualTo(200);
        String server = "{\"server\": {\"name\": \"vm\", \"flavorRef\": \"own\", \"imageRef\": \"" + IMAGE + "\"}}";
        assertFault(get("/v2.1/flavors/own", BLUE), 404, "itemNotFound");
        HttpResponse<String> refused = send("POST", "/v2.1/servers", BLUE, null, server);
        assertFault(refused, 400, "badRequest");
        assertThat(refused.body()).contains("Flavor own could not be found");
        assertThat(send("POST", "/v2.1/servers", ADMIN, null, server).statusCode())
                .isEqualTo(202);
    }

    @Test
    void flavorsAndImages() throws Exception {
        assertThat(json(get("/v2.1/flavors", BLUE)).getJsonArray("flavors")).hasSize(1);
        JsonObject made = json(send(
                "POST",
                "/v2.1/flavors",
                ADMIN,
                null,
                "{\"flavor\": {\"name\": \"big\", \"id\": \"big\", \"ram\": 4096, \"vcpus\": 4, \"disk\": 10}}"));
        assertThat(made.getJsonObject("flavor").getInteger("ram")).isEqualTo(4096);
        assertThat(json(send(
                        "POST",
                        "/v2.1/flavors/big/os-extra_specs",
                        ADMIN,
                        null,
                        "{\"extra_specs\": {\"holdfast:recovery\": \"automatic\"}}")))
                .isEqualTo(new JsonObject("{\"extra_specs\": {\"holdfast:recovery\": \"automatic\"}}"));
        assertThat(json(get("/v2.1/flavors/big/os-extra_specs/holdfast:recovery", BLUE))
                        .getString("holdfast:recovery"))
                .isEqualTo("automatic");
        String spec = "/v2.1/flavors/big/os-extra_specs/";
        assertThat(json(send("PUT", spec + "quota:a", ADMIN, null, "{\"quota:a\": \"1\"}")))
                .isEqualTo(new JsonObject("{\"quota:a\": \"1\"}"));
        assertFault(send("PUT", spec + "other", ADMIN, null, "{\"quota:a\": \"1\"}"), 400, "badRequest");
        assertThat(json(get("/v2.1/flavors/big/os-extra_specs", BLUE)).getJsonObject("extra_specs"))
                .isEqualTo(new JsonObject("{\"holdfast:recovery\": \"automatic\", \"quota:a\": \"1\"}"));
        assertFault(send("DELETE", spec + "quota:a", BLUE, null, null), 403, "forbidden");
        assertThat(send("DELETE", spec + "quota:a", ADMIN, null, null).statusCode())
                .isEqualTo(200);
        assertFault(send("DELETE", spec + "quota:a", ADMIN, null, null), 404, "itemNotFound");
        assertThat(json(send("GET", "/v2.1/flavors/detail", BLUE, "2.75", null))
                        .getJsonArray("flavors")
                        .getJsonObject(0)
                        .getInteger("swap"))
                .isZero();
        assertThat(send("DELETE", "/v2.1/flavors/big", ADMIN, null, null).statusCode())
                .isEqualTo(202);
        assertFault(get("/v2.1/flavors/big", BLUE), 404, "itemNotFound");

        assertThat(json(get("/v2.1/images/" + IMAGE, BLUE))
                        .getJsonObject("image")
                        .getString("name"))
                .isEqualTo("tiny");
        assertThat(json(get("/v2.1/images/detail", BLUE)).getJsonArray("images"))
                .hasSize(1);
        assertFault(send("GET", "/v2.1/images", BLUE, "2.36", null), 404, "itemNotFound");
        HttpResponse<String> image = send(
                "POST",
                "/ha/v1/images",
                ADMIN,
                null,
                "{\"name\": \"linux\", \"file\": \"linux.qcow2\", \"format\": \"qcow2\", \"properties\": {\"p\": \"q\"}}");
        assertThat(image.statusCode()).as(image.body()).isEqualTo(201);
        String id = json(image).getJsonObject("image").getString("id");
        assertThat(send("DELETE", "/ha/v1/images/" + id, ADMIN, null, null).statusCode())
                .isEqualTo(204);
        assertFault(send("DELETE", "/ha/v1/images/" + id, ADMIN, null, null), 404, "itemNotFound");
    }

    @Test
    void aServiceIsForcedDownInBothOfNovasFormsWithoutAStatementOfFencing() throws Exception {
        JsonObject old = json(send("GET", "/v2.1/os-services?host=h1", ADMIN, "2.11", null));
        JsonObject first = old.getJsonArray("services").getJsonObject(0);
        assertThat(first.getValue("id")).isInstanceOf(Integer.class);
        assertThat(first.getBoolean("forced_down")).isFalse();
        assertThat(first.getString("state")).isEqualTo("up");
        String body = "{\"host\": \"h1\", \"binary\": \"nova-compute\", \"forced_down\": true}";
        assertFault(send("PUT", "/v2.1/os-services/force-down", ADMIN, "2.10", body), 404, "itemNotFound");
        assertFault(send("PUT", "/v2.1/os-services/force-down", ADMIN, "2.53", body), 404, "itemNotFound");
        assertThat(json(send("PUT", "/v2.1/os-services/force-down", ADMIN, "2.11", body))
                        .getJsonObject("service"))
                .isEqualTo(new JsonObject(body));
        assertThat(cloud.log()).anyMatch(line -> line.startsWith("force-down h1 by root fenced false"));

        JsonObject h2 = json(send("GET", "/v2.1/os-services?host=h2&binary=nova-compute", ADMIN, "2.53", null))
                .getJsonArray("services")
                .getJsonObject(0);
        String path = "/v2.1/os-services/" + h2.getString("id");
        assertFault(send("PUT", path, ADMIN, "2.52", "{\"forced_down\": true}"), 404, "itemNotFound");
        JsonObject changed = json(send(
                        "PUT",
                        path,
                        ADMIN,
                        "2.53",
                        "{\"status\": \"disabled\", \"disabled_reason\": \"smoke\", \"forced_down\": true}"))
                .getJsonObject("service");
        assertThat(changed.getString("status")).isEqualTo("disabled");
        assertThat(changed.getString("disabled_reason")).isEqualTo("smoke");
        assertThat(changed.getBoolean("forced_down")).isTrue();
        assertThat(changed.getString("state")).isEqualTo("down");
        assertThat(json(send("PUT", path, ADMIN, "2.53", "{\"forced_down\": false}"))
                        .getJsonObject("service")
                        .getBoolean("forced_down"))
                .isFalse();
        assertFault(send("PUT", path, ADMIN, "2.53", "{\"disabled_reason\": \"x\"}"), 400, "badRequest");
        assertFault(send("PUT", path, ADMIN, "2.53", "{}"), 400, "badRequest");
        assertThat(send(
                                "PUT",
                                "/v2.1/os-services/disable-log-reason",
                                ADMIN,
                                null,
                                "{\"host\": \"h1\", \"binary\": \"nova-compute\", \"disabled_reason\": \"r\"}")
                        .statusCode())
                .isEqualTo(200);
        assertFault(
                send(
                        "PUT",
                        "/v2.1/os-services/enable",
                        ADMIN,
                        null,
                        "{\"host\": \"nowhere\", \"binary\": \"nova-compute\"}"),
                404,
                "itemNotFound");
    }

    @Test
    void hypervisorsChangeTheirShapeWithTheVersion() throws Exception {
        cloud.add("vm", "blue", ActualState.RUNNING);
        JsonObject old = json(get("/v2.1/os-hypervisors/detail", ADMIN))
                .getJsonArray("hypervisors")
                .getJsonObject(0);
        assertThat(old.getInteger("memory_mb")).isEqualTo(16384);
        assertThat(get("/v2.1/os-hypervisors/" + old.getValue("id"), ADMIN).statusCode())
                .isEqualTo(200);
        JsonObject modern = json(send("GET", "/v2.1/os-hypervisors/detail?with_servers=True", ADMIN, "2.88", null))
                .getJsonArray("hypervisors")
                .getJsonObject(0);
        assertThat(modern.containsKey("memory_mb")).isFalse();
        assertThat(modern.containsKey("uptime")).isTrue();
        assertThat(modern.getJsonArray("servers")).hasSize(1);
        assertThat(send("GET", "/v2.1/os-hypervisors/" + modern.getString("id"), ADMIN, "2.53", null)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void evacuateAnswersByVersionAndByTheStateOfTheHost() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        Instance building = cloud.add("new", "blue", ActualState.BUILDING);
        String path = "/v2.1/servers/" + vm.id() + "/action";
        HttpResponse<String> up = send("POST", path, ADMIN, "2.68", "{\"evacuate\": {}}");
        assertFault(up, 400, "badRequest");
        assertThat(up.body()).contains("Compute service of h1 is still in use.");
        cloud.setForcedDown(io.holdfast.model.HostId.of("h1"), true, io.holdfast.model.Actor.HOLDFAST, "");

        HttpResponse<String> accepted = send("POST", path, ADMIN, "2.68", "{\"evacuate\": {\"host\": \"h2\"}}");
        assertThat(accepted.statusCode()).isEqualTo(200);
        assertThat(accepted.body()).isEmpty();
        assertThat(cloud.log()).contains("evacuate to h2");
        HttpResponse<String> old = send("POST", path, ADMIN, "2.1", "{\"evacuate\": {\"onSharedStorage\": true}}");
        assertThat(json(old).containsKey("adminPass")).isTrue();
        assertThat(send("POST", path, ADMIN, "2.29", "{\"evacuate\": {\"host\": \"h2\", \"force\": true}}")
                        .statusCode())
                .isEqualTo(200);
        assertFault(send("POST", path, ADMIN, "2.1", "{\"evacuate\": {}}"), 400, "badRequest");
        assertFault(
                send("POST", path, ADMIN, "2.14", "{\"evacuate\": {\"onSharedStorage\": true}}"), 400, "badRequest");
        assertFault(send("POST", path, ADMIN, "2.68", "{\"evacuate\": {\"force\": false}}"), 400, "badRequest");
        assertFault(send("POST", path, BLUE, "2.68", "{\"evacuate\": {}}"), 403, "forbidden");
        assertFault(
                send("POST", "/v2.1/servers/" + building.id() + "/action", ADMIN, "2.68", "{\"evacuate\": {}}"),
                409,
                "conflictingRequest");
        assertFault(
                send("POST", "/v2.1/servers/" + UUID.randomUUID() + "/action", ADMIN, "2.68", "{\"evacuate\": {}}"),
                404,
                "itemNotFound");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'availability_zone': 'nova'|nova||202|",
                "'availability_zone': 'nova:h2'|nova|h2|202|",
                "'availability_zone': 'nova:h2:h2'|nova|h2|202|",
                "'availability_zone': 'nova::h2'|nova|h2|202|",
                "'availability_zone': ':h2'||h2|202|",
                "'availability_zone': 'nova:'|nova||202|",
                "'host': 'h2'||h2|202|",
                "'host': 'h2', 'availability_zone': 'nova'|nova|h2|202|",
                "'host': 'h2', 'availability_zone': 'nova:h2'|||400|must not be given",
                "'host': 'h9'|||400|Compute host h9 could not be found",
                "'host': 'no host'|||400|Compute host no host could not be found",
                "'availability_zone': 'nova:h9'|||400|Compute host h9 could not be found",
                "'availability_zone': 'nova:h1:h2'|||400|names two hosts",
                "'availability_zone': 'a:b:c:d'|||400|zone:host",
                "'availability_zone': ' '|||400|zone:host",
                "'availability_zone': 'moon'|||400|The requested availability zone is not available"
            })
    void anAdministratorSaysWhereAServerGoes(
            String fields, @Nullable String zone, @Nullable String host, int status, @Nullable String naming)
            throws Exception {
        HttpResponse<String> made = create(ADMIN, "2.96", fields);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(status);
        if (naming == null) {
            assertThat(cloud.created.getLast())
                    .extracting(
                            one -> one.zone(),
                            one -> one.host() == null ? null : one.host().value())
                    .containsExactly(zone, host);
        } else {
            assertFault(made, status, "badRequest");
            assertThat(made.body()).contains(naming);
        }
    }

    @Test
    void whoSaysNothingOfNetworksIsAskedFrom237On() throws Exception {
        String body = "{\"server\": {\"name\": \"vm\", \"flavorRef\": \"small\", \"imageRef\": \"" + IMAGE + "\"}}";
        HttpResponse<String> refused = send("POST", "/v2.1/servers", BLUE, "2.37", body);
        assertFault(refused, 400, "badRequest");
        assertThat(refused.body()).contains("'networks' is a required property");
        assertThat(cloud.created).isEmpty();
        assertThat(send("POST", "/v2.1/servers", BLUE, "2.36", body).statusCode())
                .isEqualTo(202);
    }

    @Test
    void aMemberNamesAZoneButNoHost() throws Exception {
        assertThat(create(BLUE, "2.96", "'availability_zone': 'nova'").statusCode())
                .isEqualTo(202);
        for (String fields : List.of("'availability_zone': 'nova:h2'", "'availability_zone': ':h2'", "'host': 'h2'")) {
            assertFault(create(BLUE, "2.96", fields), 403, "forbidden");
        }
        assertFault(create(ADMIN, "2.73", "'host': 'h2'"), 400, "badRequest");
        assertThat(cloud.created).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2.1|'config_drive': 'sometimes'|must be a boolean",
                "2.1|'personality': [{'path': '/a', 'contents': ''}]|no files",
                "2.1|'adminPass': 'x'|no password",
                "2.1|'security_groups': ['default']|objects with a name",
                "2.1|'block_device_mapping_v2': [{'boot_index': 0}]|one disk",
                "2.1|'accessIPv4': '192.0.2.1'|given by networks",
                "2.1|'networks': [{'uuid': 'x'}]|network uuid is not in proper format",
                "2.37|'networks': [{'port': 7}]|must have a text as port",
                "2.37|'networks': [{'fixed_ip': '192.0.2.7'}]|needs a uuid or a port",
                "2.37|'networks': ['x']|list of objects",
                "2.42|'networks': [{'uuid': 'x', 'tag': 'eth'}]|'tag' is not known",
                "2.1|'networks': [{'port': '1', 'fixed_ip': '192.0.2.7'}]|cannot be specified together",
                "2.37|'networks': 'some'|must be none, auto or a list",
                "2.36|'networks': 'none'|before version 2.37",
                "2.1|'OS-DCF:diskConfig': 'AUTO'|MANUAL"
            })
    void whatIsNovasAndNotOursIsRefusedByName(String version, String fields, String naming) throws Exception {
        HttpResponse<String> response = create(BLUE, version, fields);
        assertFault(response, 400, "badRequest");
        assertThat(response.body()).contains(naming);
        assertThat(cloud.created).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2.1|'networks': []",
                "2.37|'networks': 'auto'",
                "2.37|'networks': 'none'",
                "2.1|'min_count': 1, 'max_count': '1'",
                "2.96|'config_drive': false, 'user_data': null, 'key_name': null, 'security_groups': []",
                "2.1|'OS-DCF:diskConfig': 'MANUAL', 'config_drive': ''"
            })
    void whatAsksForNothingIsLetPass(String version, String fields) throws Exception {
        HttpResponse<String> made = create(BLUE, version, fields);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
    }

    @ParameterizedTest
    @CsvSource({"true, True", "'''True''', True", "'''1''', True", "false, ''", "'''no''', ''"})
    void aConfigDriveIsMadeForWhoAsksForOne(String said, String shown) throws Exception {
        HttpResponse<String> made = create(BLUE, "2.1", "'config_drive': " + said);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(202);
        assertThat(cloud.created.getLast().particulars().configDrive()).isEqualTo(!shown.isEmpty());
    }

    @Test
    void aHostsStateIsToldInNovasWordsEverywhereTheSame() throws Exception {
        cloud.add("vm", "blue", ActualState.UNKNOWN);
        cloud.health = HostHealth.SUSPECTED;
        assertThat(told()).containsExactly("up", "UP", "ACTIVE", "active", "0");
        cloud.health = HostHealth.DEGRADED;
        assertThat(told()).containsExactly("down", "UNKNOWN", "ACTIVE", "active", "0");
        cloud.heard = true;
        assertThat(told()).as("its agent speaks").containsExactly("up", "UP", "ACTIVE", "active", "0");
        cloud.health = HostHealth.ISOLATED;
        assertThat(told()).containsExactly("down", "UNKNOWN", "ACTIVE", "active", "0");
        cloud.health = HostHealth.LOST;
        assertThat(told()).containsExactly("down", "UNKNOWN", "ACTIVE", "active", "0");
        cloud.health = HostHealth.ALIVE;
        cloud.disable(HostId.of("h1"), Actor.HOLDFAST, "");
        assertThat(told()).containsExactly("up", "MAINTENANCE", "ACTIVE", "active", "0");
        cloud.enable(HostId.of("h1"), Actor.HOLDFAST);
        cloud.state(HostId.of("h1"), HostState.CONDEMNED);
        assertThat(told()).containsExactly("down", "DOWN", "ACTIVE", "active", "0");
        cloud.state(HostId.of("h1"), HostState.FENCED);
        assertThat(told()).containsExactly("down", "DOWN", "ACTIVE", "active", "0");
        cloud.state(HostId.of("h1"), HostState.SERVING);
        cloud.setForcedDown(HostId.of("h1"), true, Actor.HOLDFAST, "");
        assertThat(told()).containsExactly("down", "DOWN", "ACTIVE", "active", "0");
    }

    /** Of h1 and its one instance: state of the service, host_status, status, vm_state, power_state. */
    private List<String> told() throws Exception {
        JsonObject service = json(send("GET", "/v2.1/os-services?host=h1", ADMIN, "2.96", null))
                .getJsonArray("services")
                .getJsonObject(0);
        assertThat(service.getString("updated_at")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000000");
        assertThat(service.getBoolean("forced_down"))
                .isEqualTo(cloud.hosts.get(HostId.of("h1")).forcedDown());
        JsonObject server = json(send("GET", "/v2.1/servers/detail?all_tenants=1", ADMIN, "2.16", null))
                .getJsonArray("servers")
                .getJsonObject(0);
        String path = "/v2.1/servers/" + server.getString("id");
        assertThat(json(send("GET", path, BLUE, "2.96", null))
                        .getJsonObject("server")
                        .containsKey("host_status"))
                .isFalse();
        assertThat(json(send("GET", path, ADMIN, "2.15", null))
                        .getJsonObject("server")
                        .containsKey("host_status"))
                .isFalse();
        return List.of(
                service.getString("state"),
                server.getString("host_status"),
                server.getString("status"),
                server.getString("OS-EXT-STS:vm_state"),
                server.getInteger("OS-EXT-STS:power_state").toString());
    }

    private HttpResponse<String> create(String token, String version, String fields) throws Exception {
        // From 2.37 on Nova asks for networks.
        boolean asks = Integer.parseInt(version.substring(2)) >= 37 && !fields.contains("'networks'");
        String body = "{'server': {'name': 'vm', 'flavorRef': 'small', 'imageRef': '" + IMAGE + "', " + fields
                + (asks ? ", 'networks': 'none'" : "") + "}}";
        return send("POST", "/v2.1/servers", token, version, body.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource({
        "OpenStack-API-Version,compute 2.53,200,2.53",
        "OpenStack-API-Version,'placement 1.39, compute 2.60',200,2.60",
        "OpenStack-API-Version,compute latest,200,2.96",
        "OpenStack-API-Version,placement 1.39,200,2.1",
        "OpenStack-API-Version,compute 2.97,406,",
        "OpenStack-API-Version,compute 3.0,406,",
        "OpenStack-API-Version,compute 2.0,406,",
        "OpenStack-API-Version,compute two,400,",
        "X-OpenStack-Nova-API-Version,2.11,200,2.11",
        "X-OpenStack-Nova-API-Version,latest,200,2.96",
        "X-OpenStack-Nova-API-Version,2.999,406,",
        "Accept,application/json,200,2.1"
    })
    void microversionsAreNegotiated(String header, String value, int status, @Nullable String answered)
            throws Exception {
        HttpResponse<String> response = http.send(
                request("/v2.1/flavors", BLUE).header(header, value).GET().build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("x-openstack-request-id")).isPresent();
        assertThat(response.headers().firstValue("x-compute-request-id")).isPresent();
        assertThat(response.headers().firstValue("Vary").orElse("")).contains("OpenStack-API-Version");
        if (answered != null) {
            assertThat(response.headers().firstValue("OpenStack-API-Version")).hasValue("compute " + answered);
            assertThat(response.headers().firstValue("X-OpenStack-Nova-API-Version"))
                    .hasValue(answered);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST|/v2.1/servers|{\"server\":|400|badRequest|",
                "POST|/v2.1/servers|[1]|400|badRequest|",
                "POST|/v2.1/servers|\"text\"|400|badRequest|",
                "POST|/v2.1/servers|null|400|badRequest|",
                "POST|/v2.1/servers||400|badRequest|",
                "POST|/v2.1/servers|{}|400|badRequest|server",
                "POST|/v2.1/servers|{\"server\": 5}|400|badRequest|server",
                "POST|/v2.1/servers|{\"server\": {\"name\": 5, \"flavorRef\": \"small\", \"imageRef\": \"i\"}}|400|badRequest|name",
                "POST|/v2.1/servers|{\"server\": {\"name\": \"x\", \"flavorRef\": \"small\", \"imageRef\": \"i\", \"bogus\": 1}}|400|badRequest|bogus",
                "POST|/v2.1/servers|{\"server\": {\"name\": \"\", \"flavorRef\": \"small\", \"imageRef\": \"i\"}}|400|badRequest|name",
                "POST|/v2.1/servers|{\"server\": {\"name\": \"x\", \"flavorRef\": \"nope\", \"imageRef\": \"i\"}}|400|badRequest|Flavor nope",
                "POST|/v2.1/servers|{\"server\": {\"name\": \"x\", \"flavorRef\": \"small\", \"imageRef\": \"i\"}}|400|badRequest|Image i",
                "POST|/v2.1/servers|{\"server\": {\"name\": \"x\", \"flavorRef\": \"small\", \"imageRef\": \"i\", \"tags\": [\"a\"]}}|400|badRequest|tags",
                "POST|/v2.1/flavors|{\"flavor\": {\"name\": \"x\", \"ram\": \"1\", \"vcpus\": 1}}|400|badRequest|ram",
                "POST|/v2.1/flavors|{\"flavor\": {\"name\": \"x\", \"ram\": 0, \"vcpus\": 1}}|400|badRequest|ram",
                "POST|/v2.1/flavors|{\"flavor\": {\"name\": \"x\", \"ram\": 99999999999, \"vcpus\": 1}}|400|badRequest|ram",
                "GET|/v2.1/servers/nonsense||404|itemNotFound|nonsense",
                "GET|/v2.1/servers/22222222-2222-4222-8222-222222222222||404|itemNotFound|",
                "GET|/v2.1/nonsense||404|itemNotFound|",
                "GET|/nonsense||404|itemNotFound|",
                "PATCH|/v2.1/servers||405|badMethod|PATCH",
                "DELETE|/v2.1/servers||405|badMethod|",
                "POST|/ha/v1/hosts/nowhere/force-down|{}|404|itemNotFound|nowhere",
                "POST|/ha/v1/hosts/h1/force-down|{\"fenced\": \"yes\"}|400|badRequest|fenced",
                "POST|/ha/v1/hosts/h1/force-down|{\"fence\": true}|400|badRequest|fence",
                "GET|/ha/v1/cases/nonsense||404|itemNotFound|",
                "GET|/ha/v1/cases?open=maybe||400|badRequest|open",
                "GET|/ha/v1/events?after=-1||400|badRequest|",
                "GET|/ha/v1/events?limit=0||400|badRequest|",
                "GET|/ha/v1/webhooks/nonsense||404|itemNotFound|",
                "POST|/ha/v1/webhooks|{\"url\": \"ftp://198.51.100.1/\", \"secret\": \"0123456789abcdef\"}|400|badRequest|http",
                "POST|/ha/v1/webhooks|{\"url\": \"http://127.0.0.1/\", \"secret\": \"0123456789abcdef\"}|400|badRequest|allowed-networks",
                "POST|/ha/v1/webhooks|{\"url\": \"ht tp\", \"secret\": \"0123456789abcdef\"}|400|badRequest|",
                "POST|/ha/v1/webhooks|{\"url\": \"http://198.51.100.1/\", \"secret\": \"short\"}|400|badRequest|secret",
                "POST|/ha/v1/images|{\"name\": \"x\", \"file\": \"f\", \"format\": \"iso\"}|400|badRequest|format",
                "POST|/ha/v1/webhooks|{\"url\": \"http://198.51.100.1/\", \"secret\": \"0123456789abcdef\", \"types\": [\"a\\u0000\"]}|400|badRequest|types",
                "POST|/ha/v1/webhooks|{\"url\": \"http://198.51.100.1/\", \"secret\": \"0123456789abcdef\\ud800\"}|400|badRequest|secret",
                "POST|/ha/v1/hosts/h1/force-down|{\"reason\": \"\\u0000\"}|400|badRequest|reason",
                "PUT|/v2.1/os-services/disable-log-reason|{\"host\": \"h1\", \"binary\": \"nova-compute\", \"disabled_reason\": \"\\u0000\"}|400|badRequest|disabled_reason",
                "POST|/v2.1/servers|{\"server\": {\"\\udc00\": 1}}|400|badRequest|",
                "POST|/v2.1/servers|{\"server\": {\"a\\u0000\": 1}}|400|badRequest|server/a?"
            })
    void badInputGetsAFaultThatNamesWhatIsWrong(
            String method, String path, @Nullable String body, int status, String fault, @Nullable String naming)
            throws Exception {
        HttpResponse<String> response = send(method, path, ADMIN, null, body);
        assertFault(response, status, fault);
        if (naming != null) {
            assertThat(response.body()).contains(naming);
        }
    }

    @Test
    void aHugeBodyIsRefusedAndAnotherContentTypeToo() throws Exception {
        String huge = "{\"server\": {\"name\": \"" + "x".repeat(100_000) + "\"}}";
        assertFault(send("POST", "/v2.1/servers", BLUE, null, huge), 413, "overLimit");
        HttpResponse<String> text = http.send(
                request("/v2.1/servers", BLUE)
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertFault(text, 415, "badMediaType");
    }

    @Test
    void aBodyOfVeryManyValuesIsRefusedBeforeAnythingIsMadeOfIt() throws Exception {
        // Each of these would be a violation of its own.
        String many = "{\"server\": {\"metadata\": {"
                + IntStream.range(0, 2100).mapToObj(i -> "\"" + i + "\":1").collect(Collectors.joining(",")) + "}}}";
        HttpResponse<String> refused = send("POST", "/v2.1/servers", BLUE, null, many);
        assertFault(refused, 400, "badRequest");
        assertThat(refused.body()).contains("more than 2000 values");
    }

    @Test
    void aTypeIsReadAsItMayBeWrittenAndNotByItsBeginning() throws Exception {
        String body = "{\"flavor\": {\"name\": \"%s\", \"ram\": 1, \"vcpus\": 1}}";
        assertThat(sendAs("APPLICATION/JSON", body.formatted("a")).statusCode()).isEqualTo(200);
        assertThat(sendAs("application/json ; charset=utf-8", body.formatted("b"))
                        .statusCode())
                .isEqualTo(200);
        assertFault(sendAs("application/jsonp", body.formatted("c")), 415, "badMediaType");
    }

    private HttpResponse<String> sendAs(String type, String body) throws Exception {
        return http.send(
                request("/v2.1/flavors", ADMIN)
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void deeplyNestedJsonIsRefusedWithoutHarm() throws Exception {
        String deep = "[".repeat(30_000) + "]".repeat(30_000);
        HttpResponse<String> response = send("POST", "/v2.1/servers", BLUE, null, deep);
        assertFault(response, 400, "badRequest");
    }

    @Test
    void aWrongOrMissingTokenIs401AndAMemberOnAnAdministratorsRouteIs403() throws Exception {
        for (String token : new String[] {null, "", "wrong", ADMIN + "x", "x".repeat(5000)}) {
            HttpResponse<String> response = get("/v2.1/servers", token);
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(json(response).getJsonObject("error").getString("title")).isEqualTo("Unauthorized");
        }
        assertThat(get("/nowhere", null).statusCode()).isEqualTo(401);
        for (String path : List.of(
                "/v2.1/os-services",
                "/v2.1/os-hypervisors",
                "/ha/v1/hosts",
                "/ha/v1/hosts/h1",
                "/ha/v1/cases",
                "/ha/v1/segments",
                "/ha/v1/images")) {
            assertFault(get(path, BLUE), 403, "forbidden");
        }
        assertFault(send("POST", "/v2.1/flavors", BLUE, null, "{\"not\": \"even valid\"}"), 403, "forbidden");
        assertFault(send("POST", "/ha/v1/hosts/h1/force-down", BLUE, null, "{}"), 403, "forbidden");
        assertThat(cloud.log()).isEmpty();
    }

    @Test
    void whatFailsInsideShowsNothingOfItself() throws Exception {
        cloud.failure = new IllegalStateException("secret detail");
        HttpResponse<String> response = get("/v2.1/servers", BLUE);
        assertFault(response, 500, "computeFault");
        assertThat(response.body()).doesNotContain("secret detail").contains("req-");
        cloud.failure = new ComputeException(ComputeException.Kind.LIMIT, "too many");
        assertFault(get("/v2.1/servers", BLUE), 403, "forbidden");
    }

    @Test
    void hostsCasesAndSegments() throws Exception {
        JsonObject host = json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host");
        assertThat(host.getString("health")).isEqualTo("ALIVE");
        assertThat(host.getJsonArray("fencing")).containsExactly("ipmi 192.0.2.9:623");
        assertThat(host.getJsonArray("evidence").getJsonObject(0).getString("signal"))
                .isEqualTo("LEASE");
        HttpResponse<String> forced = send(
                "POST",
                "/ha/v1/hosts/h1/force-down",
                ADMIN,
                null,
                "{\"fenced\": true, \"reason\": \"pulled the plug\"}");
        assertThat(forced.statusCode()).isEqualTo(202);
        assertThat(cloud.log()).contains("force-down h1 by root fenced true pulled the plug");
        String id = json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host").getString("caseId");
        JsonObject shown = json(get("/ha/v1/cases/" + id, ADMIN)).getJsonObject("case");
        assertThat(shown.getJsonObject("powerReturn").getString("state")).isEqualTo("RESTING");
        assertThat(shown.getJsonObject("powerReturn").getString("deadline")).isNotEmpty();
        assertThat(shown.fieldNames())
                .containsExactlyInAnyOrder(
                        "id",
                        "segment",
                        "host",
                        "epoch",
                        "state",
                        "reason",
                        "nextStep",
                        "openedAt",
                        "closedAt",
                        "deadline",
                        "proof",
                        "powerReturn",
                        "evidence",
                        "timeline",
                        "instances");
        assertThat(shown.getJsonArray("timeline").getJsonObject(1).getLong("offsetMillis"))
                .isEqualTo(250);
        assertThat(json(get("/ha/v1/cases?host=h1&open=true&limit=5", ADMIN)).getJsonArray("cases"))
                .hasSize(1);
        assertThat(json(get("/ha/v1/cases?open=false", ADMIN)).getJsonArray("cases"))
                .isEmpty();
        assertThat(send("POST", "/ha/v1/cases/" + id + "/retry", ADMIN, null, null)
                        .statusCode())
                .isEqualTo(202);
        assertThat(send("DELETE", "/ha/v1/hosts/h1/force-down", ADMIN, null, null)
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(get("/ha/v1/segments", ADMIN))
                        .getJsonArray("segments")
                        .getJsonObject(0)
                        .getJsonArray("hosts"))
                .containsExactly("h1", "h2");
        assertThat(get("/ha/v1/segments/default", ADMIN).statusCode()).isEqualTo(200);
        assertFault(get("/ha/v1/segments/other", ADMIN), 404, "itemNotFound");
    }

    @Test
    void webhooksBelongToTheirProject() throws Exception {
        String body =
                "{\"url\": \"http://198.51.100.9/x\", \"types\": [\"instance.\"], \"secret\": \"0123456789abcdef\"}";
        HttpResponse<String> made = send("POST", "/ha/v1/webhooks", BLUE, null, body);
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        JsonObject webhook = json(made).getJsonObject("webhook");
        assertThat(webhook.getString("project")).isEqualTo("blue");
        assertThat(made.body()).doesNotContain("0123456789abcdef");
        String path = "/ha/v1/webhooks/" + webhook.getString("id");
        assertThat(get(path, BLUE).statusCode()).isEqualTo(200);
        assertFault(get(path, RED), 404, "itemNotFound");
        assertFault(send("DELETE", path, RED, null, null), 404, "itemNotFound");
        assertThat(json(get("/ha/v1/webhooks", RED)).getJsonArray("webhooks")).isEmpty();
        assertFault(
                send("POST", "/ha/v1/webhooks", BLUE, null, body.replace("}", ", \"project\": null}")),
                403,
                "forbidden");
        assertFault(
                send("POST", "/ha/v1/webhooks", BLUE, null, body.replace("}", ", \"project\": \"red\"}")),
                403,
                "forbidden");
        assertThat(json(send("POST", "/ha/v1/webhooks", ADMIN, null, body.replace("}", ", \"project\": null}")))
                        .getJsonObject("webhook")
                        .getValue("project"))
                .isNull();
        assertThat(json(get("/ha/v1/webhooks", ADMIN)).getJsonArray("webhooks")).hasSize(2);
        assertThat(send("DELETE", path, BLUE, null, null).statusCode()).isEqualTo(204);
    }

    @Test
    void eventsAreListedAndStreamedToTheirOwnerAndCanBeTakenUpAgain() throws Exception {
        Fact old = fact("host.suspected", "blue");
        ledger.append(old);
        ledger.append(fact("host.suspected", "red"));
        ledger.append(fact("host.lost", null));
        ledger.dispatch(10, java.time.Instant.now());
        JsonArray listed = json(get("/ha/v1/events", BLUE)).getJsonArray("events");
        assertThat(listed).hasSize(1);
        assertThat(json(get("/ha/v1/events?after=1&limit=1", ADMIN)).getJsonArray("events"))
                .hasSize(1);

        List<String> lines = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> stream = stream(BLUE, "0", lines);
        await().atMost(LIMIT).until(() -> lines.contains("id: 1"));
        Fact told = fact("host.cleared", "blue");
        notifications.tellNow(List.of(told, fact("host.cleared", "red")));
        await().atMost(LIMIT).until(() -> lines.contains("id: 4"));
        List<String> data =
                lines.stream().filter(line -> line.startsWith("data: ")).toList();
        assertThat(data).hasSize(3).allMatch(line -> line.contains("\"blue\""));
        assertThat(data).filteredOn(line -> line.contains(told.id().toString())).hasSize(2);
        server.close();
        stream.get(10, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(lines).contains("event: dropped");
    }

    @Test
    void manyCallersAtOnceAllGetAnAnswer() {
        cloud.add("vm", "blue", ActualState.RUNNING);
        List<CompletableFuture<Integer>> all = new java.util.ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(http.sendAsync(
                            request("/v2.1/servers/detail", BLUE).GET().build(), HttpResponse.BodyHandlers.ofString())
                    .thenApply(HttpResponse::statusCode));
        }
        List<Integer> statuses = all.stream().map(CompletableFuture::join).toList();
        assertThat(statuses).containsOnly(200, 503).contains(200);
    }
}
