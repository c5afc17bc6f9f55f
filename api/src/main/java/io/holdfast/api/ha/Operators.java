package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.Rehearsal;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.OperatorVerbs;
import io.holdfast.recovery.WhatIf;
import io.holdfast.recovery.core.Armed;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an operator orders about hosts and segments, and what they may ask before. */
public final class Operators {

    private final OperatorVerbs verbs;
    private final Rehearsal rehearsal;

    public Operators(OperatorVerbs verbs, Rehearsal rehearsal) {
        this.verbs = verbs;
        this.rehearsal = rehearsal;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("confirmHostDead", this::confirmDead);
        table.put("startHostMaintenance", call -> maintenance(call, true));
        table.put("endHostMaintenance", call -> maintenance(call, false));
        table.put("releaseHost", this::release);
        table.put("startSegmentMaintenance", call -> segmentMaintenance(call, true));
        table.put("endSegmentMaintenance", call -> segmentMaintenance(call, false));
        table.put("armSegment", this::arm);
        table.put("whatIf", this::whatIf);
        return table;
    }

    private Reply confirmDead(Call call) {
        JsonArray named = call.body().getJsonArray("override", new JsonArray());
        Set<String> overridden = named.stream().map(String::valueOf).collect(Collectors.toUnmodifiableSet());
        HostId host = host(call.path("host"));
        verbs.confirmDead(host, call.caller().actor(), call.body().getString("reason"), overridden);
        return Reply.of(202, new JsonObject().put("host", host.value()).put("proof", "OPERATOR_CONFIRMED"));
    }

    private Reply maintenance(Call call, boolean on) {
        verbs.maintenance(host(call.path("host")), on, call.caller().actor(), reason(call));
        return Reply.empty(204);
    }

    private Reply release(Call call) {
        verbs.release(host(call.path("host")), call.caller().actor());
        return Reply.empty(204);
    }

    private Reply segmentMaintenance(Call call, boolean on) {
        verbs.maintenance(segment(call), on, call.caller().actor(), reason(call));
        return Reply.empty(204);
    }

    private Reply arm(Call call) {
        Armed mode = Armed.valueOf(call.body().getString("mode").toUpperCase(Locale.ROOT));
        verbs.arm(segment(call), mode, call.caller().actor(), reason(call));
        return Reply.empty(204);
    }

    private Reply whatIf(Call call) {
        String named = call.query("host");
        List<HostId> hosts = Stream.of((named == null ? "" : named).split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(Operators::host)
                .toList();
        boolean powerOff = call.flag("power_off");
        WhatIf answer = verbs.whatIf(hosts, powerOff);
        Map<HostId, FenceReadiness> fencing = rehearsal.remembered();
        Instant now = Instant.now();
        JsonArray plans = new JsonArray();
        answer.hosts()
                .forEach(plan -> plans.add(view(plan, now)
                        .put("fenceCheck", FenceChecks.view(fencing.get(plan.host()), rehearsal.interval(), now))));
        return Reply.ok(new JsonObject()
                .put("assumed", powerOff ? "their power reads off" : "they fall silent together")
                .put("hosts", plans));
    }

    private static JsonObject view(WhatIf.HostPlan plan, Instant now) {
        JsonArray guards = new JsonArray();
        plan.guards()
                .forEach(guard -> guards.add(new JsonObject()
                        .put("guard", guard.guard())
                        .put("mode", guard.mode())
                        .put("decision", guard.decision().name())
                        .put("reason", guard.reason())));
        JsonArray instances = new JsonArray();
        plan.instances().forEach(instance -> {
            HostId to = instance.to();
            instances.add(new JsonObject()
                    .put("instance", instance.instance().toString())
                    .put("name", instance.name())
                    .put("policy", instance.policy())
                    .put("policySource", instance.policySource())
                    .put("state", instance.state())
                    .put("destination", to == null ? null : to.value())
                    .put("reason", instance.reason()));
        });
        Instant planned = plan.plannedAt();
        return new JsonObject()
                .put("host", plan.host().value())
                .put("decision", plan.decision())
                .put("reason", plan.reason())
                .put("guards", guards)
                .put("fencing", new JsonArray(plan.fencing()))
                .put(
                        "plannedAgoMillis",
                        planned == null
                                ? null
                                : Math.max(0, Duration.between(planned, now).toMillis()))
                .put("instances", instances);
    }

    private static String reason(Call call) {
        return call.body().getString("reason", "");
    }

    private static SegmentId segment(Call call) {
        String name = call.path("segment");
        try {
            return SegmentId.of(name);
        } catch (IllegalArgumentException e) {
            throw ApiFault.notFound("Segment " + name + " could not be found.");
        }
    }

    private static HostId host(String name) {
        try {
            return HostId.of(name);
        } catch (IllegalArgumentException e) {
            throw ApiFault.notFound("Host " + name + " could not be found.");
        }
    }
}
