package io.holdfast.api.masakari;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where notifications are kept: the newest {@link #KEPT} of them. Any thread may call; each verb is one transaction. */
public interface NotificationBook {

    int KEPT = 10_000;

    /** Keeps it and gives it its number; whatever number it had is ignored. */
    Notification add(Notification next);

    /** Its status, reason, case and time of change; does nothing when it is not kept any more. */
    void update(Notification next);

    Optional<Notification> find(UUID uuid);

    /** All of them, or those about one host, or of one type, or generated at that moment or later; newest first. */
    List<Notification> list(
            @Nullable UUID hostUuid, Notification.@Nullable Type type, @Nullable LocalDateTime generatedSince);

    /** Those about one host that arrived after this moment, newest first, at most 100. */
    List<Notification> recent(HostId host, Instant after);
}
