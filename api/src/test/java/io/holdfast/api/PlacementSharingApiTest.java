package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Providers with the trait MISC_SHARES_VIA_AGGREGATE: host h1 and a network share are in one aggregate, a host-like pool with a part is in
 * another one with it.
 */
class PlacementSharingApiTest extends PlacementFixture {

    private static final String CANDIDATES = PLACEMENT + "/allocation_candidates?";
    private static final String MIB = "CUSTOM_SHARED_MIB";
    private static final String RACK = UUID.randomUUID().toString();

    private String nas = "";

    @BeforeAll
    void share() throws Exception {
        expect(201, "PUT", PLACEMENT + "/resource_classes/" + MIB, "1.7", null);
        nas = provider("nas", null, "'" + MIB + "': {'total': 100}");
        gather(nas, RACK);
        gather(h1, RACK);
    }

    private String provider(String name, @Nullable String parent, String inventories) throws Exception {
        String id = UUID.randomUUID().toString();
        expect(
                200,
                "POST",
                PROVIDERS,
                "1.39",
                "{'name': '" + name + "-" + id + "', 'uuid': '" + id + "'"
                        + (parent == null ? "}" : ", 'parent_provider_uuid': '" + parent + "'}"));
        expect(
                200,
                "PUT",
                PROVIDERS + "/" + id + "/inventories",
                "1.39",
                "{'resource_provider_generation': 0, 'inventories': {" + inventories + "}}");
        return id;
    }

    private void gather(String provider, String... aggregates) throws Exception {
        expect(
                200,
                "PUT",
                PROVIDERS + "/" + provider + "/aggregates",
                "1.39",
                new JsonObject()
                        .put("resource_provider_generation", generation(provider))
                        .put("aggregates", new JsonArray(List.of(aggregates)))
                        .encode());
    }

    private void describe(String provider, String... traits) throws Exception {
        expect(
                200,
                "PUT",
                PROVIDERS + "/" + provider + "/traits",
                "1.39",
                new JsonObject()
                        .put("resource_provider_generation", generation(provider))
                        .put("traits", new JsonArray(List.of(traits)))
                        .encode());
    }

    private long generation(String provider) throws Exception {
        return show(PROVIDERS + "/" + provider, "1.39").getLong("generation");
    }

    private JsonArray requests(String query, String version) throws Exception {
        return show(CANDIDATES + query, version).getJsonArray("allocation_requests");
    }

    private static List<String> providersOf(JsonArray requests) {
        List<String> all = new ArrayList<>();
        requests.forEach(one ->
                all.addAll(((JsonObject) one).getJsonObject("allocations").fieldNames()));
        return all;
    }

    @Test
    void whatIsSharedIsOfferedWithATreeOfItsAggregateAndGrantedAndCounted() throws Exception {
        String both = "resources=MEMORY_MB:16," + MIB + ":60";
        describe(nas);
        assertThat(requests(both, "1.39")).isEmpty();
        describe(nas, "MISC_SHARES_VIA_AGGREGATE");
        // Each of these must have all by itself; Placement asks nobody who shares here.
        assertThat(show(PROVIDERS + "?" + both, "1.39").getJsonArray("resource_providers"))
                .isEmpty();
        JsonObject answer = show(CANDIDATES + both, "1.39");
        assertThat(answer.getJsonArray("allocation_requests")).hasSize(1);
        JsonObject one = answer.getJsonArray("allocation_requests").getJsonObject(0);
        JsonObject allocations = new JsonObject()
                .put(h1, new JsonObject("{\"resources\": {\"MEMORY_MB\": 16}}"))
                .put(nas, new JsonObject("{\"resources\": {\"" + MIB + "\": 60}}"));
        assertThat(one.getJsonObject("allocations")).isEqualTo(allocations);
        assertThat(one.getJsonObject("mappings").getJsonArray("")).containsExactlyInAnyOrder(h1, nas);
        JsonObject summaries = answer.getJsonObject("provider_summaries");
        assertThat(summaries.fieldNames()).containsExactlyInAnyOrder(h1, nas);
        assertThat(summaries.getJsonObject(nas))
                .isEqualTo(new JsonObject()
                        .put("resources", new JsonObject("{\"" + MIB + "\": {\"capacity\": 100, \"used\": 0}}"))
                        .put("traits", new JsonArray().add("MISC_SHARES_VIA_AGGREGATE"))
                        .put("root_provider_uuid", nas)
                        .putNull("parent_provider_uuid"));
        // What was offered is granted as it stands.
        String consumer = UUID.randomUUID().toString();
        String wish = new JsonObject()
                .put("allocations", one.getJsonObject("allocations"))
                .put("mappings", one.getJsonObject("mappings"))
                .put("project_id", "blue")
                .put("user_id", "ann")
                .put("consumer_type", "VOLUME")
                .putNull("consumer_generation")
                .encode();
        expect(204, "PUT", PLACEMENT + "/allocations/" + consumer, "1.39", wish);
        assertThat(show(PROVIDERS + "/" + nas + "/usages", "1.39")
                        .getJsonObject("usages")
                        .getInteger(MIB))
                .isEqualTo(60);
        assertThat(show(PLACEMENT + "/allocations/" + consumer, "1.39")
                        .getJsonObject("allocations")
                        .fieldNames())
                .containsExactlyInAnyOrder(h1, nas);
        assertThat(requests(both, "1.39")).isEmpty();
        assertThat(requests("resources=MEMORY_MB:16," + MIB + ":40", "1.39")).hasSize(1);
        // Another one gets nothing of either: all or none.
        String second = UUID.randomUUID().toString();
        long used = show(PROVIDERS + "/" + h1 + "/usages", "1.39")
                .getJsonObject("usages")
                .getLong("MEMORY_MB");
        expect(409, "POST", PLACEMENT + "/allocations", "1.39", "{'" + second + "': " + wish + "}");
        assertThat(show(PROVIDERS + "/" + h1 + "/usages", "1.39")
                        .getJsonObject("usages")
                        .getLong("MEMORY_MB"))
                .isEqualTo(used);
        expect(204, "DELETE", PLACEMENT + "/allocations/" + consumer, "1.39", null);
        expect(204, "POST", PLACEMENT + "/allocations", "1.39", "{'" + second + "': " + wish + "}");
        expect(204, "DELETE", PLACEMENT + "/allocations/" + second, "1.39", null);
    }

    @Test
    void groupsTraitsTreesAndAggregatesLookAtWhoShares() throws Exception {
        describe(nas, "MISC_SHARES_VIA_AGGREGATE", "STORAGE_DISK_SSD");
        String one = "resources=MEMORY_MB:16," + MIB + ":1";
        assertThat(requests(one + "&required=STORAGE_DISK_SSD", "1.39")).hasSize(1);
        assertThat(requests(one + "&required=!STORAGE_DISK_SSD", "1.39")).isEmpty();
        assertThat(requests(one + "&member_of=" + RACK, "1.39")).hasSize(1);
        assertThat(requests(one + "&member_of=!" + RACK, "1.39")).isEmpty();
        assertThat(requests(one + "&in_tree=" + h1, "1.39")).isEmpty();
        assertThat(requests(one + "&root_required=STORAGE_DISK_SSD", "1.39")).isEmpty();
        assertThat(requests(one + "&root_required=!STORAGE_DISK_SSD", "1.39")).hasSize(1);
        String two = "resources_HOST=MEMORY_MB:16&resources_STORE=" + MIB + ":1";
        assertThat(requests(two + "&group_policy=isolate&in_tree_HOST=" + h1 + "&in_tree_STORE=" + nas, "1.39"))
                .hasSize(1);
        assertThat(requests(two + "&group_policy=none&in_tree_STORE=" + h1, "1.39"))
                .isEmpty();
        assertThat(requests(two + "&group_policy=none&required_STORE=STORAGE_DISK_SSD&member_of_STORE=" + RACK, "1.39"))
                .hasSize(1);
        assertThat(requests(two + "&group_policy=none&required_HOST=STORAGE_DISK_SSD", "1.39"))
                .isEmpty();
        assertThat(requests(two + "&group_policy=none&same_subtree=_HOST,_STORE", "1.39"))
                .isEmpty();
        // Alone it is one candidate, though it could be taken from h1 and from itself.
        assertThat(providersOf(requests("resources=" + MIB + ":1", "1.39"))).containsExactly(nas);
        assertThat(providersOf(requests("resources1=" + MIB + ":1", "1.39"))).containsExactly(nas);
    }

    @Test
    void aClientOfBefore129IsGivenWhatIsSharedAndOneProviderOfATree() throws Exception {
        describe(nas, "MISC_SHARES_VIA_AGGREGATE");
        String blade = provider("blade", null, "'" + fan() + "': {'total': 2}");
        String port = provider("port", blade, "'SRIOV_NET_VF': {'total': 8}");
        gather(blade, RACK);
        String of = "resources=SRIOV_NET_VF:1," + MIB + ":1";
        JsonObject early = show(CANDIDATES + of, "1.12");
        assertThat(providersOf(early.getJsonArray("allocation_requests"))).containsExactlyInAnyOrder(port, nas);
        assertThat(early.getJsonObject("provider_summaries").fieldNames()).containsExactlyInAnyOrder(port, nas);
        assertThat(show(CANDIDATES + of, "1.29")
                        .getJsonObject("provider_summaries")
                        .fieldNames())
                .containsExactlyInAnyOrder(blade, port, nas);
        String three = of + "," + fan() + ":1";
        assertThat(requests(three, "1.28")).isEmpty();
        assertThat(providersOf(requests(three, "1.29"))).containsExactlyInAnyOrder(blade, port, nas);
    }

    private String fan() throws Exception {
        send(ADMIN, "PUT", PLACEMENT + "/resource_classes/CUSTOM_SHARED_FAN", "1.7", null);
        return "CUSTOM_SHARED_FAN";
    }
}
