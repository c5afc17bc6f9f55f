package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Recovery cases: what failed, how we know, what was done about it, and what comes next. */
public final class Cases {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Recovery recovery;

    public Cases(Recovery recovery) {
        this.recovery = recovery;
    }

    public Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put("listCases", this::list);
        table.put("showCase", call -> Reply.ok(new JsonObject().put("case", view(find(call)))));
        table.put("retryCase", this::retry);
        table.put("abandonCase", this::abandon);
        return table;
    }

    private Reply list(Call call) {
        String host = call.query("host");
        String open = call.query("open");
        int limit = (int) Math.min(LIMIT_MAX, Math.max(1, call.number("limit", LIMIT_DEFAULT)));
        JsonArray cases = new JsonArray();
        recovery.cases(host == null ? null : host(host), open == null ? null : Boolean.valueOf(open), limit)
                .forEach(one -> cases.add(view(one)));
        return Reply.ok(new JsonObject().put("cases", cases));
    }

    private Reply retry(Call call) {
        CaseView known = find(call);
        String instance = call.body().getString("instance");
        if (instance != null) {
            recovery.retry(known.id(), instance(known, instance), call.caller().actor());
            return Reply.of(202, new JsonObject().put("case", view(find(call))));
        }
        if (known.closedAt() != null) {
            throw ApiFault.conflict("Case " + known.id() + " is closed; there is nothing to try again.");
        }
        try {
            recovery.retry(known.id(), call.caller().actor());
        } catch (IllegalStateException e) {
            // Recovery's word for "this case has not handed anything to a human".
            throw ApiFault.conflict(String.valueOf(e.getMessage()));
        }
        return Reply.of(202, new JsonObject().put("case", view(find(call))));
    }

    private Reply abandon(Call call) {
        CaseView known = find(call);
        String reason = call.body().getString("reason").strip();
        String instance = call.body().getString("instance");
        if (instance == null) {
            recovery.abandon(known.id(), call.caller().actor(), reason);
        } else {
            recovery.abandon(
                    known.id(), instance(known, instance), call.caller().actor(), reason);
        }
        return Reply.of(202, new JsonObject().put("case", view(find(call))));
    }

    private static InstanceId instance(CaseView of, String id) {
        return of.instances().stream()
                .map(CaseView.InstanceLine::instance)
                .filter(known -> known.toString().equals(id))
                .findFirst()
                .orElseThrow(() -> ApiFault.notFound("Case " + of.id() + " is not about an instance " + id + "."));
    }

    private CaseView find(Call call) {
        String text = call.path("case");
        try {
            return recovery.find(CaseId.parse(text)).orElseThrow(() -> notFound(text));
        } catch (IllegalArgumentException e) {
            throw notFound(text);
        }
    }

    private static HostId host(String name) {
        try {
            return HostId.of(name);
        } catch (IllegalArgumentException e) {
            throw ApiFault.badRequest("host: " + e.getMessage());
        }
    }

    private static ApiFault notFound(String id) {
        return ApiFault.notFound("Case " + id + " could not be found.");
    }

    private static JsonObject view(CaseView from) {
        JsonArray timeline = new JsonArray();
        Instant first = from.timeline().isEmpty()
                ? from.openedAt()
                : from.timeline().getFirst().at();
        from.timeline()
                .forEach(entry -> timeline.add(new JsonObject()
                        .put("at", entry.at().toString())
                        .put("offsetMillis", Duration.between(first, entry.at()).toMillis())
                        .put("kind", entry.kind())
                        .put("subject", entry.subject())
                        .put("text", entry.text())));
        JsonArray instances = new JsonArray();
        from.instances()
                .forEach(line -> instances.add(new JsonObject()
                        .put("instance", line.instance().toString())
                        .put("name", line.name())
                        .put("policy", line.policy().name())
                        .put("priority", line.priority())
                        .put("state", line.state())
                        .put("destination", text(line.destination()))
                        .put("attempts", line.attempts())
                        .put("reason", line.reason())));
        return new JsonObject()
                .put("id", from.id().toString())
                .put("segment", from.segment().value())
                .put("host", from.host().value())
                .put("epoch", from.epoch().value())
                .put("state", from.state())
                .put("reason", from.reason())
                .put("nextStep", from.nextStep())
                .put("openedAt", from.openedAt().toString())
                .put("closedAt", text(from.closedAt()))
                .put("deadline", text(from.deadline()))
                .put("proof", from.proof())
                .put("powerReturn", powerReturn(from.powerReturn()))
                .put("evidence", new JsonArray(from.evidence()))
                .put("timeline", timeline)
                .put("instances", instances);
    }

    /** How a fenced host gets its power back; null when nothing is decided of that. */
    static @Nullable JsonObject powerReturn(CaseView.@Nullable PowerReturnLine back) {
        return back == null
                ? null
                : new JsonObject()
                        .put("state", back.state())
                        .put("reason", back.reason())
                        .put("deadline", text(back.deadline()));
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
