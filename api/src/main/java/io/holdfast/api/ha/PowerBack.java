package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.PowerOn;
import io.holdfast.model.HostId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** A host that was fenced and is whole again gets its power back. */
public final class PowerBack {

    private final Hosts hosts;
    private final PowerOn power;

    public PowerBack(Hosts hosts, PowerOn power) {
        this.hosts = hosts;
        this.power = power;
    }

    public Map<String, Operation> operations() {
        return Map.of("powerOnHost", this::on);
    }

    private Reply on(Call call) {
        ComputeHost host = NamedHosts.require(hosts, call.path("host"));
        try {
            return switch (power.on(
                    host.id(), host.epoch(), call.caller().actor(), call.body().getString("reason", ""))) {
                case PowerOn.Answer.Done done -> Reply.ok(view(host.id(), done));
                case PowerOn.Answer.NotNow notNow ->
                    throw new ApiFault(409, "Host " + host.id() + " was not switched on: " + notNow.reason() + ".");
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiFault(503, "This controller is stopping; some devices may have been switched on.");
        }
    }

    private static JsonObject view(HostId host, PowerOn.Answer.Done done) {
        JsonArray devices = new JsonArray();
        done.devices()
                .forEach(device -> devices.add(new JsonObject()
                        .put("level", device.level())
                        .put("name", device.name())
                        .put("power", device.power().name())
                        .put("detail", device.detail())));
        return new JsonObject().put("host", host.value()).put("on", done.all()).put("devices", devices);
    }
}
