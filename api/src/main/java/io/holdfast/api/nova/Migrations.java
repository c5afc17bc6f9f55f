package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedStage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What moves instances, in Nova's form: each instance of a recovery case that is or was moved is an evacuation, each planned move
 * a (cold) migration. Both are read from the journals of recovery; nothing is kept twice. A live migration there is none.
 *
 * <p>The status, by Nova's words:
 *
 * <pre>
 * WAITING, PLACED                                     accepted
 * CLAIMED, STARTING, SILENT, WITHDRAWING, RETRYING    pre-migrating
 * RUNNING, LEFT_STOPPED                               done
 * NEEDS_OPERATOR, ABANDONED                           error
 * </pre>
 *
 * An instance that its case left alone (its policy is to notify, its home came back, its owner deleted it) was not migrated.
 */
final class Migrations {

    private static final int WITH_TYPE = 23;
    private static final int PAGED = 59;
    private static final int CHANGES_BEFORE = 66;
    private static final int WITH_OWNER = 80;

    /** As many cases, and as many moves, as are looked at. */
    private static final int LOOKED_AT = 1000;

    private final Recovery recovery;
    private final Instances instances;

    Migrations(Recovery recovery, Instances instances) {
        this.recovery = recovery;
        this.instances = instances;
    }

    Map<String, Operation> operations() {
        return Map.of("listMigrations", this::list);
    }

    private record Migration(
            UUID uuid,
            InstanceId instance,
            String type,
            String status,
            HostId source,
            @Nullable HostId destination,
            Instant createdAt,
            @Nullable Instant updatedAt) {}

    private Reply list(Call call) {
        Instant since = call.version().atLeast(PAGED) ? ServerListing.time(call, "changes-since") : null;
        Instant before = call.version().atLeast(CHANGES_BEFORE) ? ServerListing.time(call, "changes-before") : null;
        String project = call.version().atLeast(WITH_OWNER) ? call.query("project_id") : null;
        String user = call.version().atLeast(WITH_OWNER) ? call.query("user_id") : null;
        List<Migration> found = Stream.concat(evacuations(), moves())
                .filter(one -> matches(call, one))
                .filter(one -> since == null || !changed(one).isBefore(since))
                .filter(one -> before == null || !changed(one).isAfter(before))
                .filter(one -> (project == null && user == null)
                        || instances
                                .find(one.instance)
                                .filter(there -> project == null
                                        || there.project().value().equals(project))
                                .filter(there -> user == null || there.user().equals(user))
                                .isPresent())
                .sorted(Comparator.comparing(Migration::createdAt)
                        .thenComparing(Migration::uuid)
                        .reversed())
                .toList();
        JsonArray shown = new JsonArray();
        if (!call.version().atLeast(PAGED)) {
            found.forEach(one -> shown.add(view(call, one)));
            return Reply.ok(new JsonObject().put("migrations", shown));
        }
        Links.Page<Migration> page = Links.page(call, found, one -> one.uuid.toString());
        page.items().forEach(one -> shown.add(view(call, one)));
        return Reply.ok(page.withNext(
                new JsonObject().put("migrations", shown), call, "/v2.1/os-migrations", "migrations_links"));
    }

    private static boolean matches(Call call, Migration one) {
        String host = call.query("host");
        return is(call.query("status"), one.status)
                && is(call.query("migration_type"), one.type)
                && is(call.query("source_compute"), one.source.value())
                && is(call.query("instance_uuid"), one.instance.toString())
                && (host == null
                        || host.equals(one.source.value())
                        || (one.destination != null && host.equals(one.destination.value())));
    }

    private static boolean is(@Nullable String wanted, String value) {
        return wanted == null || wanted.equals(value);
    }

    private static Instant changed(Migration one) {
        return one.updatedAt == null ? one.createdAt : one.updatedAt;
    }

    private Stream<Migration> evacuations() {
        List<Migration> all = new ArrayList<>();
        for (CaseView one : recovery.cases(null, null, LOOKED_AT)) {
            for (CaseView.InstanceLine line : one.instances()) {
                evacuation(line.state())
                        .ifPresent(status -> all.add(new Migration(
                                // The same for ever, and of no other: a case has an instance once.
                                UUID.nameUUIDFromBytes(
                                        (one.id() + "/" + line.instance()).getBytes(StandardCharsets.UTF_8)),
                                line.instance(),
                                "evacuation",
                                status,
                                one.host(),
                                line.destination(),
                                one.openedAt(),
                                one.closedAt())));
            }
        }
        return all.stream();
    }

    private static Optional<String> evacuation(String state) {
        return switch (state) {
            case "WAITING", "PLACED" -> Optional.of("accepted");
            case "CLAIMED", "STARTING", "SILENT", "WITHDRAWING", "RETRYING" -> Optional.of("pre-migrating");
            case "RUNNING", "LEFT_STOPPED" -> Optional.of("done");
            case "NEEDS_OPERATOR", "ABANDONED" -> Optional.of("error");
            default -> Optional.empty();
        };
    }

    private Stream<Migration> moves() {
        return recovery.moves(null, LOOKED_AT).stream()
                .map(move -> new Migration(
                        move.id(),
                        move.instance(),
                        "migration",
                        switch (move.stage()) {
                            case PlannedStage.Planning s -> "accepted";
                            case PlannedStage.Leaving s -> "pre-migrating";
                            case PlannedStage.TakingBack s -> "pre-migrating";
                            case PlannedStage.Starting s -> "migrating";
                            case PlannedStage.NeedsOperator s -> "error";
                            case PlannedStage.Moved s -> "confirmed";
                            case PlannedStage.Stayed s -> "error";
                            case PlannedStage.Gone s -> "cancelled";
                            case PlannedStage.Superseded s -> "cancelled";
                        },
                        move.origin(),
                        destination(move),
                        move.openedAt(),
                        move.lines().isEmpty() ? null : move.lines().getLast().at()));
    }

    private static @Nullable HostId destination(PlannedMove move) {
        return switch (move.stage()) {
            case PlannedStage.Leaving leaving -> leaving.to();
            case PlannedStage.Planning s -> move.only();
            default -> move.at().equals(move.origin()) ? move.only() : move.at();
        };
    }

    private JsonObject view(Call call, Migration one) {
        String destination = one.destination == null ? null : one.destination.value();
        Instance instance = instances.find(one.instance).orElse(null);
        JsonObject view = new JsonObject()
                .put("id", Math.floorMod(one.uuid.getLeastSignificantBits(), Integer.MAX_VALUE))
                .put("instance_uuid", one.instance.toString())
                .put("status", one.status)
                .put("source_compute", one.source.value())
                .put("source_node", one.source.value())
                .put("dest_compute", destination)
                .put("dest_node", destination)
                .put("dest_host", null)
                .put("old_instance_type_id", 0)
                .put("new_instance_type_id", 0)
                .put("created_at", ServerView.moment(one.createdAt))
                .put("updated_at", ServerView.moment(one.updatedAt));
        if (call.version().atLeast(WITH_TYPE)) {
            view.put("migration_type", one.type);
        }
        if (call.version().atLeast(PAGED)) {
            view.put("uuid", one.uuid.toString());
        }
        if (call.version().atLeast(WITH_OWNER)) {
            view.put("user_id", instance == null ? null : instance.user())
                    .put(
                            "project_id",
                            instance == null ? null : instance.project().value());
        }
        return view;
    }

    /** Those of one server that are under way and live: there are none, whoever asks. */
    static Reply noneLive(Call call) {
        call.version().requireBetween(WITH_TYPE, Integer.MAX_VALUE);
        return Reply.ok(new JsonObject().put("migrations", new JsonArray()));
    }

    static ApiFault noSuch(Call call, int since) {
        call.version().requireBetween(since, Integer.MAX_VALUE);
        return ApiFault.notFound("Migration " + call.path("migration_id") + " for server " + call.path("server_id")
                + " is not live-migration.");
    }
}
