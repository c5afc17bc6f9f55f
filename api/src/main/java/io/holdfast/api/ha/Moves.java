package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.words.Words;
import io.holdfast.compute.ComputeException;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.core.PlannedMove;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves between living hosts: who is, or was, moved off one, how far it got, and why it did not move; and the word of a
 * hypervisor's cluster that it has moved guests itself, which the books follow.
 *
 * <p>Each move in a report is taken by itself and has its own answer. What if we die in the middle: the reporter has no
 * answer and says all of it again; what is being followed, or is at home, is answered as that.
 */
public final class Moves {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Recovery recovery;
    private final Words words;

    public Moves(Recovery recovery, Words words) {
        this.recovery = recovery;
        this.words = words;
    }

    public Map<String, Operation> operations() {
        return Map.of("listMoves", this::list, "reportMoves", this::report);
    }

    private Reply report(Call call) {
        words.requireMay(call.caller());
        JsonArray answers = new JsonArray();
        for (Object one : call.body().getJsonArray("moves")) {
            answers.add(heard(call, (JsonObject) one));
        }
        return Reply.ok(new JsonObject().put("moves", answers));
    }

    private JsonObject heard(Call call, JsonObject move) {
        words.count(call.caller());
        InstanceId instance = instance(move.getString("instance"));
        String from = move.getString("from");
        HostId to = host(move.getString("to"));
        JsonObject answer =
                new JsonObject().put("instance", instance.toString()).put("to", to.value());
        return switch (followed(call, instance, from == null ? null : host(from), to)) {
            case Recovery.FollowAnswer.Accepted(var id) ->
                answer.put("result", "following").put("move", id.toString());
            case Recovery.FollowAnswer.Recovering(var caseId) ->
                answer.put("result", "recovering").put("case", caseId.toString());
            case Recovery.FollowAnswer.AtHome() -> answer.put("result", "at-home");
            case Recovery.FollowAnswer.Conflict(String reason) ->
                answer.put("result", "refused").put("reason", reason);
            case Recovery.FollowAnswer.NotFound() ->
                answer.put("result", "unknown").put("reason", "there is no instance " + instance);
        };
    }

    /** A host that is not known is this move's answer, and no reason to leave the others unheard. */
    private Recovery.FollowAnswer followed(Call call, InstanceId instance, @Nullable HostId from, HostId to) {
        try {
            return recovery.follow(instance, from, to, call.caller().actor());
        } catch (ComputeException e) {
            if (e.kind() != ComputeException.Kind.NOT_FOUND) {
                throw e;
            }
            return new Recovery.FollowAnswer.Conflict(String.valueOf(e.getMessage()));
        }
    }

    private static HostId host(String name) {
        try {
            return HostId.of(name);
        } catch (IllegalArgumentException no) {
            throw ApiFault.badRequest("'" + name + "' is not the name of a host: " + no.getMessage());
        }
    }

    private Reply list(Call call) {
        String instance = call.query("instance");
        int limit = (int) Math.min(LIMIT_MAX, Math.max(1, call.number("limit", LIMIT_DEFAULT)));
        JsonArray moves = new JsonArray();
        recovery.moves(instance == null ? null : instance(instance), limit).forEach(one -> moves.add(view(one)));
        return Reply.ok(new JsonObject().put("moves", moves));
    }

    private static InstanceId instance(String text) {
        try {
            return InstanceId.parse(text);
        } catch (IllegalArgumentException no) {
            throw ApiFault.badRequest("instance must be an id, is '" + text + "'");
        }
    }

    private static JsonObject view(PlannedMove move) {
        JsonArray timeline = new JsonArray();
        move.lines()
                .forEach(line -> timeline.add(new JsonObject()
                        .put("at", line.at().toString())
                        .put("kind", line.kind())
                        .put("text", line.text())));
        HostId only = move.only();
        return new JsonObject()
                .put("id", move.id().toString())
                .put("instance", move.instance().toString())
                .put("name", move.name())
                .put("from", move.origin().value())
                .put("host", move.at().value())
                .put("wanted", only == null ? null : only.value())
                .put("followed", move.followed())
                .put("failback", move.failback())
                .put("by", move.by())
                .put("state", move.stage().word())
                .put("open", !move.settled())
                .put("openedAt", move.openedAt().toString())
                .put("timeline", timeline);
    }
}
