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
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The one place where requests that change something, or would have, get their line in the audit trail.
 *
 * <p>With a token the line is on disk before the operation begins. A login changes nothing by itself and is asked for by anybody, so it
 * gets a line of its own when it has succeeded, before its answer leaves; those that fail are refusals, which share lines.
 */
final class Audited {

    /** Who of those who may say how a request ended has the word: the one that works on it, or the one that gives it up before. */
    private static final String STATE = "holdfast.audit-state";

    /** Longer names of methods are nobody's. */
    private static final int METHOD_MAX = 32;

    private static final int ADDRESS_MAX = 64;

    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /**
     * Of a request, until it has its line. What works on it and what answers it when its time is over run at the same time; whoever gets it out
     * of OPEN writes its line, and the other none.
     */
    private enum State {
        OPEN,
        /** Its line is being written or stored; it is ended by whoever works on it. */
        BEGUN,
        /** Its line says that nothing was begun, so nothing may be any more. */
        GIVEN_UP
    }

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
        AtomicReference<State> state = new AtomicReference<>(State.OPEN);
        context.put(STATE, state);
        return caller.equals(Caller.NOBODY)
                ? call -> afterwards(line, state, operation, call)
                : call -> around(named(line, call.body()), state, operation, call);
    }

    private Reply around(AuditLine line, AtomicReference<State> state, Operation operation, Call call) {
        if (!state.compareAndSet(State.OPEN, State.BEGUN)) {
            throw tooLate();
        }
        begin(line, line);
        Reply reply;
        try {
            reply = operation.handle(call);
        } catch (Throwable e) {
            trail.end(line.requestId(), Faults.of(e).map(Audited::ended).orElseGet(() -> new Ended(500, null, null)));
            throw e;
        }
        trail.end(line.requestId(), new Ended(reply.status(), null, made(reply)));
        return reply;
    }

    private Reply afterwards(AuditLine line, AtomicReference<State> state, Operation operation, Call call) {
        Reply reply = operation.handle(call);
        if (!state.compareAndSet(State.OPEN, State.BEGUN)) {
            throw tooLate();
        }
        begin(line.ended(loggedIn(reply, line.who()), new Ended(reply.status(), null, null), false), line);
        return reply;
    }

    /** @param otherwise who and what, when it cannot be stored: then it is one that was refused */
    private void begin(AuditLine line, AuditLine otherwise) {
        try {
            trail.begin(line);
        } catch (ApiFault fault) {
            trail.refused(otherwise.ended(otherwise.who(), ended(fault), true));
            throw fault;
        }
    }

    private static ApiFault tooLate() {
        return new ApiFault(503, "Its time was over before it was begun. Nothing was changed; try again.");
    }

    /** Called where an error becomes an answer; nothing happens when the request has its line. */
    void refused(RoutingContext context, int status, String message) {
        if (isMine(context)) {
            trail.refused(line(context, who(context), ended(status, message)));
        }
    }

    /** The same, of a change that was handed on and may have been made: by then it is neither refused nor done, as far as is known here. */
    void unknown(RoutingContext context, String message) {
        if (isMine(context)) {
            AuditLine line = line(context, who(context), null);
            JsonObject body =
                    line.operation().endsWith("Action") && context.body().buffer() != null
                            ? context.body().asJsonObject()
                            : new JsonObject();
            trail.note(named(line, body).ended(line.who(), Ended.unknown(message), false));
        }
    }

    private static boolean isMine(RoutingContext context) {
        AtomicReference<State> state = context.get(STATE);
        return !READING.contains(context.request().method())
                && (state == null || state.compareAndSet(State.OPEN, State.GIVEN_UP));
    }

    private Who who(RoutingContext context) {
        Caller caller = context.get(ApiServer.CALLER);
        return Who.of(caller == null ? Caller.NOBODY : caller, monitors);
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
        String whose = handedOn ? context.request().getHeader(Forwarder.FOR) : null;
        return new AuditLine(
                0,
                now,
                context.get(ApiServer.REQUEST_ID),
                who,
                context.request().remoteAddress().hostAddress(),
                whose == null ? null : cut(whose, ADDRESS_MAX),
                controller,
                service.type(),
                operation == null ? cut(context.request().method().name(), METHOD_MAX) : operation,
                // What somebody without a right to be here writes into a path is not kept.
                operation == null ? "" : context.normalizedPath(),
                ended,
                ended != null,
                1,
                now);
    }

    /** An action's name is the one key of the body: what it contains is not looked at. */
    private static AuditLine named(AuditLine line, JsonObject body) {
        if (!line.operation().endsWith("Action")) {
            return line;
        }
        Set<String> keys = body.fieldNames();
        String key = keys.size() == 1 ? keys.iterator().next() : "";
        return key.matches("[A-Za-z][A-Za-z0-9_.:-]{0,63}") ? line.withAction(key) : line;
    }

    /** A 400 speaks of what the request contained, and may repeat it. */
    private static Ended ended(int status, @Nullable String message) {
        return new Ended(status, status == 400 ? null : message, null);
    }

    private static Ended ended(ApiFault fault) {
        return fault.outcomeUnknown() ? Ended.unknown(fault.getMessage()) : ended(fault.status(), fault.getMessage());
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
        return id instanceof String || id instanceof Number ? String.valueOf(id) : null;
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

    private static String cut(String text, int most) {
        return text.substring(0, Math.min(text.length(), most));
    }
}
