package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Aggregates, zones, quotas, limits and usage in Nova's form, over the store that keeps them. */
class NovaBooksApiTest extends NovaBooksFixture {

    @Test
    void anAggregateLivesThroughItsWholeLife() throws Exception {
        JsonObject made = aggregate(send(
                "POST",
                "/v2.1/os-aggregates",
                ADMIN,
                "2.41",
                "{\"aggregate\": {\"name\": \"ssd\", \"availability_zone\": \"z1\"}}"));
        assertThat(made.fieldNames()).contains("uuid", "id", "created_at").doesNotContain("hosts", "metadata");
        String path = "/v2.1/os-aggregates/" + made.getInteger("id");
        assertThat(aggregate(get(path, ADMIN)).containsKey("uuid")).isFalse();
        assertFault(get(path, BLUE), 403, "forbidden");
        assertFault(
                send("POST", "/v2.1/os-aggregates", ADMIN, null, "{\"aggregate\": {\"name\": \"ssd\"}}"),
                409,
                "conflictingRequest");
        assertThat(aggregate(act(path, "{\"add_host\": {\"host\": \"h1\"}}")).getJsonArray("hosts"))
                .containsExactly("h1");
        assertFault(act(path, "{\"add_host\": {\"host\": \"h1\"}}"), 409, "conflictingRequest");
        assertFault(act(path, "{\"add_host\": {\"host\": \"h9\"}}"), 404, "itemNotFound");
        assertThat(aggregate(act(path, "{\"set_metadata\": {\"metadata\": {\"ssd\": \"true\", \"x\": null}}}"))
                        .getJsonObject("metadata")
                        .getString("ssd"))
                .isEqualTo("true");
        assertThat(aggregate(send("PUT", path, ADMIN, null, "{\"aggregate\": {\"name\": \"nvme\"}}"))
                        .getString("name"))
                .isEqualTo("nvme");
        assertThat(aggregate(send("PUT", path, ADMIN, null, "{\"aggregate\": {\"availability_zone\": \"z2\"}}"))
                        .getString("availability_zone"))
                .isEqualTo("z2");
        JsonObject other = aggregate(send(
                "POST",
                "/v2.1/os-aggregates",
                ADMIN,
                null,
                "{\"aggregate\": {\"name\": \"other\", \"availability_zone\": \"z3\"}}"));
        assertFault(
                act("/v2.1/os-aggregates/" + other.getInteger("id"), "{\"add_host\": {\"host\": \"h1\"}}"),
                409,
                "conflictingRequest");
        assertThat(json(get("/v2.1/os-aggregates", ADMIN)).getJsonArray("aggregates"))
                .hasSize(2);
        assertFault(send("DELETE", path, ADMIN, null, null), 400, "badRequest");
        assertThat(aggregate(act(path, "{\"remove_host\": {\"host\": \"h1\"}}")).getJsonArray("hosts"))
                .isEmpty();
        assertFault(act(path, "{\"remove_host\": {\"host\": \"h1\"}}"), 404, "itemNotFound");
        assertThat(send("DELETE", path, ADMIN, null, null).statusCode()).isEqualTo(200);
        assertFault(get(path, ADMIN), 404, "itemNotFound");
        assertFault(get("/v2.1/os-aggregates/many", ADMIN), 404, "itemNotFound");
    }

    @Test
    void anOperatorSubscribesForTheHostsOfAnAggregate() throws Exception {
        String here = cloud.add("here", "blue", ActualState.RUNNING).id().toString();
        JsonObject racks =
                aggregate(send("POST", "/v2.1/os-aggregates", ADMIN, "2.41", "{\"aggregate\": {\"name\": \"racks\"}}"));
        String path = "/v2.1/os-aggregates/" + racks.getInteger("id");
        for (String name :
                List.of("racks", racks.getString("uuid"), racks.getValue("id").toString())) {
            JsonObject made = json(subscribe(ADMIN, name));
            assertThat(made.getJsonObject("webhook").getJsonArray("aggregates"))
                    .containsExactly(racks.getString("uuid"));
            assertThat(made.getJsonObject("present").getJsonArray("instances"))
                    .as("no host is in it yet")
                    .isEmpty();
        }
        act(path, "{\"add_host\": {\"host\": \"h1\"}}");
        assertThat(json(subscribe(ADMIN, "racks"))
                        .getJsonObject("present")
                        .getJsonArray("instances")
                        .getJsonObject(0)
                        .getString("id"))
                .isEqualTo(here);
        assertFault(subscribe(ADMIN, "shelves"), 400, "badRequest");
        // One that is called as this one is numbered is another.
        JsonObject named = aggregate(send(
                "POST",
                "/v2.1/os-aggregates",
                ADMIN,
                "2.41",
                "{\"aggregate\": {\"name\": \"" + racks.getValue("id") + "\"}}"));
        JsonObject ofNumbers = aggregate(send(
                "POST",
                "/v2.1/os-aggregates",
                ADMIN,
                "2.41",
                "{\"aggregate\": {\"name\": \"" + (named.getInteger("id") + 2) + "\"}}"));
        JsonObject later =
                aggregate(send("POST", "/v2.1/os-aggregates", ADMIN, "2.41", "{\"aggregate\": {\"name\": \"later\"}}"));
        assertThat(ofNumbers.getString("name")).isEqualTo(later.getValue("id").toString());
        for (JsonObject one : List.of(racks, later)) {
            assertThat(json(subscribe(ADMIN, one.getValue("id").toString()))
                            .getJsonObject("webhook")
                            .getJsonArray("aggregates"))
                    .containsExactly(one.getString("uuid"));
        }
        // A project's members see its webhooks, and hear by them where its instances run.
        JsonObject ofBlue = new JsonObject()
                .put("url", "http://198.51.100.9/x")
                .put("secret", "0123456789abcdef")
                .put("project", "blue")
                .put("aggregates", new JsonArray().add("racks"));
        HttpResponse<String> refused = send("POST", "/ha/v1/webhooks", ADMIN, null, ofBlue.encode());
        assertFault(refused, 400, "badRequest");
        assertThat(refused.body()).contains("cannot be filtered by aggregates").doesNotContain("racks");
        // Without a word of a project it is the operator's.
        ofBlue.remove("project");
        assertThat(json(send("POST", "/ha/v1/webhooks", ADMIN, null, ofBlue.encode()))
                        .getJsonObject("webhook")
                        .getString("project"))
                .isNull();
        assertFault(subscribe(BLUE, "racks"), 403, "forbidden");
        assertFault(subscribe(BLUE, "shelves"), 403, "forbidden");
    }

    private HttpResponse<String> subscribe(String token, String aggregate) throws Exception {
        JsonObject wanted = new JsonObject()
                .put("url", "http://198.51.100.9/x")
                .put("secret", "0123456789abcdef")
                .put("aggregates", new JsonArray().add(aggregate));
        if (token.equals(ADMIN)) {
            wanted.putNull("project");
        }
        return send("POST", "/ha/v1/webhooks", token, null, wanted.encode());
    }

    @Test
    void zonesAreThoseOfTheHosts() throws Exception {
        JsonObject zone = json(get("/v2.1/os-availability-zone", BLUE))
                .getJsonArray("availabilityZoneInfo")
                .getJsonObject(0);
        assertThat(zone.getString("zoneName")).isEqualTo("nova");
        assertThat(zone.getJsonObject("zoneState").getBoolean("available")).isTrue();
        assertThat(zone.getValue("hosts")).isNull();
        assertFault(get("/v2.1/os-availability-zone/detail", BLUE), 403, "forbidden");
        JsonObject service = json(get("/v2.1/os-availability-zone/detail", ADMIN))
                .getJsonArray("availabilityZoneInfo")
                .getJsonObject(0)
                .getJsonObject("hosts")
                .getJsonObject("h2")
                .getJsonObject("nova-compute");
        assertThat(service.getBoolean("available")).isTrue();
        assertThat(service.getBoolean("active")).isTrue();
    }

    @Test
    void quotasAreSetShownAndTakenBack() throws Exception {
        String path = "/v2.1/os-quota-sets/blue";
        JsonObject first = quotas(get(path, BLUE));
        assertThat(first.getInteger("instances")).isEqualTo(-1);
        assertThat(first.getInteger("key_pairs")).isEqualTo(100);
        assertThat(first.fieldNames()).contains("fixed_ips", "injected_files", "id");
        assertThat(quotas(send("GET", path, BLUE, "2.36", null)).fieldNames())
                .contains("injected_files")
                .doesNotContain("fixed_ips");
        assertThat(quotas(send("GET", path, BLUE, "2.57", null)).fieldNames()).doesNotContain("injected_files");
        assertFault(get(path, RED), 403, "forbidden");
        String change = "{\"quota_set\": {\"instances\": 5, \"ram\": \"2048\", \"force\": true}}";
        assertFault(send("PUT", path, BLUE, null, change), 403, "forbidden");
        JsonObject changed = quotas(send("PUT", path, ADMIN, null, change));
        assertThat(changed.getInteger("instances")).isEqualTo(5);
        assertThat(changed.getInteger("ram")).isEqualTo(2048);
        assertThat(changed.containsKey("id")).isFalse();
        assertFault(send("PUT", path, ADMIN, null, "{\"quota_set\": {\"instances\": -2}}"), 400, "badRequest");
        assertFault(send("PUT", path, ADMIN, null, "{\"quota_set\": {\"cheese\": 2}}"), 400, "badRequest");
        assertFault(send("PUT", path + "?user_id=ann", ADMIN, null, change), 400, "badRequest");
        JsonObject detail =
                quotas(send("GET", path + "/detail", BLUE, "2.57", null)).getJsonObject("instances");
        assertThat(detail)
                .isEqualTo(new JsonObject().put("limit", 5).put("in_use", 0).put("reserved", 0));
        assertThat(quotas(get(path + "/defaults", BLUE)).getInteger("instances"))
                .isEqualTo(-1);
        JsonObject limits = json(send("GET", "/v2.1/limits", BLUE, "2.57", null))
                .getJsonObject("limits")
                .getJsonObject("absolute");
        assertThat(limits.getInteger("maxTotalInstances")).isEqualTo(5);
        assertThat(limits.fieldNames()).doesNotContain("maxPersonality", "maxSecurityGroups", "maxImageMeta");
        assertThat(json(get("/v2.1/limits", BLUE))
                        .getJsonObject("limits")
                        .getJsonObject("absolute")
                        .fieldNames())
                .contains("maxPersonality", "maxSecurityGroups", "maxImageMeta");
        assertFault(get("/v2.1/limits?tenant_id=blue", RED), 403, "forbidden");
        assertThat(get("/v2.1/limits?tenant_id=blue", ADMIN).body()).contains("\"maxTotalInstances\":5");
        assertThat(send("DELETE", path, ADMIN, null, null).statusCode()).isEqualTo(202);
        assertThat(quotas(get(path, BLUE)).getInteger("instances")).isEqualTo(-1);

        String all = "/v2.1/os-quota-class-sets/default";
        HttpResponse<String> defaults =
                send("PUT", all, ADMIN, "2.50", "{\"quota_class_set\": {\"instances\": 7, \"server_groups\": 3}}");
        assertThat(defaults.statusCode()).as(defaults.body()).isEqualTo(200);
        assertThat(quotas(get(path, BLUE)).getInteger("instances")).isEqualTo(7);
        assertThat(json(send("GET", all, ADMIN, "2.50", null))
                        .getJsonObject("quota_class_set")
                        .fieldNames())
                .contains("server_groups", "id");
        assertThat(json(send("GET", all, ADMIN, "2.49", null))
                        .getJsonObject("quota_class_set")
                        .fieldNames())
                .doesNotContain("server_groups");
        assertFault(get("/v2.1/os-quota-class-sets/gold", ADMIN), 404, "itemNotFound");
        assertFault(
                send("PUT", "/v2.1/os-quota-class-sets/gold", ADMIN, null, "{\"quota_class_set\": {\"ram\": 1}}"),
                404,
                "itemNotFound");
    }

    @Test
    void usageIsWhatWasThereInThePeriod() throws Exception {
        cloud.add("vm", "blue", ActualState.RUNNING);
        String period = "?start=2026-01-02T03:04:05&end=2026-01-02T05:04:05";
        JsonObject own =
                json(get("/v2.1/os-simple-tenant-usage/blue" + period, BLUE)).getJsonObject("tenant_usage");
        assertThat(own.getDouble("total_hours")).isEqualTo(2.0);
        assertThat(own.getDouble("total_memory_mb_usage")).isEqualTo(1024.0);
        assertThat(own.getJsonArray("server_usages").getJsonObject(0).getString("flavor"))
                .isEqualTo("m1.small");
        assertFault(get("/v2.1/os-simple-tenant-usage/blue", RED), 403, "forbidden");
        assertFault(get("/v2.1/os-simple-tenant-usage", BLUE), 403, "forbidden");
        JsonObject listed = json(get("/v2.1/os-simple-tenant-usage" + period, ADMIN))
                .getJsonArray("tenant_usages")
                .getJsonObject(0);
        assertThat(listed.getString("tenant_id")).isEqualTo("blue");
        assertThat(listed.containsKey("server_usages")).isFalse();
        assertThat(json(get("/v2.1/os-simple-tenant-usage/red" + period, RED)).getJsonObject("tenant_usage"))
                .isEmpty();
        assertFault(get("/v2.1/os-simple-tenant-usage?start=2026-01-03&end=2026-01-02", ADMIN), 400, "badRequest");
        cloud.add("vm2", "blue", ActualState.RUNNING);
        assertThat(json(send("GET", "/v2.1/os-simple-tenant-usage" + period + "&limit=1", ADMIN, "2.40", null))
                        .getJsonArray("tenant_usages_links"))
                .hasSize(1);
    }

    @Test
    void aKeyPairIsMadeAndItsPrivateHalfIsShownOnce() throws Exception {
        HttpResponse<String> made =
                send("POST", "/v2.1/os-keypairs", BLUE, "2.2", "{\"keypair\": {\"name\": \"k\", \"type\": \"ssh\"}}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        JsonObject pair = json(made).getJsonObject("keypair");
        byte[] encoded = java.util.Base64.getMimeDecoder()
                .decode(pair.getString("private_key").replaceAll("-----[A-Z ]+-----", ""));
        java.security.interfaces.RSAPrivateCrtKey secret =
                (java.security.interfaces.RSAPrivateCrtKey) java.security.KeyFactory.getInstance("RSA")
                        .generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(encoded));
        byte[] blob = java.util.Base64.getDecoder()
                .decode(pair.getString("public_key").split(" ", -1)[1]);
        byte[] modulus = secret.getModulus().toByteArray();
        assertThat(java.util.Arrays.copyOfRange(blob, blob.length - modulus.length, blob.length))
                .isEqualTo(modulus);
        assertThat(get("/v2.1/os-keypairs/k", BLUE).body())
                .contains(pair.getString("fingerprint"))
                .doesNotContain("PRIVATE");
    }

    private HttpResponse<String> act(String path, String body) throws Exception {
        return send("POST", path + "/action", ADMIN, null, body);
    }

    private static JsonObject aggregate(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonObject("aggregate");
    }

    private static JsonObject quotas(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).getJsonObject("quota_set");
    }
}
