package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said of hosts from outside: who may say it, in whose name, and who reads it. */
class AdvisoriesTest extends InstanceHaFixture {

    private static final String HOT = "/ha/v1/hosts/h1/advisories/hot";

    @Test
    void aMonitorSaysItInItsOwnNameAndReadsWhatItDoes() throws Exception {
        JsonObject said = json(send("PUT", HOT, MONITOR, null, "{\"ttl\": 600, \"detail\": \"96 C\"}"))
                .getJsonObject("advisory");
        assertThat(said.getString("source")).isEqualTo("monitor");
        assertThat(said.getString("effect")).isEqualTo("lower");
        send("PUT", "/ha/v1/hosts/h2/advisories/unheard-of", ADMIN, null, "{\"ttl\": 1}");

        assertThat(kinds("/ha/v1/advisories", MONITOR)).containsExactly("hot", "unheard-of");
        assertThat(kinds("/ha/v1/advisories?host=h2", ADMIN)).containsExactly("unheard-of");
        assertThat(kinds("/ha/v1/advisories?kind=hot", ADMIN)).containsExactly("hot");
        JsonObject shown = json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host");
        assertThat(shown.getJsonArray("advisories")).hasSize(1);
    }

    @Test
    void nobodyTakesBackWhatAnotherSaidButAnAdministrator() throws Exception {
        send("PUT", HOT, MONITOR, null, "{\"ttl\": 600}");
        assertThat(send("DELETE", HOT, DOUBTER, null, null).statusCode())
                .as("it has said nothing itself")
                .isEqualTo(404);
        assertThat(send("DELETE", HOT + "?source=root", MONITOR, null, null).statusCode())
                .isEqualTo(403);
        assertThat(send("DELETE", HOT + "?source=monitor", ADMIN, null, null).statusCode())
                .isEqualTo(204);
        assertThat(kinds("/ha/v1/advisories", ADMIN)).isEmpty();
        send("PUT", HOT, MONITOR, null, "{\"ttl\": 600}");
        assertThat(send("DELETE", HOT, MONITOR, null, null).statusCode()).isEqualTo(204);
    }

    @Test
    void ownersNeitherSayNorRead() throws Exception {
        assertThat(get("/ha/v1/advisories", BLUE).statusCode()).isEqualTo(403);
        assertThat(send("PUT", HOT, BLUE, null, "{\"ttl\": 600}").statusCode()).isEqualTo(403);
        assertThat(send("DELETE", HOT, BLUE, null, null).statusCode()).isEqualTo(403);
        assertThat(send("PUT", "/ha/v1/hosts/h1/weight", MONITOR, null, "{\"weight\": 1}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void whatIsNoWordIsRefused() throws Exception {
        for (String body : List.of("{}", "{\"ttl\": 0}", "{\"ttl\": 604801}", "{\"ttl\": 60, \"effect\": \"stop\"}")) {
            assertThat(send("PUT", HOT, ADMIN, null, body).statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        assertThat(send("PUT", "/ha/v1/hosts/h1/advisories/Hot", ADMIN, null, "{\"ttl\": 60}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(send("PUT", "/ha/v1/hosts/h9/advisories/hot", ADMIN, null, "{\"ttl\": 60}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(send("PUT", "/ha/v1/hosts/h1/weight", ADMIN, null, "{\"weight\": 1001}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void pointsAreSetAndShown() throws Exception {
        assertThat(send("PUT", "/ha/v1/hosts/h1/weight", ADMIN, null, "{\"weight\": -2.5}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host").getDouble("weight"))
                .isEqualTo(-2.5);
    }

    private List<String> kinds(String path, String token) throws Exception {
        return json(get(path, token)).getJsonArray("advisories").stream()
                .map(one -> ((JsonObject) one).getString("kind"))
                .toList();
    }
}
