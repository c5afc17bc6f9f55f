package io.holdfast.api;

import io.holdfast.api.audit.AuditLine;
import io.holdfast.api.audit.AuditTrail;
import io.holdfast.api.audit.Ended;
import io.holdfast.api.audit.Who;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one place where requests that change something, or would have, get their line in the audit trail.
 *
 * <p>With a token the line is on disk before the operation begins. A login changes nothing by itself and is asked for by anybody, so it
 * gets a line of its own when it has succeeded, before its answer leaves; those that fail are refusals, which share lines.
 */
final class Audited {

    /** Of a request that is worked on; set once its line is stored. */
    private static final String BEGUN = "holdfast.audit-begun";

    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final int TEXT_MAX = 300;

    private final AuditTrail trail;
    private final Set<String> monitors;
    private final String controller;
    private final InstantSource clock;

    Audited(AuditTrail trail, MonitorSettings monitors, String controller, InstantSource clock) {
        this.trail = trail;
        this.monitors =
                monitors.known().stream().map(MonitorSettings.Monitor::name).collect(Collectors.toUnmodifiableSet());
        this.controller = controller;
        this.clock = clock;
    }

    /** The operation, with its line before and after. Called on the event loop; what it returns may block. */
    Operation recorded(RoutingContext context, Operation operation) {
        if (READING.contains(context.request().method())) {
            return operation;
        }
        Caller caller = context.get(ApiServer.CALLER);
        AuditLine line = line(context, Who.of(caller, monitors), null);
        AtomicBoolean begun = new AtomicBoolean();
        context.put(BEGUN, begun);
        return caller.equals(Caller.NOBODY)
                ? call -> afterwards(line, begun, operation, call)
                : call -> around(named(line, call), begun, operation, call);
    }

    private Reply around(AuditLine line, AtomicBoolean begun, Operation operation, Call call) {
        trail.begin(line);
        begun.set(true);
        try {
            Reply reply = operation.handle(call);
            trail.end(line.requestId(), new Ended(reply.status(), null, made(reply)));
            return reply;
        } catch (RuntimeException | Error e) {
            Optional<ApiFault> fault = Faults.of(e);
            trail.end(
                    line.requestId(),
                    fault.map(known -> ended(known.status(), known.getMessage()))
                            .orElseGet(() -> new Ended(500, null, null)));
            throw e;
        }
    }

    private Reply afterwards(AuditLine line, AtomicBoolean begun, Operation operation, Call call) {
        Reply reply = operation.handle(call);
        trail.begin(line.ended(loggedIn(reply, line.who()), new Ended(reply.status(), null, null), false));
        begun.set(true);
        return reply;
    }

    /** Called where an error becomes an answer; nothing happens when the request has its line. */
    void refused(RoutingContext context, int status, String message) {
        AtomicBoolean begun = context.get(BEGUN);
        if (READING.contains(context.request().method()) || (begun != null && begun.get())) {
            return;
        }
        Caller caller = context.get(ApiServer.CALLER);
        trail.refused(line(context, Who.of(caller == null ? Caller.NOBODY : caller, monitors), ended(status, message)));
    }

    /** Something that Holdfast does by itself. Blocks until it is on disk. */
    void own(String requestId, String operation, String target, Ended ended) {
        Instant now = clock.instant();
        trail.begin(new AuditLine(
                0,
                now,
                requestId,
                Who.SYSTEM,
                "",
                null,
                controller,
                "controller",
                operation,
                target,
                ended,
                false,
                1,
                now));
    }

    private AuditLine line(RoutingContext context, Who who, @Nullable Ended ended) {
        Instant now = clock.instant();
        String operation = context.get(ApiServer.OPERATION);
        ApiService service = context.get(ApiServer.SERVICE);
        boolean handedOn = context.request().getHeader(Forwarder.HEADER) != null;
        return new AuditLine(
                0,
                now,
                context.get(ApiServer.REQUEST_ID),
                who,
                context.request().remoteAddress().hostAddress(),
                handedOn ? cut(context.request().getHeader(Forwarder.FOR)) : null,
                controller,
                service.type(),
                operation == null ? context.request().method().name() : operation,
                // What somebody without a right to be here writes into a path is not kept.
                operation == null ? "" : String.valueOf(cut(context.normalizedPath())),
                ended,
                ended != null,
                1,
                now);
    }

    /** An action's name is the one key of the body: what it contains is not looked at. */
    private static AuditLine named(AuditLine line, Call call) {
        if (!line.operation().endsWith("Action")) {
            return line;
        }
        Set<String> keys = call.body().fieldNames();
        String key = keys.size() == 1 ? keys.iterator().next() : "";
        return key.matches("[A-Za-z][A-Za-z0-9_.:-]{0,63}") ? line.withAction(key) : line;
    }

    /** A 400 speaks of what the request contained, and may repeat it. */
    private static Ended ended(int status, @Nullable String message) {
        return new Ended(status, status == 400 ? null : cut(message), null);
    }

    /** The id in the answer, where it is about one thing. */
    private static @Nullable String made(Reply reply) {
        JsonObject body = reply.body();
        if (body == null) {
            return null;
        }
        JsonObject thing =
                body.size() == 1 && body.iterator().next().getValue() instanceof JsonObject only ? only : body;
        Object id = thing.getValue("id") instanceof String text ? text : thing.getValue("uuid");
        if (id == null) {
            id = thing.getValue("id") instanceof Number number ? number : thing.getValue("name");
        }
        return id instanceof String || id instanceof Number ? cut(String.valueOf(id)) : null;
    }

    /** Who has got a token, as the token says. */
    private static Who loggedIn(Reply reply, Who otherwise) {
        JsonObject token = reply.body() == null || !(reply.body().getValue("token") instanceof JsonObject found)
                ? new JsonObject()
                : found;
        if (!(token.getValue("user") instanceof JsonObject user)) {
            return otherwise;
        }
        JsonObject project = token.getJsonObject("project", new JsonObject());
        boolean admin = token.getJsonArray("roles", new JsonArray()).stream()
                .anyMatch(role -> role instanceof JsonObject one && "admin".equals(one.getString("name")));
        return new Who(
                admin ? Who.Kind.OPERATOR : Who.Kind.USER,
                user.getString("id"),
                user.getString("name"),
                project.getString("id", Caller.NO_PROJECT.value()));
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
    }
}
