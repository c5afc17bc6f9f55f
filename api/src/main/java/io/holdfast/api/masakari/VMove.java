package io.holdfast.api.masakari;

import io.holdfast.recovery.CaseView;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One instance of a notification's case, as Masakari shows it from 1.3 on. */
record VMove(
        long id,
        UUID uuid,
        UUID notification,
        CaseView.InstanceLine line,
        String from,
        Status status,
        Instant startedAt,
        @Nullable Instant endedAt) {

    static final Listing<VMove> LISTING = new Listing<>(
            move -> move.uuid().toString(),
            VMove::id,
            Map.of(
                    "id", VMove::id,
                    "uuid", move -> move.uuid().toString(),
                    "instance_name", move -> move.line().name(),
                    "status", move -> move.status().word(),
                    "start_time", VMove::startedAt,
                    "end_time", VMove::endedAt,
                    "created_at", VMove::startedAt));

    enum Status {
        PENDING,
        ONGOING,
        SUCCEEDED,
        FAILED,
        IGNORED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        boolean isOver() {
            return this != PENDING && this != ONGOING;
        }
    }

    /** From the states of {@code recovery.core.MoveState}. */
    static Status status(String state) {
        return switch (state) {
            case "AWAITING_SAY", "WAITING", "PLACED", "RETRYING" -> Status.PENDING;
            case "CLAIMED", "STARTING", "SILENT", "WITHDRAWING", "NEEDS_OPERATOR" -> Status.ONGOING;
            case "RUNNING", "LEFT_STOPPED" -> Status.SUCCEEDED;
            case "ABANDONED" -> Status.FAILED;
            case "NOTIFIED", "LEFT", "GONE", "SUPERSEDED", "HOME_RETURNED" -> Status.IGNORED;
            case String other -> throw new IllegalStateException("no instance of a case is " + other);
        };
    }

    JsonObject view() {
        return new JsonObject()
                .put("id", id)
                .put("uuid", uuid.toString())
                .put("notification_uuid", notification.toString())
                .put("instance_uuid", line.instance().toString())
                .put("instance_name", line.name())
                .put("source_host", from)
                .put(
                        "dest_host",
                        line.destination() == null ? null : line.destination().value())
                .put("type", "evacuation")
                .put("status", status.word())
                .put("start_time", Texts.time(startedAt))
                .put("end_time", Texts.time(endedAt))
                .put("message", line.reason())
                .put("created_at", Texts.time(startedAt))
                .put("updated_at", Texts.time(endedAt))
                .put("deleted", false)
                .put("deleted_at", null);
    }
}
