package io.holdfast.api.masakari;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A book that lives as long as this object. Any thread may call it. */
public final class FakeNotificationBook implements NotificationBook {

    private final InstantSource clock;
    private final Map<UUID, Notification> kept = new LinkedHashMap<>();
    private long last;

    public FakeNotificationBook(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Notification add(
            Notification.Type type,
            HostId host,
            UUID hostUuid,
            LocalDateTime generatedAt,
            String payload,
            String saidBy,
            Trust trust,
            Notification.Status status,
            String reason,
            @Nullable CaseId caseId) {
        Notification added = new Notification(
                ++last,
                UUID.randomUUID(),
                type,
                host,
                hostUuid,
                generatedAt,
                payload,
                saidBy,
                trust,
                status,
                reason,
                caseId,
                clock.instant(),
                null);
        kept.put(added.uuid(), added);
        kept.values().removeIf(one -> one.id() <= last - KEPT);
        return added;
    }

    @Override
    public synchronized void update(Notification next) {
        kept.computeIfPresent(
                next.uuid(),
                (id, one) -> new Notification(
                        one.id(),
                        one.uuid(),
                        one.type(),
                        one.host(),
                        one.hostUuid(),
                        one.generatedAt(),
                        one.payload(),
                        one.saidBy(),
                        one.trust(),
                        next.status(),
                        next.reason(),
                        next.caseId(),
                        one.createdAt(),
                        clock.instant()));
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
        return kept.values().stream()
                .filter(one -> one.host().equals(host) && one.createdAt().isAfter(after))
                .toList()
                .reversed()
                .stream()
                .limit(100)
                .toList();
    }
}
