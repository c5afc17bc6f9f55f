package io.holdfast.api.ha;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.GuestIncident;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;

/** How an instance's guest is, beyond whether it runs: what its heartbeat says, and how it failed last. */
public final class GuestsView {

    private final Instances instances;

    public GuestsView(Instances instances) {
        this.instances = instances;
    }

    public Map<String, Operation> operations() {
        return Map.of("showGuest", this::show);
    }

    private Reply show(Call call) {
        Instance instance = NamedInstances.require(instances, call);
        GuestState told = instances.guest(instance.id());
        // What was said at an older generation was said by another life of it, mostly on another host.
        GuestState guest = told.generation().equals(instance.generation()) ? told : GuestState.NONE;
        GuestHealth health = instance.actual() == ActualState.RUNNING ? guest.health() : GuestHealth.UNKNOWN;
        GuestIncident last = guest.last();
        return Reply.ok(new JsonObject()
                .put(
                        "guest",
                        new JsonObject()
                                .put("instance", instance.id().toString())
                                .put("health", health.name().toLowerCase(Locale.ROOT))
                                .put("lastFailure", last == null ? null : failure(last, guest.open()))));
    }

    private static JsonObject failure(GuestIncident last, boolean open) {
        return new JsonObject()
                .put("failure", last.failure().name())
                .put("response", last.response().name())
                .put("restarts", last.restarts())
                .put("detail", last.detail())
                .put("at", last.at().toString())
                .put("over", !open);
    }
}
