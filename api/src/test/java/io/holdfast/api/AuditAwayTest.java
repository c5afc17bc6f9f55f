package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.FlavorId;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** While the trail cannot be written nothing is changed: a change that nobody recorded would be worse than one that has to be tried again. */
final class AuditAwayTest extends ApiFixture {

    private static final String FLAVOR =
            "{\"flavor\": {\"name\": \"big\", \"id\": \"big\", \"ram\": 64, \"vcpus\": 1, \"disk\": 1}}";

    @Test
    void whileTheTrailCannotBeWrittenNothingIsChangedAndReadingGoesOn() throws Exception {
        auditBook.away(true);
        var refused = send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR);
        assertFault(refused, 503, "serviceUnavailable");
        assertThat(refused.body()).contains("Nothing was changed");
        assertThat(cloud.flavors).doesNotContainKey(FlavorId.of("big"));
        assertThat(get("/v2.1/flavors", ADMIN).statusCode()).isEqualTo(200);
        assertFault(get("/ha/v1/audit", ADMIN), 503, "serviceUnavailable");

        auditBook.away(false);
        assertThat(send("POST", "/v2.1/flavors", ADMIN, null, FLAVOR).statusCode())
                .isEqualTo(200);
        assertThat(json(get("/ha/v1/audit", ADMIN)).getJsonArray("audit").stream()
                        .map(JsonObject.class::cast)
                        .map(line -> line.getString("operation") + " " + line.getInteger("status") + " "
                                + line.getBoolean("refused")))
                .containsExactlyInAnyOrder("createFlavor 200 false", "createFlavor 503 true");
    }
}
