package io.holdfast.compute.store;

import io.holdfast.compute.core.ConfigDriveContent;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/** Tables {@code instance_key} and {@code instance_user_data}: what an owner gives a guest to read beside its metadata. */
final class GuestReading {

    private GuestReading() {}

    /** Keeps the public key of the pair that the instance names now, in place of the one that is kept. */
    static void changeKey(Session session, InstanceRow row) {
        Jdbc.update(session, "delete from instance_key where instance_id = ?", row.id);
        keepKey(session, row);
    }

    /** Keeps the public key of the pair that a new instance names; of none that it names, none. */
    static void keepKey(Session session, InstanceRow row) {
        if (row.keyName != null) {
            Jdbc.update(
                    session,
                    "insert into instance_key (instance_id, name, type, public_key)"
                            + " select ?, name, type, public_key from key_pair where user_name = ? and name = ?",
                    row.id,
                    row.userName,
                    row.keyName);
        }
    }

    static Optional<ConfigDriveContent.Key> key(Session session, InstanceRow row) {
        return Jdbc.first(
                session,
                one -> new ConfigDriveContent.Key(
                        one.getString("name"), one.getString("type"), one.getString("public_key")),
                "select name, type, public_key from instance_key where instance_id = ?",
                row.id);
    }

    /** @param data in base 64; null leaves what is kept, and an empty one takes it away */
    static void keepUserData(Session session, InstanceRow row, @Nullable String data) {
        if (data == null) {
            return;
        }
        Jdbc.update(session, "delete from instance_user_data where instance_id = ?", row.id);
        if (!data.isEmpty()) {
            Jdbc.update(session, "insert into instance_user_data (instance_id, data) values (?, ?)", row.id, data);
        }
    }

    /** The config drive is written before its guest starts again. */
    static void driveIsDue(Session session, InstanceRow row) {
        Jdbc.update(session, "update instance set config_drive_disk = null where id = ?", row.id);
    }

    /** Counts only while the instance has that disk. */
    static void driveIsWritten(Session session, UUID instance, int disk) {
        Jdbc.update(
                session,
                "update instance set config_drive_disk = disk_number"
                        + " where id = ? and disk_number = ? and deleted_at is null",
                instance,
                disk);
    }

    static Optional<String> userData(Session session, InstanceRow row) {
        return Jdbc.first(
                session,
                one -> one.getString("data"),
                "select data from instance_user_data where instance_id = ?",
                row.id);
    }
}
