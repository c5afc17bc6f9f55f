package io.holdfast.api.masakari;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A book that lives as long as this object. Any thread may call it. */
public final class FakeNotificationBook implements NotificationBook {

    private final Map<UUID, Notification> kept = new LinkedHashMap<>();
    private long last;

    @Override
    public synchronized Notification add(Notification next) {
        Notification added = next.numbered(++last);
        kept.put(added.uuid(), added);
        kept.values().removeIf(one -> one.id() <= last - KEPT);
        return added;
    }

    @Override
    public synchronized void update(Notification next) {
        kept.computeIfPresent(
                next.uuid(), (id, one) -> one.as(next.status(), next.reason(), next.caseId(), next.updatedAt()));
    }

    @Override
    public synchronized Optional<Notification> find(UUID uuid) {
        return Optional.ofNullable(kept.get(uuid));
    }

    @Override
    public synchronized List<Notification> list(
            @Nullable UUID hostUuid, Notification.@Nullable Type type, @Nullable LocalDateTime generatedSince) {
        return kept.values().stream()
                .filter(one -> hostUuid == null || one.hostUuid().equals(hostUuid))
                .filter(one -> type == null || one.type() == type)
                .filter(one -> generatedSince == null || !one.generatedAt().isBefore(generatedSince))
                .toList()
                .reversed();
    }

    @Override
    public synchronized List<Notification> recent(HostId host, Instant after) {
        return list(null, null, null).stream()
                .filter(one -> one.host().equals(host) && one.createdAt().isAfter(after))
                .limit(100)
                .toList();
    }
}
