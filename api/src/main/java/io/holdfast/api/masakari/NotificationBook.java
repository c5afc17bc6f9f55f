package io.holdfast.api.masakari;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.model.CaseId;
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

    Notification add(
            Notification.Type type,
            HostId host,
            UUID hostUuid,
            LocalDateTime generatedAt,
            String payload,
            String saidBy,
            Trust trust,
            Notification.Status status,
            String reason,
            @Nullable CaseId caseId);

    /** What became of it; does nothing when it is not kept any more. */
    void update(Notification next);

    Optional<Notification> find(UUID uuid);

    /** All of them, or those about one host, or of one type, or generated at that moment or later; newest first. */
    List<Notification> list(
            @Nullable UUID hostUuid, Notification.@Nullable Type type, @Nullable LocalDateTime generatedSince);

    /** Those about one host that arrived after this moment, newest first, at most 100. */
    List<Notification> recent(HostId host, Instant after);
}
