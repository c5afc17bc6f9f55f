package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import io.holdfast.recovery.FailoverHost;
import io.holdfast.recovery.FailoverSegment;
import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.RecoveryMethod;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Failover segments as one controller's process reaches them. */
final class FailoverClient implements FailoverSegments {

    private final DatabaseClient database;
    private final FailoverSegments real;

    FailoverClient(DatabaseClient database, FailoverSegments real) {
        this.database = database;
        this.real = real;
    }

    @Override
    public List<FailoverSegment> list() {
        List<FailoverSegment> known = real.list();
        // A world that keeps no reserve is as it was before there were any, call by call.
        return known.stream().allMatch(segment -> segment.method() == RecoveryMethod.AUTO)
                ? known
                : database.read(real::list);
    }

    @Override
    public FailoverSegment create(
            String name, @Nullable String description, RecoveryMethod method, String serviceType, boolean enabled) {
        return database.write(() -> real.create(name, description, method, serviceType, enabled));
    }

    @Override
    public FailoverSegment update(FailoverSegment next) {
        return database.write(() -> real.update(next));
    }

    @Override
    public void delete(UUID uuid) {
        database.write(() -> {
            real.delete(uuid);
            return true;
        });
    }

    @Override
    public List<FailoverHost> hosts() {
        return database.read(real::hosts);
    }

    @Override
    public FailoverHost put(HostId host, UUID segment, String type, String controlAttributes, boolean reserved) {
        return database.write(() -> real.put(host, segment, type, controlAttributes, reserved));
    }

    @Override
    public void remove(HostId host) {
        database.write(() -> {
            real.remove(host);
            return true;
        });
    }

    @Override
    public void use(HostId reserve, Collection<FailoverHost.Failure> failures) {
        database.write(() -> {
            real.use(reserve, failures);
            return true;
        });
    }
}
