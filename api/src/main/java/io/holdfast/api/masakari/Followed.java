package io.holdfast.api.masakari;

import io.holdfast.model.CaseId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How far a notification is: as far as its case. What is over is written down once and not asked again.
 *
 * <pre>
 * the case                    the notification
 * HELD, and all under way     running
 * NEEDS_OPERATOR              error
 * RECOVERED                   finished
 * PARDONED                    ignored: the host came back before anything was done to it
 * ABANDONED                   failed
 * none within a minute        ignored
 * </pre>
 */
final class Followed {

    /** After this time no case comes of a word any more. */
    private static final Duration CASE_COMES_WITHIN = Duration.ofMinutes(1);

    private final NotificationBook book;
    private final Recovery recovery;
    private final InstantSource clock;

    Followed(NotificationBook book, Recovery recovery, InstantSource clock) {
        this.book = book;
        this.recovery = recovery;
        this.clock = clock;
    }

    Notification asItIs(Notification kept) {
        if (kept.status().isOver()) {
            return kept;
        }
        Notification now = of(kept, caseOf(kept));
        if (now.status() != kept.status() || (kept.caseId() == null && now.caseId() != null)) {
            book.update(now);
        }
        return now;
    }

    private Notification of(Notification kept, Optional<CaseView> found) {
        if (found.isEmpty()) {
            boolean late = clock.instant().isAfter(kept.createdAt().plus(CASE_COMES_WITHIN));
            return late
                    ? kept.as(
                            Notification.Status.IGNORED,
                            kept.reason().isEmpty() ? "no case was opened" : kept.reason(),
                            kept.caseId(),
                            clock.instant())
                    : kept;
        }
        CaseView of = found.get();
        return kept.as(status(of.state()), of.reason(), of.id(), clock.instant());
    }

    private Optional<CaseView> caseOf(Notification kept) {
        CaseId known = kept.caseId();
        return known != null
                ? recovery.find(known)
                : recovery.cases(kept.host(), null, 1).stream()
                        .filter(one -> !one.openedAt().isBefore(kept.createdAt()))
                        .findFirst();
    }

    static Notification.Status status(String state) {
        return switch (state) {
            case "RECOVERED" -> Notification.Status.FINISHED;
            case "PARDONED" -> Notification.Status.IGNORED;
            case "ABANDONED" -> Notification.Status.FAILED;
            case "NEEDS_OPERATOR" -> Notification.Status.ERROR;
            default -> Notification.Status.RUNNING;
        };
    }

    /** What was done for it, as Masakari's tasks: one of words alone says why nothing was. */
    JsonArray workflow(Notification of) {
        Optional<CaseView> found = of.caseId() == null ? Optional.empty() : recovery.find(of.caseId());
        if (found.isEmpty()) {
            return new JsonArray().add(task("Holdfast", of.status(), List.of(line(of.createdAt(), of.reason(), 1.0))));
        }
        Map<String, List<JsonObject>> lines = new LinkedHashMap<>();
        for (CaseView.Entry entry : found.get().timeline()) {
            lines.computeIfAbsent(task(entry), name -> new ArrayList<>())
                    .add(line(entry.at(), entry.subject() + ": " + entry.kind() + " " + entry.text(), 1.0));
        }
        JsonArray tasks = new JsonArray();
        List<String> names = List.copyOf(lines.keySet());
        lines.forEach((name, done) -> tasks.add(task(
                name,
                // What came after it could only begin when it had ended.
                name.equals(names.getLast()) ? of.status() : Notification.Status.FINISHED,
                done)));
        return tasks;
    }

    private static String task(CaseView.Entry entry) {
        if (entry.subject().startsWith("instance/")) {
            return "EvacuateInstances";
        }
        return entry.kind().startsWith("fence") || entry.kind().startsWith("power") ? "FenceHost" : "CondemnHost";
    }

    private static JsonObject task(String name, Notification.Status status, List<JsonObject> lines) {
        return new JsonObject()
                .put("name", name)
                .put(
                        "state",
                        switch (status) {
                            case FINISHED, IGNORED -> "SUCCESS";
                            case FAILED, ERROR -> "FAILURE";
                            case NEW, RUNNING -> "RUNNING";
                        })
                .put("progress", status.isOver() ? 1.0 : 0.5)
                .put("progress_details", new JsonArray(lines));
    }

    private static JsonObject line(Instant at, String message, double progress) {
        return new JsonObject()
                .put("timestamp", Texts.time(at))
                .put("progress", progress)
                .put("message", message);
    }

    /** The moves of a notification's case, in the order of the case. */
    List<VMove> moves(Notification of) {
        Optional<CaseView> found = of.caseId() == null ? Optional.empty() : recovery.find(of.caseId());
        if (found.isEmpty()) {
            return List.of();
        }
        CaseView view = found.get();
        List<VMove> moves = new ArrayList<>();
        for (CaseView.InstanceLine line : view.instances()) {
            String subject = "instance/" + line.instance();
            List<CaseView.Entry> own = view.timeline().stream()
                    .filter(entry -> entry.subject().equals(subject))
                    .toList();
            VMove.Status status = VMove.status(line.state());
            moves.add(new VMove(
                    moves.size() + 1,
                    UUID.nameUUIDFromBytes((view.id() + " " + line.instance()).getBytes(StandardCharsets.UTF_8)),
                    of.uuid(),
                    line,
                    view.host().value(),
                    status,
                    own.isEmpty() ? view.openedAt() : own.getFirst().at(),
                    status.isOver() ? last(own, view) : null));
        }
        return moves;
    }

    private static @Nullable Instant last(List<CaseView.Entry> own, CaseView of) {
        return own.isEmpty() ? of.closedAt() : own.getLast().at();
    }
}
