package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.fencing.core.Readiness;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether a host could be fenced, as it is shown, and finding it out on request. */
public final class FenceChecks {

    private final Hosts hosts;
    private final Rehearsal rehearsal;

    public FenceChecks(Hosts hosts, Rehearsal rehearsal) {
        this.hosts = hosts;
        this.rehearsal = rehearsal;
    }

    public Map<String, Operation> operations() {
        return Map.of("checkFencing", this::check);
    }

    private Reply check(Call call) {
        String name = call.path("host");
        HostId host = NamedHosts.require(hosts, name).id();
        try {
            return switch (rehearsal.now(host)) {
                case Rehearsal.Answer.Done done ->
                    Reply.ok(new JsonObject()
                            .put("host", name)
                            .put("fenceCheck", view(done.readiness(), rehearsal.interval(), Instant.now())));
                case Rehearsal.Answer.NotNow notNow ->
                    throw new ApiFault(
                            409, "The fencing of host " + name + " was not checked: " + notNow.reason() + ".");
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiFault(503, "This controller is stopping; the check was given up.");
        }
    }

    /** @param known what is remembered; null for a host that was never rehearsed */
    static JsonObject view(@Nullable FenceReadiness known, Duration interval, Instant now) {
        if (known == null) {
            return new JsonObject()
                    .put("state", "UNCHECKED")
                    .putNull("working")
                    .put("reason", "its devices were not checked yet")
                    .putNull("checkedAt")
                    .putNull("since")
                    .put("old", false)
                    .put("levels", new JsonArray());
        }
        FenceCheck check = known.check();
        JsonArray levels = new JsonArray();
        check.levels().forEach(level -> levels.add(level(levels.size() + 1, level)));
        return new JsonObject()
                .put("state", known.state().name())
                .put("working", check.works())
                .put("reason", check.trouble())
                .put("checkedAt", check.at().toString())
                .put("since", known.since().toString())
                .put("old", Readiness.old(check.at(), now, interval))
                .put("levels", levels);
    }

    /** Those of them that no level would isolate, as far as was found out; of a host that was never rehearsed nothing is known. */
    static List<HostId> withoutFence(List<ComputeHost> hosts, Map<HostId, FenceReadiness> known) {
        return hosts.stream()
                .map(ComputeHost::id)
                .filter(host -> {
                    FenceReadiness readiness = known.get(host);
                    return readiness != null && readiness.state() == FenceReadiness.State.UNREADY;
                })
                .toList();
    }

    private static JsonObject level(int number, FenceCheck.Level level) {
        JsonArray devices = new JsonArray();
        for (FenceCheck.Device device : level.devices()) {
            JsonArray findings = new JsonArray();
            device.findings()
                    .forEach(each -> findings.add(new JsonObject()
                            .put("subject", each.subject().name())
                            .put("grade", each.grade().name())
                            .put("text", each.text())
                            .put("tookMillis", each.took().toMillis())));
            devices.add(new JsonObject()
                    .put("name", device.name())
                    .put("working", device.works())
                    .put("findings", findings));
        }
        return new JsonObject()
                .put("level", number)
                .put("working", level.works())
                .put("devices", devices);
    }
}
