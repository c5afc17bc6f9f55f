package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Placement's form: what there is in which microversion, what it looks like, and how it is refused. */
class PlacementApiTest extends PlacementFixture {

    private static List<String> rels(JsonObject provider) {
        List<String> rels = new ArrayList<>();
        provider.getJsonArray("links").forEach(link -> rels.add(((JsonObject) link).getString("rel")));
        return rels;
    }

    private static String consumer() {
        return UUID.randomUUID().toString();
    }

    private JsonArray candidates(String query, String version) throws Exception {
        return show(PLACEMENT + "/allocation_candidates?" + query, version).getJsonArray("allocation_requests");
    }

    @Test
    void versionsAreNegotiatedAsPlacementDoes() throws Exception {
        HttpResponse<String> root = send(null, "GET", PLACEMENT + "/", null, null);
        assertThat(root.statusCode()).isEqualTo(200);
        JsonObject version =
                new JsonObject(root.body()).getJsonArray("versions").getJsonObject(0);
        assertThat(version.getString("id")).isEqualTo("v1.0");
        assertThat(version.getString("min_version")).isEqualTo("1.0");
        assertThat(version.getString("max_version")).isEqualTo("1.39");
        assertThat(send(null, "GET", PLACEMENT, null, null).statusCode()).isEqualTo(200);
        assertThat(root.headers().firstValue("OpenStack-API-Version")).hasValue("placement 1.0");
        assertThat(root.headers().firstValue("Vary")).hasValue("OpenStack-API-Version");
        HttpResponse<String> latest = send(ADMIN, "GET", PROVIDERS, "latest", null);
        assertThat(latest.headers().firstValue("OpenStack-API-Version")).hasValue("placement 1.39");
        JsonObject later = error(406, "GET", PROVIDERS, "1.40", null);
        assertThat(later.getString("max_version")).isEqualTo("1.39");
        assertThat(later.getString("min_version")).isEqualTo("1.0");
        assertThat(error(400, "GET", PROVIDERS, "pony", null).getString("title"))
                .isEqualTo("Bad Request");
        HttpResponse<String> unknown = send(null, "GET", PROVIDERS, "1.39", null);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(send(BLUE, "GET", PROVIDERS, "1.39", null).statusCode()).isEqualTo(403);
    }

    @Test
    void errorsHaveACodeFromTheirVersionOn() throws Exception {
        String nowhere = PROVIDERS + "/" + consumer();
        JsonObject old = error(404, "GET", nowhere, "1.22", null);
        assertThat(old.fieldNames()).containsExactlyInAnyOrder("status", "title", "detail", "request_id");
        assertThat(old.getString("detail")).contains("No resource provider with uuid");
        JsonObject coded = error(404, "GET", nowhere, "1.23", null);
        assertThat(coded.getString("code")).isEqualTo("placement.undefined_code");
        assertThat(coded.getString("request_id")).startsWith("req-");
        assertThat(error(404, "GET", PROVIDERS + "/no-uuid", "1.23", null).getInteger("status"))
                .isEqualTo(404);
        assertThat(error(404, "GET", PLACEMENT + "/pony", "1.23", null).getInteger("status"))
                .isEqualTo(404);
        assertThat(error(405, "PATCH", PROVIDERS, "1.23", null).getInteger("status"))
                .isEqualTo(405);
        assertThat(error(400, "POST", PROVIDERS, "1.23", "{'pony': 1}").getInteger("status"))
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, self inventories usages, false",
        "1.1, self inventories usages aggregates, false",
        "1.6, self inventories usages aggregates traits, false",
        "1.11, self inventories usages aggregates traits allocations, false",
        "1.14, self inventories usages aggregates traits allocations, true",
        "1.39, self inventories usages aggregates traits allocations, true",
    })
    void aProviderLooksAsItsVersionSays(String version, String rels, boolean nested) throws Exception {
        JsonObject host = show(PROVIDERS + "/" + h1, version);
        assertThat(rels(host)).containsExactly(rels.split(" "));
        assertThat(host.getString("name")).isEqualTo("h1");
        assertThat(host.containsKey("root_provider_uuid")).isEqualTo(nested);
        assertThat(host.containsKey("parent_provider_uuid")).isEqualTo(nested);
        boolean fresh = Integer.parseInt(version.substring(2)) >= 15;
        HttpResponse<String> answer = send(ADMIN, "GET", PROVIDERS + "/" + h1, version, null);
        assertThat(answer.headers().firstValue("Last-Modified").isPresent()).isEqualTo(fresh);
        assertThat(answer.headers().firstValue("Cache-Control").isPresent()).isEqualTo(fresh);
    }

    /** In the version before, the route is not there. */
    @ParameterizedTest
    @CsvSource({
        "GET, /resource_providers/{}/aggregates, 1",
        "GET, /resource_classes, 2",
        "GET, /resource_classes/VCPU, 2",
        "DELETE, /resource_providers/{}/inventories, 5",
        "GET, /traits, 6",
        "GET, /resource_providers/{}/traits, 6",
        "GET, /usages?project_id=x, 9",
        "GET, /allocation_candidates?resources=VCPU:1, 10",
        "POST, /allocations, 13",
        "POST, /reshaper, 30",
    })
    void aRouteBeginsWithItsVersion(String method, String path, int since) throws Exception {
        String at = PLACEMENT + path.replace("{}", pool());
        String body = path.equals("/allocations")
                ? "{'" + consumer() + "': {'allocations': {'" + h1
                        + "': {'resources': {'VCPU': 1}}}, 'project_id': 'p', 'user_id': 'u'}}"
                : path.equals("/reshaper") ? "{'inventories': {}, 'allocations': {}}" : null;
        HttpResponse<String> before = send(ADMIN, method, at, "1." + (since - 1), body);
        // The inventories are there before; it is the method that is not.
        assertThat(before.statusCode()).as(before.body()).isEqualTo(path.endsWith("/inventories") ? 405 : 404);
        HttpResponse<String> from = send(ADMIN, method, at, "1." + since, body);
        assertThat(from.statusCode()).as(from.body()).isIn(200, 204);
    }

    @Test
    void providersAreMadeShownChangedFilteredAndEnded() throws Exception {
        String id = consumer();
        String body = "{'name': 'n-" + id + "', 'uuid': '" + id + "'}";
        HttpResponse<String> made = send(ADMIN, "POST", PROVIDERS, "1.19", body);
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(made.body()).isEmpty();
        assertThat(made.headers().firstValue("Location").orElseThrow())
                .startsWith("http://")
                .endsWith(PROVIDERS + "/" + id);
        assertThat(error(409, "POST", PROVIDERS, "1.23", body).getString("code"))
                .isEqualTo("placement.duplicate_name");
        JsonObject part = expect(
                200, "POST", PROVIDERS, "1.20", "{'name': 'part-" + id + "', 'parent_provider_uuid': '" + id + "'}");
        assertThat(part.getString("root_provider_uuid")).isEqualTo(id);
        expect(400, "POST", PROVIDERS, "1.13", "{'name': 'x', 'parent_provider_uuid': '" + id + "'}");
        assertThat(show(PROVIDERS + "?in_tree=" + part.getString("uuid"), "1.14")
                        .getJsonArray("resource_providers"))
                .hasSize(2);
        assertThat(show(PROVIDERS + "?in_tree=" + consumer(), "1.14").getJsonArray("resource_providers"))
                .isEmpty();
        assertThat(show(PROVIDERS + "?name=n-" + id, "1.0").getJsonArray("resource_providers"))
                .hasSize(1);
        assertThat(show(PROVIDERS + "?uuid=" + id, "1.0").getJsonArray("resource_providers"))
                .hasSize(1);
        assertThat(error(409, "DELETE", PROVIDERS + "/" + id, "1.23", null).getString("code"))
                .isEqualTo("placement.resource_provider.cannot_delete_parent");
        assertThat(expect(200, "PUT", PROVIDERS + "/" + id, "1.39", "{'name': 'm-" + id + "'}")
                        .getLong("generation"))
                .isEqualTo(1);
        String child = PROVIDERS + "/" + part.getString("uuid");
        expect(400, "PUT", child, "1.36", "{'name': 'part-" + id + "', 'parent_provider_uuid': null}");
        expect(200, "PUT", child, "1.37", "{'name': 'part-" + id + "', 'parent_provider_uuid': null}");
        expect(204, "DELETE", child, "1.0", null);
        expect(204, "DELETE", PROVIDERS + "/" + id, "1.0", null);
        expect(404, "GET", PROVIDERS + "/" + id, "1.0", null);
        expect(409, "DELETE", PROVIDERS + "/" + h1, "1.0", null);
    }

    @ParameterizedTest
    @CsvSource({
        "member_of=in:7aa9b0a0-0000-0000-0000-000000000001, 3",
        "resources=VCPU:1, 4",
        "in_tree=7aa9b0a0-0000-0000-0000-000000000001, 14",
        "required=HW_CPU_X86_AVX, 18",
        "required=!HW_CPU_X86_AVX, 22",
        "member_of=7aa9b0a0-0000-0000-0000-000000000001&member_of=7aa9b0a0-0000-0000-0000-000000000002, 24",
        "member_of=!7aa9b0a0-0000-0000-0000-000000000001, 32",
        "required=in:HW_CPU_X86_AVX, 39",
        "required=HW_CPU_X86_AVX&required=HW_CPU_X86_AVX2, 39",
    })
    void aFilterBeginsWithItsVersion(String query, int since) throws Exception {
        expect(400, "GET", PROVIDERS + "?" + query, "1." + (since - 1), null);
        show(PROVIDERS + "?" + query, "1." + since);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "pony=1; placement.query.bad_value",
                "uuid=pony; placement.query.bad_value",
                "name=a&name=b; placement.query.duplicate_key",
                "resources=VCPU; placement.query.bad_value",
                "resources=VCPU:0; placement.query.bad_value",
                "resources=VCPU:99999999999; placement.query.bad_value",
                "resources=CUSTOM_PONY:1; placement.undefined_code",
                "required=CUSTOM_PONY; placement.undefined_code",
                "required=; placement.query.bad_value",
                "required=a; placement.query.bad_value",
                "required=HW_CPU_X86_AVX,!HW_CPU_X86_AVX; placement.query.bad_value",
                "member_of=pony; placement.query.bad_value",
            })
    void aFilterThatMakesNoSenseIsRefused(String query, String code) throws Exception {
        assertThat(error(400, "GET", PROVIDERS + "?" + query, "1.38", null).getString("code"))
                .isEqualTo(code);
    }

    @Test
    void inventoriesAreWrittenByGeneration() throws Exception {
        String pool = pool();
        String at = PROVIDERS + "/" + pool + "/inventories";
        JsonObject all = show(at, "1.0");
        assertThat(all.getLong("resource_provider_generation")).isEqualTo(1);
        JsonObject vcpu = all.getJsonObject("inventories").getJsonObject("VCPU");
        assertThat(vcpu)
                .isEqualTo(new JsonObject("{\"total\": 8, \"reserved\": 0, \"min_unit\": 1, \"max_unit\": 2147483647,"
                        + " \"step_size\": 1, \"allocation_ratio\": 1.0}"));
        String late = "{'resource_provider_generation': 0, 'inventories': {}}";
        JsonObject conflict = error(409, "PUT", at, "1.23", late);
        assertThat(conflict.getString("code")).isEqualTo("placement.concurrent_update");
        JsonObject one = expect(
                200,
                "PUT",
                at + "/VCPU",
                "1.0",
                "{'resource_provider_generation': 1, 'total': 16, 'allocation_ratio': 2.5}");
        assertThat(one.getDouble("allocation_ratio")).isEqualTo(2.5);
        assertThat(one.getLong("resource_provider_generation")).isEqualTo(2);
        expect(400, "PUT", at + "/VGPU", "1.0", "{'resource_provider_generation': 2, 'total': 16}");
        HttpResponse<String> more = send(ADMIN, "POST", at, "1.0", "{'resource_class': 'VGPU', 'total': 2}");
        assertThat(more.statusCode()).as(more.body()).isEqualTo(201);
        assertThat(more.headers().firstValue("Location").orElseThrow()).endsWith(at + "/VGPU");
        expect(409, "POST", at, "1.0", "{'resource_class': 'VGPU', 'total': 2}");
        expect(400, "POST", at, "1.0", "{'resource_class': 'CUSTOM_PONY', 'total': 2}");
        expect(400, "PUT", at + "/VCPU", "1.25", "{'resource_provider_generation': 3, 'total': 4, 'reserved': 4}");
        expect(200, "PUT", at + "/VCPU", "1.26", "{'resource_provider_generation': 3, 'total': 4, 'reserved': 4}");
        expect(404, "GET", at + "/PCPU", "1.0", null);
        expect(404, "DELETE", at + "/PCPU", "1.0", null);
        expect(204, "DELETE", at + "/VGPU", "1.0", null);
        String consumer = consumer();
        put(204, consumer, pool, "{'MEMORY_MB': 64}");
        JsonObject inUse = error(409, "DELETE", at + "/MEMORY_MB", "1.23", null);
        assertThat(inUse.getString("code")).isEqualTo("placement.inventory.inuse");
        assertThat(error(409, "DELETE", PROVIDERS + "/" + pool, "1.23", null).getString("code"))
                .isEqualTo("placement.resource_provider.inuse");
        expect(204, "DELETE", PLACEMENT + "/allocations/" + consumer, "1.0", null);
        expect(204, "DELETE", at, "1.5", null);
        assertThat(show(at, "1.0").getJsonObject("inventories")).isEmpty();
        expect(
                409,
                "PUT",
                PROVIDERS + "/" + h1 + "/inventories/VCPU",
                "1.39",
                "{'resource_provider_generation': "
                        + show(PROVIDERS + "/" + h1, "1.0").getLong("generation") + ", 'total': 99}");
    }

    private void put(int status, String consumer, String provider, String resources) throws Exception {
        expect(
                status,
                "PUT",
                PLACEMENT + "/allocations/" + consumer,
                "1.12",
                "{'allocations': {'" + provider + "': {'resources': " + resources
                        + "}}, 'project_id': 'blue', 'user_id': 'ann'}");
    }

    @Test
    void allocationsTakeTheFormOfTheirVersion() throws Exception {
        String pool = pool();
        String at = PLACEMENT + "/allocations/" + consumer();
        String list = "'allocations': [{'resource_provider': {'uuid': '" + pool + "'}, 'resources': {'VCPU': 2}}]";
        String map = "'allocations': {'" + pool + "': {'resources': {'VCPU': 3}}}";
        String owner = ", 'project_id': 'blue', 'user_id': 'ann'";
        expect(204, "PUT", at, "1.0", "{" + list + "}");
        assertThat(show(at, "1.11").fieldNames()).containsExactly("allocations");
        expect(400, "PUT", at, "1.0", "{" + list + owner + "}");
        expect(400, "PUT", at, "1.8", "{" + list + "}");
        expect(204, "PUT", at, "1.8", "{" + list + owner + "}");
        expect(400, "PUT", at, "1.11", "{" + map + owner + "}");
        expect(400, "PUT", at, "1.12", "{" + list + owner + "}");
        expect(204, "PUT", at, "1.12", "{" + map + owner + "}");
        expect(400, "PUT", at, "1.12", "{'allocations': {}" + owner + "}");
        JsonObject owned = show(at, "1.12");
        assertThat(owned.getString("project_id")).isEqualTo("blue");
        assertThat(owned.containsKey("consumer_generation")).isFalse();
        assertThat(owned.getJsonObject("allocations").getJsonObject(pool).getJsonObject("resources"))
                .isEqualTo(new JsonObject().put("VCPU", 3));
        expect(400, "PUT", at, "1.28", "{" + map + owner + "}");
        JsonObject late = error(409, "PUT", at, "1.28", "{" + map + owner + ", 'consumer_generation': null}");
        assertThat(late.getString("code")).isEqualTo("placement.concurrent_update");
        assertThat(late.getString("detail")).contains("consumer generation conflict");
        expect(409, "PUT", at, "1.28", "{" + map + owner + ", 'consumer_generation': 1}");
        expect(204, "PUT", at, "1.28", "{" + map + owner + ", 'consumer_generation': 3}");
        assertThat(show(at, "1.28").getLong("consumer_generation")).isEqualTo(4);
        String mapped = "{" + map + owner + ", 'consumer_generation': 4, 'mappings': {'': ['" + pool + "']}}";
        expect(400, "PUT", at, "1.33", mapped);
        expect(204, "PUT", at, "1.34", mapped);
        expect(400, "PUT", at, "1.38", "{" + map + owner + ", 'consumer_generation': 5}");
        assertThat(show(at, "1.38").getString("consumer_type")).isEqualTo("unknown");
        expect(204, "PUT", at, "1.38", "{" + map + owner + ", 'consumer_generation': 5, 'consumer_type': 'VOLUME'}");
        assertThat(show(at, "1.38").getString("consumer_type")).isEqualTo("VOLUME");
        JsonObject ofProvider = show(PROVIDERS + "/" + pool + "/allocations", "1.28");
        assertThat(ofProvider.getJsonObject("allocations").size()).isEqualTo(1);
        assertThat(show(PROVIDERS + "/" + pool + "/usages", "1.0").getJsonObject("usages"))
                .isEqualTo(new JsonObject().put("MEMORY_MB", 0).put("VCPU", 3));
        expect(
                204,
                "PUT",
                at,
                "1.38",
                "{'allocations': {}" + owner + ", 'consumer_generation': 6, 'consumer_type': 'VOLUME'}");
        assertThat(show(at, "1.38")).isEqualTo(new JsonObject("{\"allocations\": {}}"));
        expect(404, "DELETE", at, "1.0", null);
        expect(400, "PUT", PLACEMENT + "/allocations/pony", "1.12", "{" + map + owner + "}");
        assertThat(show(PLACEMENT + "/allocations/pony", "1.12").getJsonObject("allocations"))
                .isEmpty();
        expect(404, "DELETE", PLACEMENT + "/allocations/pony", "1.12", null);
    }

    @Test
    void severalConsumersAreWrittenAllOrNone() throws Exception {
        String pool = pool();
        String one = consumer();
        String other = consumer();
        String each = "': {'allocations': {'" + pool
                + "': {'resources': {'VCPU': %d}}}, 'project_id': 'blue', 'user_id': 'ann'}";
        String at = PLACEMENT + "/allocations";
        expect(409, "POST", at, "1.13", "{'" + one + each.formatted(8) + ", '" + other + each.formatted(1) + "}");
        assertThat(show(at + "/" + one, "1.13").getJsonObject("allocations")).isEmpty();
        expect(204, "POST", at, "1.13", "{'" + one + each.formatted(7) + ", '" + other + each.formatted(1) + "}");
        assertThat(show(at + "/" + other, "1.13").getJsonObject("allocations").size())
                .isEqualTo(1);
        // Of several consumers, one may end from the first version on; of one, only since its generation is compared.
        String ended = "{'allocations': {}, 'project_id': 'blue', 'user_id': 'ann'}";
        expect(400, "PUT", at + "/" + one, "1.27", ended);
        expect(204, "POST", at, "1.13", "{'" + one + "': " + ended + "}");
        assertThat(show(at + "/" + one, "1.13").getJsonObject("allocations")).isEmpty();
        expect(204, "POST", at, "1.27", "{'" + one + each.formatted(7) + ", '" + other + "': " + ended + "}");
        assertThat(show(at + "/" + other, "1.13").getJsonObject("allocations")).isEmpty();
        expect(204, "POST", at, "1.27", "{'" + other + each.formatted(1) + "}");
        expect(
                204,
                "POST",
                at,
                "1.28",
                "{'" + other
                        + "': {'allocations': {}, 'project_id': 'blue', 'user_id': 'ann', 'consumer_generation': 1}}");
        expect(204, "POST", at, "1.13", "{'" + other + each.formatted(1) + "}");
        expect(
                409,
                "PUT",
                at + "/" + consumer(),
                "1.12",
                "{'allocations': {'" + pool + "': {'resources': {'VCPU': 1}}}, 'project_id': 'p', 'user_id': 'u'}");
        expect(
                400,
                "PUT",
                at + "/" + consumer(),
                "1.12",
                "{'allocations': {'" + consumer()
                        + "': {'resources': {'VCPU': 1}}}, 'project_id': 'p', 'user_id': 'u'}");
    }

    @Test
    void aReshapeIsOneStep() throws Exception {
        String pool = pool();
        String consumer = consumer();
        put(204, consumer, pool, "{'VCPU': 8}");
        String part = expect(
                        200,
                        "POST",
                        PROVIDERS,
                        "1.20",
                        "{'name': 'part-" + pool + "', 'parent_provider_uuid': '" + pool + "'}")
                .getString("uuid");
        String body =
                "{'inventories': {'" + pool + "': {'resource_provider_generation': 2, 'inventories': {}}, '" + part
                        + "': {'resource_provider_generation': 0, 'inventories': {'VCPU': {'total': 8}}}},"
                        + " 'allocations': {'"
                        + consumer + "': {'allocations': {'" + part
                        + "': {'resources': {'VCPU': 8}}}, 'project_id': 'blue', 'user_id': 'ann',"
                        + " 'consumer_generation': 1}}}";
        expect(204, "POST", PLACEMENT + "/reshaper", "1.30", body);
        assertThat(show(PLACEMENT + "/allocations/" + consumer, "1.30")
                        .getJsonObject("allocations")
                        .fieldNames())
                .containsExactly(part);
        expect(409, "POST", PLACEMENT + "/reshaper", "1.30", body);
    }

    @Test
    void instancesAreConsumersAndOthersTakeTheirRoom() throws Exception {
        String vm = boot();
        JsonObject claim = show(PLACEMENT + "/allocations/" + vm, "1.38");
        assertThat(claim.getString("consumer_type")).isEqualTo("INSTANCE");
        assertThat(claim.getString("project_id")).isEqualTo("blue");
        JsonObject resources =
                claim.getJsonObject("allocations").getJsonObject(h1).getJsonObject("resources");
        assertThat(resources).isEqualTo(new JsonObject("{\"DISK_GB\": 1, \"MEMORY_MB\": 64, \"VCPU\": 1}"));
        assertThat(show(PROVIDERS + "/" + h1 + "/allocations", "1.0")
                        .getJsonObject("allocations")
                        .fieldNames())
                .contains(vm);
        put(409, vm, h1, "{'VCPU': 2}");
        expect(409, "DELETE", PLACEMENT + "/allocations/" + vm, "1.0", null);
        long used = show(PROVIDERS + "/" + h1 + "/usages", "1.0")
                .getJsonObject("usages")
                .getLong("MEMORY_MB");
        String hog = consumer();
        put(409, hog, h1, "{'MEMORY_MB': " + (8192 - used + 1) + "}");
        put(204, hog, h1, "{'MEMORY_MB': " + (8192 - used) + "}");
        assertThat(candidates("resources=MEMORY_MB:64", "1.10").encode()).doesNotContain(h1);
        JsonObject homeless = show("/v2.1/servers/" + boot(), "1.0").getJsonObject("server");
        assertThat(homeless.getString("status")).isEqualTo("ERROR");
        expect(204, "DELETE", PLACEMENT + "/allocations/" + hog, "1.0", null);
        assertThat(candidates("resources=MEMORY_MB:64", "1.10").encode()).contains(h1);
        JsonObject usages = show(PLACEMENT + "/usages?project_id=blue&consumer_type=INSTANCE", "1.38")
                .getJsonObject("usages");
        assertThat(usages.getJsonObject("INSTANCE").getLong("consumer_count")).isPositive();
    }

    @Test
    void usagesAreShownToTheProject() throws Exception {
        put(204, consumer(), pool(), "{'VCPU': 2}");
        HttpResponse<String> own = send(BLUE, "GET", PLACEMENT + "/usages?project_id=blue", "1.9", null);
        assertThat(new JsonObject(own.body()).getJsonObject("usages").getLong("VCPU"))
                .isPositive();
        assertThat(send(BLUE, "GET", PLACEMENT + "/usages?project_id=red", "1.9", null)
                        .statusCode())
                .isEqualTo(403);
        assertThat(error(400, "GET", PLACEMENT + "/usages", "1.23", null).getString("code"))
                .isEqualTo("placement.query.missing_value");
        expect(400, "GET", PLACEMENT + "/usages?project_id=blue&consumer_type=all", "1.37", null);
        JsonObject all = show(PLACEMENT + "/usages?project_id=blue&consumer_type=all", "1.38")
                .getJsonObject("usages");
        assertThat(all.fieldNames()).containsExactly("all");
        assertThat(show(PLACEMENT + "/usages?project_id=blue&user_id=ann", "1.38")
                        .getJsonObject("usages")
                        .fieldNames())
                .contains("unknown");
        assertThat(show(PLACEMENT + "/usages?project_id=x&consumer_type=PONY", "1.38")
                        .getJsonObject("usages"))
                .isEmpty();
    }

    @Test
    void traitsAndClassesAreMadeAndEnded() throws Exception {
        String trait = PLACEMENT + "/traits/CUSTOM_RACK_1";
        expect(404, "GET", trait, "1.6", null);
        expect(201, "PUT", trait, "1.6", null);
        expect(204, "PUT", trait, "1.6", null);
        expect(204, "GET", trait, "1.6", null);
        expect(400, "PUT", PLACEMENT + "/traits/RACK_1", "1.6", null);
        expect(400, "DELETE", PLACEMENT + "/traits/HW_CPU_X86_AVX", "1.6", null);
        String pool = pool();
        String of = PROVIDERS + "/" + pool + "/traits";
        JsonObject set =
                expect(200, "PUT", of, "1.6", "{'resource_provider_generation': 1, 'traits': ['CUSTOM_RACK_1']}");
        assertThat(set.getJsonArray("traits")).containsExactly("CUSTOM_RACK_1");
        assertThat(set.getLong("resource_provider_generation")).isEqualTo(2);
        expect(409, "PUT", of, "1.6", "{'resource_provider_generation': 1, 'traits': []}");
        expect(400, "PUT", of, "1.6", "{'resource_provider_generation': 2, 'traits': ['CUSTOM_PONY']}");
        expect(409, "DELETE", trait, "1.6", null);
        assertThat(show(PLACEMENT + "/traits?name=startswith:CUSTOM_RACK&associated=true", "1.6")
                        .getJsonArray("traits"))
                .containsExactly("CUSTOM_RACK_1");
        assertThat(show(PLACEMENT + "/traits?name=in:HW_CPU_X86_AVX,CUSTOM_PONY", "1.6")
                        .getJsonArray("traits"))
                .containsExactly("HW_CPU_X86_AVX");
        assertThat(show(PLACEMENT + "/traits?name=in:CUSTOM_RACK_1&associated=false", "1.6")
                        .getJsonArray("traits"))
                .isEmpty();
        assertThat(show(PLACEMENT + "/traits?name=in:CUSTOM_RACK_1,CUSTOM_RACK_1", "1.6")
                        .getJsonArray("traits"))
                .containsExactly("CUSTOM_RACK_1");
        assertThat(expect(
                                200,
                                "PUT",
                                of,
                                "1.6",
                                "{'resource_provider_generation': 2, 'traits': ['CUSTOM_RACK_1', 'CUSTOM_RACK_1']}")
                        .getJsonArray("traits"))
                .containsExactly("CUSTOM_RACK_1");
        expect(400, "GET", PLACEMENT + "/traits?name=pony", "1.6", null);
        expect(400, "GET", PLACEMENT + "/traits?associated=pony", "1.6", null);
        expect(204, "DELETE", of, "1.6", null);
        expect(204, "DELETE", trait, "1.6", null);
        String classes = PLACEMENT + "/resource_classes";
        assertThat(show(classes, "1.2").getJsonArray("resource_classes").encode())
                .contains("\"VCPU\"", "/placement/resource_classes/VCPU");
        expect(201, "POST", classes, "1.2", "{'name': 'CUSTOM_GOLD'}");
        expect(409, "POST", classes, "1.2", "{'name': 'CUSTOM_GOLD'}");
        expect(400, "POST", classes, "1.2", "{'name': 'GOLD'}");
        assertThat(expect(200, "PUT", classes + "/CUSTOM_GOLD", "1.6", "{'name': 'CUSTOM_TIN'}")
                        .getString("name"))
                .isEqualTo("CUSTOM_TIN");
        expect(400, "PUT", classes + "/CUSTOM_TIN", "1.6", null);
        expect(201, "PUT", classes + "/CUSTOM_GOLD", "1.7", null);
        expect(204, "PUT", classes + "/CUSTOM_GOLD", "1.7", null);
        expect(400, "PUT", classes + "/GOLD", "1.7", null);
        expect(204, "DELETE", classes + "/CUSTOM_GOLD", "1.7", null);
        expect(404, "DELETE", classes + "/CUSTOM_GOLD", "1.7", null);
        expect(404, "GET", classes + "/CUSTOM_GOLD", "1.7", null);
        expect(400, "DELETE", classes + "/VCPU", "1.7", null);
        assertThat(show(classes + "/VCPU", "1.2").getString("name")).isEqualTo("VCPU");
    }

    @Test
    void aggregatesAreAListAndLaterHaveAGeneration() throws Exception {
        String pool = pool();
        String at = PROVIDERS + "/" + pool + "/aggregates";
        String one = consumer();
        assertThat(expect(200, "PUT", at, "1.1", "['" + one + "']").getJsonArray("aggregates"))
                .containsExactly(one);
        expect(400, "PUT", at, "1.18", "{'aggregates': [], 'resource_provider_generation': 2}");
        expect(400, "PUT", at, "1.19", "[]");
        expect(409, "PUT", at, "1.19", "{'aggregates': [], 'resource_provider_generation': 1}");
        assertThat(show(at, "1.19").getLong("resource_provider_generation")).isEqualTo(2);
        assertThat(show(PROVIDERS + "?member_of=" + one, "1.3").getJsonArray("resource_providers"))
                .hasSize(1);
        assertThat(show(PROVIDERS + "?uuid=" + pool + "&member_of=!in:" + one + "," + pool, "1.32")
                        .getJsonArray("resource_providers"))
                .isEmpty();
        assertThat(candidates("resources=VCPU:1&member_of=" + one, "1.21")).hasSize(1);
        expect(200, "PUT", at, "1.19", "{'aggregates': [], 'resource_provider_generation': 2}");
        assertThat(candidates("resources=VCPU:1&member_of=" + one, "1.21")).isEmpty();
    }

    @Test
    void candidatesLookAsTheirVersionSays() throws Exception {
        String pool = pool();
        String query = "resources=VCPU:2&required=CUSTOM_CAND";
        expect(201, "PUT", PLACEMENT + "/traits/CUSTOM_CAND", "1.6", null);
        expect(
                200,
                "PUT",
                PROVIDERS + "/" + pool + "/traits",
                "1.6",
                "{'resource_provider_generation': 1, 'traits': ['CUSTOM_CAND']}");
        assertThat(candidates("resources=VCPU:2", "1.10").getJsonObject(0).getValue("allocations"))
                .isInstanceOf(JsonArray.class);
        JsonObject one = candidates(query, "1.17").getJsonObject(0);
        assertThat(one)
                .isEqualTo(new JsonObject("{\"allocations\": {\"" + pool + "\": {\"resources\": {\"VCPU\": 2}}}}"));
        JsonObject mapped = candidates(query, "1.34").getJsonObject(0);
        assertThat(mapped.getJsonObject("mappings")).isEqualTo(new JsonObject("{\"\": [\"" + pool + "\"]}"));
        String at = PLACEMENT + "/allocation_candidates?" + query;
        JsonObject summary =
                show(at, "1.17").getJsonObject("provider_summaries").getJsonObject(pool);
        assertThat(summary.getJsonObject("resources"))
                .isEqualTo(new JsonObject("{\"VCPU\": {\"capacity\": 8, \"used\": 0}}"));
        assertThat(summary.getJsonArray("traits")).containsExactly("CUSTOM_CAND");
        JsonObject later = show(at, "1.29").getJsonObject("provider_summaries").getJsonObject(pool);
        assertThat(later.getJsonObject("resources").fieldNames()).containsExactly("MEMORY_MB", "VCPU");
        assertThat(later.getString("root_provider_uuid")).isEqualTo(pool);
        assertThat(candidates("resources=VCPU:9&required=CUSTOM_CAND", "1.17")).isEmpty();
        assertThat(candidates("resources=VCPU:1&limit=1", "1.16")).hasSize(1);
        JsonArray grouped = candidates(
                "resources1=VCPU:1&resources2=VCPU:1&required1=CUSTOM_CAND&required2=CUSTOM_CAND&group_policy=none",
                "1.25");
        assertThat(grouped.getJsonObject(0)
                        .getJsonObject("allocations")
                        .getJsonObject(pool)
                        .getJsonObject("resources"))
                .isEqualTo(new JsonObject().put("VCPU", 2));
        assertThat(candidates(
                        "resources1=VCPU:1&resources2=VCPU:1&required1=CUSTOM_CAND&required2=CUSTOM_CAND&group_policy=isolate",
                        "1.25"))
                .isEmpty();
        assertThat(candidates("resources=VCPU:1&root_required=CUSTOM_CAND&in_tree=" + pool, "1.35"))
                .hasSize(1);
        assertThat(candidates(
                        "resources_A=VCPU:1&required_B=CUSTOM_CAND&in_tree_A=" + pool + "&same_subtree=_A,_B", "1.36"))
                .hasSize(1);
        // What was offered is granted.
        put(204, consumer(), pool, "{'VCPU': 2}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "limit=1; 16",
                "required=HW_CPU_X86_AVX; 17",
                "member_of=7aa9b0a0-0000-0000-0000-000000000001; 21",
                "resources1=VCPU:1; 25",
                "in_tree=7aa9b0a0-0000-0000-0000-000000000001; 31",
                "resources_COMPUTE=VCPU:1; 33",
                "root_required=HW_CPU_X86_AVX; 35",
            })
    void aParameterOfCandidatesBeginsWithItsVersion(String query, int since) throws Exception {
        String at = PLACEMENT + "/allocation_candidates?resources=VCPU:1&" + query;
        expect(400, "GET", at, "1." + (since - 1), null);
        show(at, "1." + since);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "limit=1; placement.query.missing_value",
                "resources=VCPU:1&limit=0; placement.query.bad_value",
                "resources=VCPU:1&limit=pony; placement.query.bad_value",
                "resources=VCPU:1,VCPU:2; placement.query.bad_value",
                "resources=CUSTOM_PONY:1; placement.undefined_code",
                "resources=VCPU:1&required=CUSTOM_PONY; placement.undefined_code",
                "resources1=VCPU:1&resources2=VCPU:1; placement.query.bad_value",
                "resources1=VCPU:1&group_policy=pony; placement.query.bad_value",
                "resources1=VCPU:1&required2=HW_CPU_X86_AVX; placement.query.bad_value",
                "resources1=VCPU:1&same_subtree=2; placement.query.bad_value",
                "resources1=VCPU:1&same_subtree=1,; placement.query.bad_value",
                "resources=VCPU:1&root_required=in:HW_CPU_X86_AVX,HW_CPU_X86_AVX2; placement.query.bad_value",
                "resources=VCPU:1&pony=1; placement.query.bad_value",
                "resources=VCPU:1&resources=VCPU:1; placement.query.duplicate_key",
            })
    void aQueryForCandidatesThatMakesNoSenseIsRefused(String query, String code) throws Exception {
        assertThat(error(400, "GET", PLACEMENT + "/allocation_candidates?" + query, "1.39", null)
                        .getString("code"))
                .isEqualTo(code);
    }

    @Test
    void asManyGroupsAsThereMayBeAndNoMore() throws Exception {
        StringBuilder query = new StringBuilder("group_policy=none");
        for (int i = 1; i <= 33; i++) {
            query.append("&resources").append(i).append("=VCPU:1");
        }
        assertThat(error(400, "GET", PLACEMENT + "/allocation_candidates?" + query, "1.39", null)
                        .getString("detail"))
                .contains("32 groups");
    }
}
