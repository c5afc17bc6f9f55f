package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Instances that are held, rebuilt and looked into, as Nova's clients ask for it. */
class NovaHoldsTest extends ApiFixture {

    private static final String PAUSE = "{\"pause\": null}";

    private HttpResponse<String> act(String path, String token, String version, String body) throws Exception {
        return send("POST", path + "/action", token, version, body);
    }

    private static JsonObject server(HttpResponse<String> response) {
        return json(response).getJsonObject("server");
    }

    private String path(Instance instance) {
        return "/v2.1/servers/" + instance.id();
    }

    @Test
    void eachVerbLeadsToItsStateAndOnlyFromItsOwn() throws Exception {
        String path = path(cloud.add("vm", "blue", ActualState.RUNNING));
        String[][] steps = {
            {"pause", "PAUSED", "paused", "3"},
            {"unpause", "ACTIVE", "active", "1"},
            {"suspend", "SUSPENDED", "suspended", "4"},
            {"resume", "ACTIVE", "active", "1"},
        };
        for (String[] step : steps) {
            String body = "{\"" + step[0] + "\": null}";
            HttpResponse<String> done = act(path, BLUE, "2.1", body);
            assertThat(done.statusCode()).isEqualTo(202);
            assertThat(done.body()).isEmpty();
            JsonObject shown = server(send("GET", path, BLUE, "2.1", null));
            assertThat(shown.getString("status")).isEqualTo(step[1]);
            assertThat(shown.getString("OS-EXT-STS:vm_state")).isEqualTo(step[2]);
            assertThat(shown.getInteger("OS-EXT-STS:power_state")).hasToString(step[3]);
            HttpResponse<String> twice = act(path, BLUE, "2.1", body);
            assertFault(twice, 409, "conflictingRequest");
            assertThat(twice.body()).contains("Cannot '" + step[0] + "' instance");
        }
        act(path, BLUE, "2.1", PAUSE);
        assertThat(json(send("GET", "/v2.1/servers?status=PAUSED", BLUE, "2.38", null))
                        .getJsonArray("servers"))
                .hasSize(1);
        assertFault(act(path, RED, "2.1", PAUSE), 404, "itemNotFound");
    }

    @Test
    void aLockHoldsForEachOfThemAndNotForAdministrators() throws Exception {
        String path = path(cloud.add("vm", "blue", ActualState.RUNNING));
        act(path, BLUE, "2.73", "{\"lock\": {\"locked_reason\": \"busy\"}}");
        for (String body : List.of(
                PAUSE,
                "{\"unpause\": null}",
                "{\"suspend\": null}",
                "{\"resume\": null}",
                "{\"rebuild\": {\"imageRef\": \"" + image() + "\"}}")) {
            HttpResponse<String> refused = act(path, BLUE, "2.1", body);
            assertFault(refused, 409, "conflictingRequest");
            assertThat(refused.body()).contains("is locked");
        }
        assertThat(act(path, ADMIN, "2.1", PAUSE).statusCode()).isEqualTo(202);
    }

    private String image() {
        return cloud.images().getFirst().id().toString();
    }

    @Test
    void aRebuildAnswersWithTheServerInTheShapeOfItsVersion() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = path(vm);
        String plain = "{\"rebuild\": {\"imageRef\": \"" + image() + "\"}}";
        HttpResponse<String> old = act(path, BLUE, "2.1", plain);
        assertThat(old.statusCode()).isEqualTo(202);
        assertThat(old.headers().firstValue("Location").orElseThrow()).endsWith(path);
        assertThat(server(old).fieldNames())
                .contains("id", "image")
                .doesNotContain("user_data", "key_name", "adminPass");
        assertThat(server(act(path, BLUE, "2.54", plain)).fieldNames())
                .contains("key_name")
                .doesNotContain("user_data");
        JsonObject written = server(act(
                path,
                BLUE,
                "2.90",
                "{\"rebuild\": {\"imageRef\": \"" + image() + "\", \"name\": \"two\", \"description\": \"d\","
                        + " \"hostname\": \"h-2\", \"metadata\": {\"a\": \"b\"}, \"user_data\": \"aGVsbG8=\","
                        + " \"preserve_ephemeral\": false, \"OS-DCF:diskConfig\": \"MANUAL\"}}"));
        assertThat(written.getString("name")).isEqualTo("two");
        assertThat(written.getString("description")).isEqualTo("d");
        assertThat(written.getString("user_data")).isEqualTo("aGVsbG8=");
        assertThat(written.getJsonObject("metadata").getString("a")).isEqualTo("b");
        assertThat(cloud.log()).anyMatch(line -> line.startsWith("rebuild from "));
    }

    @Test
    void whatARebuildCannotDoIsRefusedByName() throws Exception {
        String path = path(cloud.add("vm", "blue", ActualState.RUNNING));
        String[][] refused = {
            {"2.18", "\"description\": \"d\"", "description"},
            {"2.53", "\"key_name\": null", "key_name"},
            {"2.56", "\"user_data\": \"aGVsbG8=\"", "user_data"},
            {"2.89", "\"hostname\": \"h\"", "hostname"},
            {"2.57", "\"personality\": []", "personality"},
            {"2.1", "\"personality\": [{\"path\": \"/x\"}]", "personality"},
            {"2.1", "\"adminPass\": \"secret\"", "adminPass"},
            {"2.1", "\"accessIPv4\": \"10.0.0.1\"", "accessIPv4"},
            {"2.63", "\"trusted_image_certificates\": [\"x\"]", "trusted_image_certificates"},
            {"2.1", "\"OS-DCF:diskConfig\": \"AUTO\"", "diskConfig"},
            {"2.57", "\"user_data\": \"no base\"", "user_data"},
            {"2.54", "\"key_name\": \"unknown\"", "key_name"},
            {"2.1", "\"flavorRef\": \"1\"", "flavorRef"},
        };
        for (String[] one : refused) {
            HttpResponse<String> answer =
                    act(path, BLUE, one[0], "{\"rebuild\": {\"imageRef\": \"" + image() + "\", " + one[1] + "}}");
            assertFault(answer, 400, "badRequest");
            assertThat(answer.body()).as(one[1]).contains(one[2]);
        }
        for (String image : List.of("nothing", "00000000-0000-0000-0000-0000000000ff")) {
            assertFault(act(path, BLUE, "2.1", "{\"rebuild\": {\"imageRef\": \"" + image + "\"}}"), 400, "badRequest");
        }
        assertFault(act(path, BLUE, "2.1", "{\"rebuild\": {}}"), 400, "badRequest");
        assertThat(cloud.log()).noneMatch(line -> line.startsWith("rebuild"));
    }

    @Test
    void theFiguresOfAGuestHaveTwoShapesAndAreForAdministrators() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = path(vm) + "/diagnostics";
        assertFault(send("GET", path, BLUE, "2.1", null), 403, "forbidden");
        JsonObject byName = json(send("GET", path, ADMIN, "2.47", null));
        assertThat(byName).isEqualTo(new JsonObject("""
                        {"cpu0_time": 17, "cpu1_time": 18, "vda_read": 1, "vda_read_req": 2, "vda_write": 3,
                         "vda_write_req": 4, "vda_errors": -1, "tap7_rx": 1, "tap7_rx_packets": 2, "tap7_rx_errors": 3,
                         "tap7_rx_drop": 4, "tap7_tx": 5, "tap7_tx_packets": 6, "tap7_tx_errors": 7, "tap7_tx_drop": 8,
                         "memory": 524288, "memory-rss": 131072}
                        """));
        JsonObject oneForm = json(send("GET", path, ADMIN, "2.48", null));
        assertThat(oneForm.getString("state")).isEqualTo("running");
        assertThat(oneForm.getString("driver")).isEqualTo("libvirt");
        assertThat(oneForm.getInteger("num_cpus")).isEqualTo(2);
        assertThat(oneForm.getJsonArray("cpu_details").getJsonObject(1).encode())
                .isEqualTo("{\"id\":1,\"time\":18,\"utilisation\":null}");
        assertThat(oneForm.getJsonArray("disk_details").getJsonObject(0).getValue("errors_count"))
                .isNull();
        assertThat(oneForm.getJsonArray("nic_details").getJsonObject(0).getString("mac_address"))
                .isEqualTo("fa:16:3e:00:00:01");
        assertThat(oneForm.getJsonObject("memory_details").encode()).isEqualTo("{\"maximum\":512,\"used\":128}");
    }

    @Test
    void whatDoesNotRunOrDoesNotAnswerHasNoFigures() throws Exception {
        for (ActualState actual : List.of(
                ActualState.STOPPED,
                ActualState.PAUSED,
                ActualState.SUSPENDED,
                ActualState.UNKNOWN,
                ActualState.FAILED)) {
            Instance vm = cloud.add("vm-" + actual, "blue", actual);
            HttpResponse<String> answer = send("GET", path(vm) + "/diagnostics", ADMIN, "2.48", null);
            assertFault(answer, 409, "conflictingRequest");
            assertThat(answer.body()).contains("Cannot 'get_diagnostics' instance");
        }
        HttpResponse<String> dark =
                send("GET", path(cloud.add("dark", "blue", ActualState.RUNNING)) + "/diagnostics", ADMIN, "2.1", null);
        assertFault(dark, 409, "conflictingRequest");
        assertThat(dark.body()).contains("its home does not answer");
        assertFault(send("GET", "/v2.1/servers/nowhere/diagnostics", ADMIN, "2.1", null), 404, "itemNotFound");
    }

    @Test
    void whatIsHeldIsNotEvacuatedAsInNova() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.PAUSED);
        HttpResponse<String> answer = act(path(vm), ADMIN, "2.14", "{\"evacuate\": {}}");
        assertFault(answer, 409, "conflictingRequest");
        assertThat(answer.body()).contains("Cannot 'evacuate' instance", "vm_state paused");
    }
}
