package io.holdfast.api.ha;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.core.PlannedMove;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** Planned moves: who is, or was, moved off a living host, how far it got, and why it did not move. */
public final class Moves {

    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Recovery recovery;

    public Moves(Recovery recovery) {
        this.recovery = recovery;
    }

    public Map<String, Operation> operations() {
        return Map.of("listMoves", this::list);
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
                .put("failback", move.failback())
                .put("by", move.by())
                .put("state", move.stage().word())
                .put("open", !move.settled())
                .put("openedAt", move.openedAt().toString())
                .put("timeline", timeline);
    }
}
