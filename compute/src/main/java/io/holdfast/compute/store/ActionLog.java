package io.holdfast.compute.store;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Withdrawals;
import io.holdfast.model.Asked;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Table {@code instance_action}: written from what becomes of an instance's task, in the transaction that changes it, so that
 * whoever changes a task need not know of it.
 */
final class ActionLog {

    private static final Jdbc.Reader<InstanceAction> READER = row -> {
        String host = row.getString("host");
        return new InstanceAction(
                row.getLong("id"),
                InstanceId.of(row.getObject("instance_id", UUID.class)),
                row.getString("request_id"),
                row.getString("action"),
                row.getString("user_name"),
                ProjectId.of(row.getString("project")),
                host == null ? null : HostId.of(host),
                Jdbc.instant(row, "started_at"),
                Jdbc.maybeInstant(row, "finished_at"),
                row.getBoolean("failed"),
                row.getString("message"));
    };

    private static final String INSERT =
            "insert into instance_action (instance_id, request_id, action, user_name, project, host, started_at,"
                    + " finished_at) values (?, ?, ?, ?, ?, ?, ?, ?)";

    private static final String END = "update instance_action set finished_at = ?, failed = ?, message = ?"
            + " where instance_id = ? and finished_at is null";

    /** Of each of these the oldest go when there are more than are kept. */
    private static final String TRIM =
            "delete from instance_action a using unnest(?) i(id) where a.instance_id = i.id and a.id"
                    + " <= (select o.id from instance_action o where o.instance_id = i.id order by o.id desc offset ? limit 1)";

    private ActionLog() {}

    static List<InstanceAction> of(Session session, InstanceId instance) {
        return Jdbc.list(
                session,
                READER,
                "select * from instance_action where instance_id = ? order by id desc",
                instance.value());
    }

    /** One that begins and does not end here. */
    static void began(Session session, InstanceRow row, String action, Instant now) {
        write(session, row, action, now, null);
    }

    /** The first action of those that are being made. */
    static void created(Session session, List<InstanceRow> rows, Map<UUID, Asked> asked) {
        Jdbc.updateAll(
                session,
                INSERT,
                rows.stream()
                        .map(row -> values(row, "create", row.createdAt, null, asked.get(row.id)))
                        .toList());
    }

    /** One that is over at once. */
    static void done(Session session, InstanceRow row, String action, Instant now) {
        write(session, row, action, now, now);
    }

    /** Whatever is under way has come to nothing. */
    static void failed(Session session, InstanceRow row, String reason) {
        end(session, row, reason);
    }

    private static void end(Session session, InstanceRow row, @Nullable String fault) {
        Jdbc.update(session, END, ended(row, fault));
    }

    private static @Nullable Object[] ended(InstanceRow row, @Nullable String fault) {
        return new @Nullable Object[] {row.updatedAt, fault != null, fault, row.id};
    }

    /** {@link #follow} for several rows, which are written already. */
    static void followAll(Session session, List<Rows.Altered> altered) {
        List<@Nullable Object[]> ended = new ArrayList<>();
        List<@Nullable Object[]> begun = new ArrayList<>();
        List<UUID> trimmed = new ArrayList<>();
        for (Rows.Altered one : altered) {
            InstanceRow row = one.row();
            String begins = begins(one.before(), row);
            if (ends(one.before(), row)) {
                ended.add(ended(row, row.fault));
            } else if (begins != null) {
                begun.add(values(row, begins, row.updatedAt, null, Asked.now().orElse(null)));
                trimmed.add(row.id);
            } else {
                follow(session, one.before(), row);
            }
        }
        Jdbc.updateAll(session, END, ended);
        Jdbc.updateAll(session, INSERT, begun);
        trim(session, trimmed);
    }

    /** The action that begins with this change, or null. */
    private static @Nullable String begins(@Nullable Instance before, InstanceRow row) {
        String action = row.task == null || row.deletedAt != null ? null : action(row.task);
        return Objects.equals(action, action(before == null ? null : before.task())) ? null : action;
    }

    /** Whether whatever was under way is over, and no action begins or ends beside it. */
    private static boolean ends(@Nullable Instance before, InstanceRow row) {
        return (row.task == null || row.deletedAt != null) && (before == null || before.task() != null);
    }

    /** What the change of a task means: an action begins with it, and whatever is under way ends when there is none. */
    static void follow(Session session, @Nullable Instance before, InstanceRow row) {
        if (row.task != null && row.deletedAt == null) {
            String begins = begins(before, row);
            if (begins != null) {
                began(session, row, begins, row.updatedAt);
            }
            return;
        }
        if (before == null || before.task() != null) {
            end(session, row, row.fault);
        } else if (row.deletedAt != null) {
            done(session, row, "delete", row.updatedAt);
        } else if (before.home() != null
                && row.host != null
                && !row.host.equals(before.home().value())) {
            // One that shall be stopped has only its home moved, and nothing to wait for.
            done(session, row, "evacuate", row.updatedAt);
        }
    }

    private static @Nullable String action(@Nullable String task) {
        return switch (task) {
            case null -> null;
            case Instances.POWERING_ON -> "start";
            case "powering-off" -> "stop";
            case Instances.REBOOTING, Instances.REBOOTING_HARD -> "reboot";
            case "pausing" -> "pause";
            case "unpausing" -> "unpause";
            case "suspending" -> "suspend";
            case "resuming" -> "resume";
            case Instances.REBUILDING -> "rebuild";
            case "deleting" -> "delete";
            case "evacuating" -> "evacuate";
            case Withdrawals.MIGRATING -> "migrate";
            default -> null;
        };
    }

    private static void write(
            Session session, InstanceRow row, String action, Instant now, @Nullable Instant finished) {
        Jdbc.update(
                session, INSERT, values(row, action, now, finished, Asked.now().orElse(null)));
        trim(session, List.of(row.id));
    }

    private static void trim(Session session, List<UUID> instances) {
        if (!instances.isEmpty()) {
            Jdbc.update(session, TRIM, instances.toArray(UUID[]::new), InstanceAction.KEPT);
        }
    }

    private static @Nullable Object[] values(
            InstanceRow row, String action, Instant now, @Nullable Instant finished, @Nullable Asked asked) {
        return new @Nullable Object[] {
            row.id,
            asked == null ? "req-" + UUID.randomUUID() : asked.id(),
            action,
            asked == null ? null : asked.user(),
            asked == null ? row.project : asked.project().value(),
            row.host,
            now,
            finished
        };
    }
}
