package io.holdfast.api.ha;

import io.holdfast.api.audit.AuditBook;
import io.holdfast.api.audit.AuditBook.Filter;
import io.holdfast.api.audit.AuditLine;
import io.holdfast.api.audit.AuditTrail;
import io.holdfast.api.audit.Ended;
import io.holdfast.api.audit.Who;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The audit trail: who asked for what change, from where, and what came of it. */
public final class AuditView {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;
    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(5);

    private final AuditTrail trail;
    private final AuditBook book;

    public AuditView(AuditTrail trail, AuditBook book) {
        this.trail = trail;
        this.book = book;
    }

    public Map<String, Operation> operations() {
        return Map.of("listAudit", this::list);
    }

    private Reply list(Call call) {
        Filter filter = filter(call);
        int limit = (int) Math.min(LIMIT_MAX, Math.max(1, call.number("limit", LIMIT_DEFAULT)));
        settle();
        // One more than is shown says whether there is a next page.
        List<AuditLine> lines = book.list(filter, limit + 1);
        List<AuditLine> page = lines.subList(0, Math.min(limit, lines.size()));
        JsonArray shown = new JsonArray();
        page.forEach(line -> shown.add(view(line)));
        JsonObject answer = new JsonObject().put("audit", shown);
        if (lines.size() > limit) {
            answer.put("next", page.getLast().number());
        }
        return Reply.ok(answer);
    }

    /** What this controller has answered is seen by whoever asks next. */
    private void settle() {
        try {
            trail.settle(SETTLE_LIMIT);
        } catch (TimeoutException e) {
            throw new ApiFault(503, "The audit trail is being written and cannot be read just now; try again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiFault(503, "The controller stops.");
        }
    }

    private static Filter filter(Call call) {
        String kind = call.query("kind");
        String status = call.query("status");
        boolean open = "open".equals(status);
        Integer least = null;
        Integer most = null;
        if ("error".equals(status)) {
            least = 400;
        } else if (status != null && !open) {
            least = Integer.valueOf(status.replace("xx", "00"));
            most = status.endsWith("xx") ? Integer.valueOf(least + 99) : least;
        }
        long marker = call.number("marker", 0);
        return new Filter(
                kind == null ? null : Who.Kind.of(kind),
                call.query("user"),
                call.query("project"),
                call.query("service"),
                call.query("operation"),
                call.query("target"),
                call.query("address"),
                call.query("request_id"),
                least,
                most,
                open,
                moment(call, "since"),
                moment(call, "before"),
                marker == 0 ? null : marker);
    }

    private static @Nullable Instant moment(Call call, String name) {
        String text = call.query(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw ApiFault.badRequest(name + " must be a time like 2026-01-31T12:00:00Z, is '" + text + "'");
        }
    }

    private static JsonObject view(AuditLine line) {
        Ended ended = line.ended();
        return new JsonObject()
                .put("number", line.number())
                .put("at", line.at().toString())
                .put("requestId", line.requestId())
                .put("kind", line.who().kind().word())
                .put("user", line.who().user())
                .put("userName", line.who().name())
                .put("project", line.who().project())
                .put("address", line.address())
                .put("onBehalfOf", line.onBehalfOf())
                .put("controller", line.controller())
                .put("service", line.service())
                .put("operation", line.operation())
                .put("target", line.target())
                .put("status", ended == null ? null : ended.status())
                .put("fault", ended == null ? null : ended.fault())
                .put("made", ended == null ? null : ended.made())
                .put("refused", line.refused())
                .put("count", line.count())
                .put("until", line.until().toString());
    }
}
