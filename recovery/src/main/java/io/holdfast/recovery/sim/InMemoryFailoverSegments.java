package io.holdfast.recovery.sim;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.model.HostId;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.RecoveryMethod;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Failover segments that live as long as this object. Any thread may call it. */
public final class InMemoryFailoverSegments implements FailoverSegments {

    private final InstantSource clock;
    private final Map<UUID, FailoverSegment> segments = new LinkedHashMap<>();
    private final Map<HostId, FailoverHost> hosts = new TreeMap<>();
    private long last;

    /** @param own the name of the controllers' segment */
    public InMemoryFailoverSegments(String own, InstantSource clock) {
        this.clock = clock;
        UUID uuid = FailoverSegments.own(own);
        segments.put(
                uuid,
                new FailoverSegment(
                        uuid, 0, own, null, RecoveryMethod.AUTO, "COMPUTE", true, true, Instant.EPOCH, null));
    }

    @Override
    public synchronized List<FailoverSegment> list() {
        return List.copyOf(segments.values());
    }

    @Override
    public synchronized FailoverSegment create(
            String name, @Nullable String description, RecoveryMethod method, String serviceType, boolean enabled) {
        requireFree(name, null);
        if (segments.size() >= SEGMENTS_MAX) {
            throw new ComputeException(Kind.LIMIT, "There are " + SEGMENTS_MAX + " failover segments already.");
        }
        FailoverSegment made = new FailoverSegment(
                UUID.randomUUID(),
                ++last,
                name,
                description,
                method,
                serviceType,
                enabled,
                false,
                clock.instant(),
                null);
        segments.put(made.uuid(), made);
        return made;
    }

    @Override
    public synchronized FailoverSegment update(FailoverSegment next) {
        FailoverSegment before = segments.get(next.uuid());
        if (before == null) {
            throw notFound(next.uuid());
        }
        requireFree(next.name(), next.uuid());
        FailoverSegment changed = new FailoverSegment(
                before.uuid(),
                before.id() == 0 ? ++last : before.id(),
                next.name(),
                next.description(),
                next.method(),
                next.serviceType(),
                next.enabled(),
                before.own(),
                before.createdAt(),
                clock.instant());
        segments.put(changed.uuid(), changed);
        return changed;
    }

    @Override
    public synchronized void delete(UUID uuid) {
        FailoverSegment before = segments.get(uuid);
        if (before == null || before.own()) {
            throw notFound(uuid);
        }
        segments.remove(uuid);
        hosts.values().removeIf(host -> host.segment().equals(uuid));
    }

    @Override
    public synchronized List<FailoverHost> hosts() {
        return new ArrayList<>(hosts.values());
    }

    @Override
    public synchronized FailoverHost put(
            HostId host, UUID segment, String type, String controlAttributes, boolean reserved) {
        FailoverHost before = hosts.get(host);
        FailoverHost next = new FailoverHost(
                host,
                segment,
                type,
                controlAttributes,
                reserved,
                before == null ? List.of() : before.usedFor(),
                before == null ? clock.instant() : before.createdAt(),
                before == null ? null : clock.instant());
        hosts.put(host, next);
        return next;
    }

    @Override
    public synchronized void remove(HostId host) {
        hosts.remove(host);
    }

    @Override
    public synchronized void use(HostId reserve, Collection<FailoverHost.Failure> failures) {
        hosts.computeIfPresent(reserve, (id, before) -> {
            List<FailoverHost.Failure> all = new ArrayList<>(before.usedFor());
            all.addAll(failures);
            return new FailoverHost(
                    id,
                    before.segment(),
                    before.type(),
                    before.controlAttributes(),
                    false,
                    all,
                    before.createdAt(),
                    clock.instant());
        });
    }

    private void requireFree(String name, @Nullable UUID but) {
        if (segments.values().stream()
                .anyMatch(one -> one.name().equals(name) && !one.uuid().equals(but))) {
            throw new ComputeException(Kind.CONFLICT, "Failover segment with name " + name + " already exists.");
        }
    }

    private static ComputeException notFound(UUID uuid) {
        return new ComputeException(Kind.NOT_FOUND, "No failover segment with id " + uuid + ".");
    }
}
