package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestFailure;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestResponse;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Instance;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How a guest is, as its owner reads it. */
class GuestApiTest extends ApiFixture {

    private static final GuestIncident PANIC = new GuestIncident(
            7,
            GuestFailure.PANICKED,
            GuestResponse.RESTARTED,
            2,
            "its guest ended: crashed",
            Instant.parse("2026-01-01T00:00:00Z"));

    private JsonObject guest(String path) throws Exception {
        return json(get(path, BLUE_READER)).getJsonObject("guest");
    }

    @Test
    void ofOneThatNeverSpokeNothingIsKnown() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        JsonObject guest = guest("/ha/v1/instances/" + vm.id() + "/guest");
        assertThat(guest.getString("health")).isEqualTo("unknown");
        assertThat(guest.containsKey("lastFailure")).isTrue();
        assertThat(guest.getJsonObject("lastFailure")).isNull();
    }

    @Test
    void itsHealthAndItsLastFailureAreShownToItsOwnProject() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        String path = "/ha/v1/instances/" + vm.id() + "/guest";
        cloud.guests.put(vm.id(), new GuestState(vm.generation(), GuestHealth.HEALTHY, PANIC, true));
        assertThat(guest(path).getString("health")).isEqualTo("healthy");
        JsonObject failure = guest(path).getJsonObject("lastFailure");
        assertThat(failure.getString("failure")).isEqualTo("PANICKED");
        assertThat(failure.getString("response")).isEqualTo("RESTARTED");
        assertThat(failure.getInteger("restarts")).isEqualTo(2);
        assertThat(failure.getString("detail")).isEqualTo("its guest ended: crashed");
        assertThat(failure.getString("at")).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(failure.getBoolean("over")).isFalse();

        assertFault(get(path, RED), 404, "itemNotFound");
        assertFault(get("/ha/v1/instances/nonsense/guest", BLUE), 404, "itemNotFound");
    }

    @Test
    void whatAnEarlierLifeSaidIsNotShown() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.RUNNING);
        cloud.guests.put(vm.id(), new GuestState(vm.generation().next(), GuestHealth.HEALTHY, PANIC, false));
        JsonObject guest = guest("/ha/v1/instances/" + vm.id() + "/guest");
        assertThat(guest.getString("health")).isEqualTo("unknown");
        assertThat(guest.getJsonObject("lastFailure")).isNull();
    }

    @Test
    void whatDoesNotRunHasNoHealth() throws Exception {
        Instance vm = cloud.add("vm", "blue", ActualState.STOPPED);
        cloud.guests.put(vm.id(), new GuestState(vm.generation(), GuestHealth.HEALTHY, PANIC, true));
        JsonObject guest = guest("/ha/v1/instances/" + vm.id() + "/guest");
        assertThat(guest.getString("health")).isEqualTo("unknown");
        assertThat(guest.getJsonObject("lastFailure").getString("failure")).isEqualTo("PANICKED");
    }
}
