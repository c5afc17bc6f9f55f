package io.holdfast.api;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Catalog;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.GuestState;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Image;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAction;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceListener;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Particulars;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.core.HoldRule;
import io.holdfast.compute.core.VmState;
import io.holdfast.fencing.FenceProof;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.Signal;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseView;
import io.holdfast.recovery.OrderBook;
import io.holdfast.recovery.Recovery;
import io.holdfast.recovery.SayView;
import io.holdfast.recovery.WhatIf;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.Guard;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A small cloud in memory: what is asked of it becomes true at once. */
final class FakeCloud implements Instances, Catalog, Hosts, Recovery {

    static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");

    final Map<InstanceId, Instance> instances = new ConcurrentHashMap<>();
    final Map<InstanceId, GuestState> guests = new ConcurrentHashMap<>();
    final Map<InstanceId, Instance> deleted = new ConcurrentHashMap<>();
    volatile Instant now = THEN;
    final Map<FlavorId, Flavor> flavors = new TreeMap<>();
    final Map<ImageId, Image> images = new TreeMap<>();
    final Map<HostId, ComputeHost> hosts = new TreeMap<>();
    final Map<CaseId, CaseView> cases = new TreeMap<>();
    final Map<InstanceId, String> userData = new ConcurrentHashMap<>();
    final List<InstanceAction> actions = new CopyOnWriteArrayList<>();
    final List<NewInstance> created = new CopyOnWriteArrayList<>();
    volatile HostHealth health = HostHealth.ALIVE;
    boolean heard;

    @Nullable
    HealthRow rowOfHealth;

    List<Evidence> evidence = List.of(new Evidence(Signal.LEASE, "present", THEN, 0L));

    private final FakeMoves moves = new FakeMoves();
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile @Nullable RuntimeException failure;
    final FakeSays says = new FakeSays();
    volatile @Nullable Runnable before;
    /** Whether some signal says so of every host. */
    volatile boolean lives;

    volatile Kept kept = new Kept(3, THEN, 2);
    private final Map<HostId, String> forcedDownBy = new ConcurrentHashMap<>();

    /** What stands ordered for every segment. */
    volatile SegmentOrders orders = new SegmentOrders(Armed.FREEZE, "ann/api: moving racks", null);

    private final Map<HostId, String> maintained = new ConcurrentHashMap<>();

    FakeCloud() {
        flavors.put(
                FlavorId.of("small"),
                new Flavor(FlavorId.of("small"), "m1.small", new Resources(1, 512, 1), true, Map.of("a", "b")));
        ImageId image = ImageId.parse("11111111-1111-4111-8111-111111111111");
        images.put(
                image, new Image(image, "tiny", "tiny.qcow2", "qcow2", 1024, null, null, null, 0, 0, Map.of(), THEN));
        host("h1");
        host("h2");
    }

    void host(String name) {
        host(name, FailureDomains.NONE);
    }

    void host(String name, FailureDomains domains) {
        HostId id = HostId.of(name);
        hosts.put(
                id,
                new ComputeHost(
                        id,
                        UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                        SegmentId.of("default"),
                        "nova",
                        HostState.SERVING,
                        HostEpoch.ZERO,
                        Incarnation.of(1),
                        "boot-1",
                        true,
                        null,
                        false,
                        "192.0.2.1",
                        7000,
                        new Resources(8, 16384, 100),
                        Resources.NOTHING,
                        0,
                        THEN,
                        THEN,
                        THEN,
                        domains,
                        null,
                        null,
                        null));
    }

    Optional<HostStatus> status(HostId host) {
        return Optional.ofNullable(hosts.get(host))
                .map(one -> new HostStatus(
                        host,
                        one.forcedDown() ? HostHealth.LOST : health,
                        rowOfHealth,
                        heard,
                        "",
                        evidence,
                        null,
                        THEN));
    }

    Instance add(String name, String project, ActualState actual) {
        InstanceId id = InstanceId.of(UUID.randomUUID());
        Instance made = new Instance(
                id,
                name,
                ProjectId.of(project),
                "ann",
                FlavorId.of("small"),
                new Resources(1, 512, 1),
                images.keySet().iterator().next(),
                null,
                InstanceGoal.RUNNING,
                actual,
                false,
                null,
                actual == ActualState.FAILED ? "no host will do" : null,
                HostId.of("h1"),
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.NONE,
                "default",
                List.of(),
                Map.of(),
                THEN.plusSeconds(instances.size()),
                THEN,
                THEN);
        instances.put(id, made);
        return made;
    }

    private void check() {
        Runnable first = before;
        if (first != null) {
            first.run();
        }
        RuntimeException problem = failure;
        if (problem != null) {
            throw problem;
        }
    }

    @Override
    public Instance create(NewInstance wanted, Actor by) {
        check();
        Wanted.check(wanted, this);
        created.add(wanted);
        asked.add("create " + wanted.name() + " by " + by.name());
        Instance made = add(wanted.name(), wanted.project().value(), ActualState.BUILDING);
        Instance full = described(
                with(made, wanted.tags(), wanted.metadata(), InstanceGoal.RUNNING, wanted.name()),
                wanted.particulars());
        if (wanted.userData() != null) {
            userData.put(full.id(), wanted.userData());
        }
        instances.put(full.id(), full);
        return full;
    }

    @Override
    public List<Instance> list(@Nullable ProjectId project) {
        check();
        return instances.values().stream()
                .filter(one -> project == null || one.project().equals(project))
                .sorted(Comparator.comparing(Instance::createdAt).reversed())
                .toList();
    }

    @Override
    public GuestState guest(InstanceId instance) {
        check();
        return guests.getOrDefault(instance, GuestState.NONE);
    }

    @Override
    public Optional<Instance> find(InstanceId instance) {
        check();
        return Optional.ofNullable(instances.get(instance));
    }

    @Override
    public void delete(InstanceId instance, Actor by) {
        Instance gone = instances.remove(instance);
        if (gone != null) {
            deleted.put(
                    instance, as(gone, gone.name(), InstanceGoal.DELETED, ActualState.DELETED, gone.createdAt(), now));
        }
    }

    @Override
    public List<Instance> deleted(@Nullable ProjectId project, Instant since) {
        check();
        return deleted.values().stream()
                .filter(one -> project == null || one.project().equals(project))
                .filter(one -> !one.updatedAt().isBefore(since))
                .toList();
    }

    /** Changed meanwhile, as of {@link #now}. */
    Instance touch(Instance one, String name) {
        Instance changed = as(one, name, one.goal(), one.actual(), one.createdAt(), now);
        instances.put(one.id(), changed);
        return changed;
    }

    /** As it would be if it had been made then. */
    Instance made(Instance one, Instant at) {
        Instance other = as(one, one.name(), one.goal(), one.actual(), at, one.updatedAt());
        instances.put(one.id(), other);
        return other;
    }

    Instance policy(Instance one, RecoveryPolicy policy) {
        Instance other = as(one, one.name(), one.goal(), one.actual(), one.createdAt(), one.updatedAt(), policy);
        instances.put(other.id(), other);
        return other;
    }

    private static Instance as(
            Instance one, String name, InstanceGoal goal, ActualState actual, Instant created, Instant updated) {
        return as(one, name, goal, actual, created, updated, one.policy());
    }

    private static Instance as(
            Instance one,
            String name,
            InstanceGoal goal,
            ActualState actual,
            Instant created,
            Instant updated,
            RecoveryPolicy policy) {
        return new Instance(
                one.id(),
                name,
                one.project(),
                one.user(),
                one.flavor(),
                one.resources(),
                one.image(),
                one.zone(),
                goal,
                actual,
                one.cameUp(),
                one.task(),
                one.fault(),
                one.home(),
                one.generation(),
                one.epoch(),
                policy,
                one.policySource(),
                one.tags(),
                one.metadata(),
                created,
                updated,
                one.launchedAt(),
                one.particulars(),
                one.nics());
    }

    @Override
    public void start(InstanceId instance, Actor by) {
        if (instances.get(instance).goal() == InstanceGoal.RUNNING) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "it runs already");
        }
        change(instance, InstanceGoal.RUNNING);
    }

    @Override
    public void stop(InstanceId instance, Actor by) {
        change(instance, InstanceGoal.STOPPED);
    }

    private void change(InstanceId instance, InstanceGoal goal) {
        instances.compute(instance, (id, one) -> with(one, one.tags(), one.metadata(), goal, one.name()));
    }

    @Override
    public Instance rename(InstanceId instance, String name) {
        return instances.compute(instance, (id, one) -> with(one, one.tags(), one.metadata(), one.goal(), name));
    }

    @Override
    public Instance changeTags(InstanceId instance, UnaryOperator<List<String>> how) {
        return instances.compute(
                instance, (id, one) -> with(one, how.apply(one.tags()), one.metadata(), one.goal(), one.name()));
    }

    @Override
    public Instance changeMetadata(InstanceId instance, UnaryOperator<Map<String, String>> how) {
        return instances.compute(
                instance, (id, one) -> with(one, one.tags(), how.apply(one.metadata()), one.goal(), one.name()));
    }

    @Override
    public void addListener(InstanceListener listener) {}

    private static Instance with(
            Instance one, List<String> tags, Map<String, String> metadata, InstanceGoal goal, String name) {
        return new Instance(
                one.id(),
                name,
                one.project(),
                one.user(),
                one.flavor(),
                one.resources(),
                one.image(),
                one.zone(),
                goal,
                goal == InstanceGoal.STOPPED ? ActualState.STOPPED : one.actual(),
                false,
                one.task(),
                one.fault(),
                one.home(),
                one.generation(),
                one.epoch(),
                one.policy(),
                one.policySource(),
                tags,
                metadata,
                one.createdAt(),
                one.updatedAt(),
                one.launchedAt(),
                one.particulars(),
                one.nics());
    }

    @Override
    public void reboot(InstanceId instance, boolean gently, Actor by) {
        asked.add("reboot " + (gently ? "gently" : "at once") + " by " + by.name());
    }

    @Override
    public void hold(InstanceId instance, Hold verb, Actor by) {
        instances.compute(instance, (id, one) -> {
            HoldRule.check(verb, id, VmState.of(one), one.task());
            ActualState actual = switch (verb) {
                case PAUSE -> ActualState.PAUSED;
                case SUSPEND -> ActualState.SUSPENDED;
                case UNPAUSE, RESUME -> ActualState.RUNNING;
            };
            return as(one, one.name(), verb.goal(), actual, one.createdAt(), now);
        });
    }

    @Override
    public Instance rebuild(InstanceId instance, Rebuild wanted, Actor by) {
        if (!images.containsKey(wanted.image())) {
            throw Wanted.missing("Image " + wanted.image());
        }
        asked.add("rebuild from " + images.get(wanted.image()).name() + " by " + by.name());
        if (wanted.userData() != null) {
            userData.put(instance, wanted.userData());
        }
        Map<String, String> metadata = wanted.metadata();
        return instances.compute(instance, (id, one) -> {
            Instance told = described(one, wanted.particulars().apply(one.particulars()));
            return with(
                    told,
                    told.tags(),
                    metadata == null ? told.metadata() : metadata,
                    told.goal(),
                    wanted.name() == null ? told.name() : wanted.name());
        });
    }

    @Override
    public Instance resetState(InstanceId instance, boolean failed, Actor by) {
        return instances.compute(
                instance,
                (id, one) -> as(
                        one,
                        one.name(),
                        one.goal(),
                        failed ? ActualState.FAILED : ActualState.RUNNING,
                        one.createdAt(),
                        now));
    }

    @Override
    public Instance changeParticulars(InstanceId instance, UnaryOperator<Particulars> how) {
        return instances.compute(instance, (id, one) -> described(one, how.apply(one.particulars())));
    }

    @Override
    public Map<InstanceId, String> userData(Collection<InstanceId> some) {
        Map<InstanceId, String> found = new HashMap<>(userData);
        found.keySet().retainAll(some);
        return found;
    }

    @Override
    public List<InstanceAction> actions(InstanceId instance) {
        return actions.stream().filter(one -> one.instance().equals(instance)).toList();
    }

    private static Instance described(Instance one, Particulars particulars) {
        return new Instance(
                one.id(),
                one.name(),
                one.project(),
                one.user(),
                one.flavor(),
                one.resources(),
                one.image(),
                one.zone(),
                one.goal(),
                one.actual(),
                one.cameUp(),
                one.task(),
                one.fault(),
                one.home(),
                one.generation(),
                one.epoch(),
                one.policy(),
                one.policySource(),
                one.tags(),
                one.metadata(),
                one.createdAt(),
                one.updatedAt(),
                one.launchedAt(),
                particulars,
                one.nics());
    }

    @Override
    public List<Flavor> flavors() {
        return List.copyOf(flavors.values());
    }

    @Override
    public Optional<Flavor> flavor(FlavorId id) {
        return Optional.ofNullable(flavors.get(id));
    }

    @Override
    public Flavor addFlavor(Flavor flavor) {
        if (flavors.putIfAbsent(flavor.id(), flavor) != null) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "there is one already");
        }
        return flavor;
    }

    @Override
    public Flavor changeExtraSpecs(FlavorId id, Map<String, String> set, Set<String> removed) {
        Flavor old = flavors.get(id);
        Map<String, String> specs = new TreeMap<>(old.extraSpecs());
        specs.keySet().removeAll(removed);
        specs.putAll(set);
        return put(old, specs, old.description(), old.access());
    }

    @Override
    public Flavor describeFlavor(FlavorId id, @Nullable String description) {
        Flavor old = flavors.get(id);
        return put(old, old.extraSpecs(), description, old.access());
    }

    @Override
    public Flavor changeAccess(FlavorId id, ProjectId project, boolean may) {
        Flavor old = flavors.get(id);
        Set<ProjectId> access = new TreeSet<>(old.access());
        if (may ? !access.add(project) : !access.remove(project)) {
            throw new ComputeException(
                    may ? ComputeException.Kind.CONFLICT : ComputeException.Kind.NOT_FOUND, "as it is already");
        }
        return put(old, old.extraSpecs(), old.description(), access);
    }

    private Flavor put(Flavor old, Map<String, String> specs, @Nullable String description, Set<ProjectId> access) {
        Flavor changed = new Flavor(old.id(), old.name(), old.resources(), old.isPublic(), specs, description, access);
        flavors.put(old.id(), changed);
        return changed;
    }

    @Override
    public void deleteFlavor(FlavorId id) {
        flavors.remove(id);
    }

    @Override
    public List<Image> images() {
        return List.copyOf(images.values());
    }

    @Override
    public Optional<Image> image(ImageId id) {
        return Optional.ofNullable(images.get(id));
    }

    @Override
    public Image addImage(Image image) {
        images.put(image.id(), image);
        return image;
    }

    @Override
    public void deleteImage(ImageId id) {
        images.remove(id);
    }

    @Override
    public List<ComputeHost> list() {
        return List.copyOf(hosts.values());
    }

    @Override
    public Optional<ComputeHost> find(HostId host) {
        return Optional.ofNullable(hosts.get(host));
    }

    @Override
    public ComputeHost introduce(HostIntroduction introduction, HostEpoch expected, LeaderEpoch leader) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public AgentAnswer admit(HostId host, LeaderEpoch leader, List<Fact> facts) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost condemn(HostId host, HostEpoch expected, LeaderEpoch leader, List<Fact> facts) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost fenced(FenceProof proof, LeaderEpoch leader, List<Fact> facts) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost pardon(HostId host, LeaderEpoch leader, List<Fact> facts) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost setForcedDown(HostId host, boolean forcedDown, Actor by, String reason) {
        return replace(host, one -> copy(one, one.state(), one.enabled(), one.disabledReason(), forcedDown));
    }

    @Override
    public ComputeHost enable(HostId host, Actor by) {
        return replace(host, one -> copy(one, one.state(), true, null, one.forcedDown()));
    }

    @Override
    public ComputeHost disable(HostId host, Actor by, String reason) {
        return replace(host, one -> copy(one, one.state(), false, reason, one.forcedDown()));
    }

    void state(HostId host, HostState state) {
        ComputeHost changed =
                replace(host, one -> copy(one, state, one.enabled(), one.disabledReason(), one.forcedDown()));
        assert changed.state() == state;
    }

    private ComputeHost replace(HostId host, UnaryOperator<ComputeHost> change) {
        return hosts.compute(host, (id, one) -> change.apply(one));
    }

    private ComputeHost copy(
            ComputeHost one, HostState state, boolean enabled, @Nullable String disabledReason, boolean forcedDown) {
        return new ComputeHost(
                one.id(),
                one.uuid(),
                one.segment(),
                one.zone(),
                state,
                one.epoch(),
                one.incarnation(),
                one.bootId(),
                enabled,
                disabledReason,
                forcedDown,
                one.address(),
                one.port(),
                one.capacity(),
                one.used(),
                one.instances(),
                one.createdAt(),
                one.updatedAt(),
                one.lastSeenAt(),
                FailureDomains.NONE,
                maintained.get(one.id()),
                null,
                null);
    }

    @Override
    public ComputeHost startMaintenance(HostId host, Actor by, String reason) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost endMaintenance(HostId host, Actor by) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost quarantine(HostId host, String reason, LeaderEpoch leader) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public ComputeHost release(HostId host) {
        throw new UnsupportedOperationException("not the API's to call");
    }

    @Override
    public void confirmDead(HostId host, Actor by, String reason, Set<String> overridden) {
        if (!overridden.contains("power")) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT, "these signals say that host " + host + " lives: power (power on)");
        }
        asked.add("confirm-dead " + host + " by " + by.name() + " " + reason + " " + overridden);
    }

    @Override
    public void abandon(CaseId id, Actor by, String reason) {
        asked.add("abandon " + id + " by " + by.name() + " " + reason);
    }

    @Override
    public void maintenance(HostId host, boolean on, Actor by, String reason) {
        asked.add("maintenance " + host + " " + on + " by " + by.name() + " " + reason);
        if (on) {
            maintained.put(host, by.toString());
        } else {
            maintained.remove(host);
        }
        ComputeHost changed =
                replace(host, one -> copy(one, one.state(), one.enabled(), one.disabledReason(), one.forcedDown()));
        assert (changed.maintenance() != null) == on;
    }

    @Override
    public void maintenance(SegmentId segment, boolean on, Actor by, String reason) {
        asked.add("maintenance " + segment + " " + on + " by " + by.name() + " " + reason);
    }

    @Override
    public void arm(SegmentId segment, Armed mode, Actor by, String reason) {
        asked.add("arm " + segment + " " + mode + " by " + by.name() + " " + reason);
    }

    @Override
    public void release(HostId host, Actor by) {
        asked.add("release " + host + " by " + by.name());
    }

    @Override
    public SegmentOrders orders(SegmentId segment) {
        return orders;
    }

    @Override
    public List<OrderBook.Note> notes(HostId host, int limit) {
        return List.of(new OrderBook.Note(THEN, "held", "observer: this controller is cut off"));
    }

    @Override
    public Kept kept() {
        return kept;
    }

    @Override
    public WhatIf whatIf(List<HostId> failed, boolean powerOff) {
        return new WhatIf(failed.stream()
                .map(host -> new WhatIf.HostPlan(
                        host,
                        powerOff ? "condemned" : "held",
                        "segment-share: too many",
                        List.of(new Guards.Line("segment-share", "fails closed", Guard.Decision.HOLD, "too many")),
                        List.of("ipmi 192.0.2.9:623"),
                        failed.size() == 1 ? THEN : null,
                        List.of(new WhatIf.InstancePlan(
                                InstanceId.of(new UUID(1, 1)),
                                "db-1",
                                "automatic",
                                "tag",
                                "WAITING",
                                null,
                                "h2: is full"))))
                .toList());
    }

    @Override
    public List<CaseView> cases(@Nullable HostId host, @Nullable Boolean open, int limit) {
        return cases.values().stream()
                .filter(one ->
                        (host == null || one.host().equals(host)) && (open == null || open == (one.closedAt() == null)))
                .limit(limit)
                .toList();
    }

    @Override
    public Optional<CaseView> find(CaseId id) {
        return Optional.ofNullable(cases.get(id));
    }

    @Override
    public void forceDown(HostId host, Actor by, boolean callerHasFenced, String reason) {
        asked.add("force-down " + host + " by " + by.name() + " fenced " + callerHasFenced + " " + reason);
        ComputeHost changed = setForcedDown(host, true, by, reason);
        forcedDownBy.put(host, by + ": " + reason);
        if (changed.state() == HostState.FENCED
                || cases.values().stream().anyMatch(one -> one.host().equals(host) && one.closedAt() == null)) {
            return;
        }
        CaseId id = CaseId.of(UUID.randomUUID());
        cases.put(
                id,
                new CaseView(
                        id,
                        changed.segment(),
                        host,
                        HostEpoch.of(1),
                        "FENCING",
                        "somebody's word",
                        "read the power back",
                        THEN,
                        null,
                        THEN.plusSeconds(30),
                        null,
                        new CaseView.PowerReturnLine("RESTING", "it stays off until then", THEN.plusSeconds(90)),
                        List.of("WORD " + by),
                        List.of(
                                new CaseView.Entry(THEN, "condemned", "host/" + host, "condemned"),
                                new CaseView.Entry(THEN.plusMillis(250), "fence-sent", "host/" + host, "off")),
                        List.of(new CaseView.InstanceLine(
                                InstanceId.of(UUID.randomUUID()),
                                "vm",
                                RecoveryPolicy.AUTOMATIC,
                                100,
                                "WAITING",
                                null,
                                0,
                                "waits for the proof"))));
    }

    @Override
    public SuspicionAnswer suspect(HostId host, Actor by, String reason) {
        asked.add("suspect " + host + " by " + by.name() + " " + reason);
        if (lives) {
            return new SuspicionAnswer.NotActed("these signals say that host " + host + " lives: lease (present)");
        }
        forceDown(host, by, false, reason);
        return new SuspicionAnswer.Condemned();
    }

    @Override
    public Map<HostId, HostSurroundings> surroundings() {
        return Map.of();
    }

    @Override
    public Optional<String> forcedDownBy(HostId host) {
        return Optional.ofNullable(forcedDownBy.get(host));
    }

    @Override
    public void clearForceDown(HostId host, Actor by) {
        asked.add("clear " + host);
        ComputeHost changed = setForcedDown(host, false, by, "");
        assert !changed.forcedDown();
    }

    @Override
    public EvacuationAnswer evacuate(InstanceId instance, @Nullable HostId target, boolean stopped, Actor by) {
        Instance one = instances.get(instance);
        asked.add("evacuate to " + target + (stopped ? ", left stopped" : ""));
        if (one == null) {
            return new EvacuationAnswer.NotFound();
        }
        if (one.task() != null || one.actual() == ActualState.BUILDING) {
            return new EvacuationAnswer.Conflict("it is being built");
        }
        return hosts.get(one.home()).forcedDown()
                ? new EvacuationAnswer.Accepted(CaseId.of(UUID.randomUUID()))
                : new EvacuationAnswer.HostNotDown("");
    }

    @Override
    public SayView say(InstanceId instance, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of, Actor by) {
        return says.say(instance, answer, only, of, by);
    }

    @Override
    public List<SayView> says() {
        return says.open();
    }

    @Override
    public MoveAnswer migrate(InstanceId instance, @Nullable HostId target, Actor by) {
        asked.add("migrate to " + target + " by " + by.name());
        return moves.migrate(instances.get(instance), target, by);
    }

    @Override
    public FollowAnswer follow(InstanceId instance, @Nullable HostId from, HostId to, Actor by) {
        asked.add("follow from " + from + " to " + to + " by " + by.name());
        return FakeMoves.follow(instances.get(instance), from, to, hosts.keySet());
    }

    @Override
    public List<PlannedMove> moves(@Nullable InstanceId instance, int limit) {
        return moves.list(instance, limit);
    }

    @Override
    public void retry(CaseId id, Actor by) {
        asked.add("retry " + id);
    }

    @Override
    public void retry(CaseId id, InstanceId instance, Actor by) {
        check();
        asked.add("retry " + instance + " of " + id + " by " + by.name());
    }

    @Override
    public void abandon(CaseId id, InstanceId instance, Actor by, String reason) {
        check();
        asked.add("abandon " + instance + " of " + id + " by " + by.name() + ": " + reason);
    }

    List<String> log() {
        return new ArrayList<>(asked);
    }
}
