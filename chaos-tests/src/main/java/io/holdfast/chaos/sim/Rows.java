package io.holdfast.chaos.sim;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.ReportRule;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The rows of the simulated database. */
final class Rows {

    static final FlavorId FLAVOR = FlavorId.of("simulated");
    static final ImageId IMAGE = ImageId.of(new UUID(0, 1));

    private Rows() {}

    /** A host. */
    static final class HostRow {
        final HostId id;
        final UUID uuid;
        HostState state = HostState.JOINING;
        long epoch;
        long incarnation;
        long adoptions;

        @Nullable
        String bootId;

        boolean enabled = true;
        boolean forcedDown;

        @Nullable
        String maintenance;

        @Nullable
        String quarantine;

        @Nullable
        Instant quarantinedAt;

        FailureDomains domains = FailureDomains.NONE;
        Resources capacity = Resources.NOTHING;
        final Map<InstanceId, InstanceRow> instances = new LinkedHashMap<>();
        int vcpus;
        int memoryMib;
        int diskGib;

        HostRow(HostId id, UUID uuid) {
            this.id = id;
            this.uuid = uuid;
        }

        void take(InstanceRow instance) {
            instances.put(instance.id, instance);
            vcpus += instance.resources.vcpus();
            memoryMib += instance.resources.memoryMib();
            diskGib += instance.resources.diskGib();
        }

        void free(InstanceRow instance) {
            if (instances.remove(instance.id) != null) {
                vcpus -= instance.resources.vcpus();
                memoryMib -= instance.resources.memoryMib();
                diskGib -= instance.resources.diskGib();
            }
        }

        ComputeHost toHost(Instant now) {
            return new ComputeHost(
                    id,
                    uuid,
                    World.SEGMENT,
                    World.ZONE,
                    state,
                    HostEpoch.of(epoch),
                    Incarnation.of(incarnation),
                    bootId,
                    enabled,
                    enabled ? null : "by the operator",
                    forcedDown,
                    bootId == null ? null : "192.0.2.1",
                    7000,
                    capacity,
                    new Resources(vcpus, memoryMib, diskGib),
                    instances.size(),
                    Timeline.START,
                    now,
                    now,
                    domains,
                    maintenance,
                    quarantine,
                    quarantinedAt);
        }
    }

    /** An instance. */
    static final class InstanceRow {
        final InstanceId id;
        final String name;
        final ProjectId project;
        final Resources resources;
        final RecoveryPolicy policy;
        final Instant createdAt;
        InstanceGoal goal = InstanceGoal.RUNNING;
        ActualState actual = ActualState.BUILDING;

        boolean cameUp;

        @Nullable
        String task = "scheduling";

        @Nullable
        String fault;

        @Nullable
        HostRow home;
        /** The one host it was asked for when it was created, or null. */
        final @Nullable HostId only;

        final Map<String, String> metadata;
        final Groups.@Nullable Row group;
        final Set<InstanceId> sameHost;
        final boolean sameProject;
        final Set<InstanceId> differentHost;
        final Map<String, String> specs;
        long generation;
        long epoch;
        boolean deleted;
        /** What the owner's words say, once somebody has asked; they never change here. */
        private @Nullable RecoveryTerms terms;

        /** When it last lost a home without getting another one. */
        Instant withdrawnAt = Timeline.START;

        /** Whether a human was told since then that no host has room for it. */
        private boolean calledForRoom;

        InstanceRow(InstanceId id, NewInstance wanted, Groups.@Nullable Row group, Instant createdAt) {
            this.id = id;
            this.name = wanted.name();
            this.project = wanted.project();
            this.resources = wanted.resources();
            this.policy = wanted.policy();
            this.only = wanted.only();
            this.metadata = wanted.metadata();
            this.group = group;
            this.sameHost = wanted.hints().sameHost();
            this.sameProject = wanted.hints().sameProject();
            this.differentHost = wanted.hints().differentHost();
            this.specs = wanted.specs();
            this.createdAt = createdAt;
        }

        RecoveryTerms terms() {
            RecoveryTerms known = terms;
            if (known == null) {
                known = TermsRule.read(metadata);
                terms = known;
            }
            return known;
        }

        /** It has no home any more, and nothing of it runs. */
        void withdraw(Instant now) {
            home = null;
            withdrawnAt = now;
            calledForRoom = false;
        }

        /** Withdrawn for a case that alone may take it, for a while. */
        boolean isWithdrawn() {
            return home == null && !deleted && Withdrawals.WITHDRAWN.equals(task);
        }

        /** True once for each withdrawal, and not before it is so long ago. */
        boolean callsForRoom(Instant now, Duration after) {
            boolean due = isWithdrawn()
                    && goal == InstanceGoal.RUNNING
                    && !calledForRoom
                    && !now.isBefore(withdrawnAt.plus(after));
            calledForRoom |= due;
            return due;
        }

        @Nullable
        HostId homeId() {
            return home == null ? null : home.id;
        }

        private boolean hasComeUp() {
            return cameUp && actual == ActualState.RUNNING;
        }

        ReportRule.Known known() {
            return new ReportRule.Known(homeId(), Generation.of(generation), goal, actual, hasComeUp(), task, fault);
        }

        /** It is over; nothing of it runs. */
        void end() {
            actual = ActualState.DELETED;
            deleted = true;
            if (home != null) {
                home.free(this);
            }
        }

        Instance toInstance(Instant now) {
            return new Instance(
                    id,
                    name,
                    project,
                    "owner",
                    FLAVOR,
                    resources,
                    IMAGE,
                    null,
                    goal,
                    actual,
                    hasComeUp(),
                    task,
                    fault,
                    homeId(),
                    Generation.of(generation),
                    HostEpoch.of(epoch),
                    policy,
                    "tag",
                    List.of(),
                    metadata,
                    createdAt,
                    now,
                    null);
        }
    }
}
