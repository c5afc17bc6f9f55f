package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAdmission;
import io.holdfast.compute.Instances;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.SegmentId;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.Admission;
import io.holdfast.scheduler.capacity.AdmissionRule;
import io.holdfast.scheduler.capacity.CapacityPlanner;
import io.holdfast.scheduler.capacity.SegmentChange;
import io.holdfast.scheduler.capacity.SegmentChange.Arrival;
import io.holdfast.scheduler.capacity.SegmentSnapshot;
import io.holdfast.store.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks of what somebody wants to do whether the promise of the segment holds afterwards, and refuses it or tells operators, as
 * the segment's policy says. Where the policy is off nothing is read.
 *
 * <p>It judges by the store as it reads it, and holds nothing while the change is made: two changes of different sorts at
 * one moment may both be admitted, and {@link PromiseWatch} sees what came of it. Instances that are placed are judged batch by
 * batch, by the one thread that places.
 *
 * <p>When the store does not answer, the change fails as everything does then. When a survey fails for a defect of ours, an
 * enforced promise counts as broken, and a warning says that nobody knows. Any thread may call.
 */
public final class AdmissionDesk implements InstanceAdmission {

    private static final Logger log = LoggerFactory.getLogger(AdmissionDesk.class);

    private final Hosts hosts;
    private final Claims claims;
    private final Instances instances;
    private final FailoverSegments segments;
    private final SchedulerSettings scheduling;
    private final Predicate<HostId> avoided;
    private final RecoverySettings recovery;
    private final AdmissionSettings settings;
    private final AdmissionWarnings warnings;
    private final InstantSource clock;

    /** @param avoided where nothing is to be placed now; must not block */
    public AdmissionDesk(
            Hosts hosts,
            Claims claims,
            Instances instances,
            FailoverSegments segments,
            SchedulerSettings scheduling,
            Predicate<HostId> avoided,
            RecoverySettings recovery,
            AdmissionSettings settings,
            AdmissionWarnings warnings,
            InstantSource clock) {
        this.hosts = hosts;
        this.claims = claims;
        this.instances = instances;
        this.segments = segments;
        this.scheduling = scheduling;
        this.avoided = avoided;
        this.recovery = recovery;
        this.settings = settings;
        this.warnings = warnings;
        this.clock = clock;
    }

    /** Whether anybody has to be asked at all. */
    boolean looks() {
        return settings.looks();
    }

    /**
     * Of instances that are about to get homes.
     *
     * @param chosen of those that their owners have made or started, the first before the later ones
     * @param exempt of those that a recovery brought here: never refused, and their room is taken
     * @return who is refused, and why
     */
    Map<InstanceId, String> refused(Map<InstanceId, HostId> chosen, Map<InstanceId, HostId> exempt) {
        List<ComputeHost> all = hosts.list();
        Map<HostId, SegmentId> segmentOf =
                all.stream().collect(Collectors.toMap(ComputeHost::id, ComputeHost::segment));
        Map<SegmentId, Map<InstanceId, HostId>> bySegment = new TreeMap<>(Comparator.comparing(SegmentId::value));
        chosen.forEach((id, home) -> {
            SegmentId segment = segmentOf.get(home);
            // The claim on a host that is gone is refused by itself.
            if (segment != null && settings.of(segment).looks()) {
                bySegment
                        .computeIfAbsent(segment, ignored -> new LinkedHashMap<>())
                        .put(id, home);
            }
        });
        Map<InstanceId, String> refused = new HashMap<>();
        bySegment.forEach((segment, homes) -> {
            if (settings.of(segment).mode() == AdmissionMode.WARN) {
                warn(segment, "placing " + (homes.size() == 1 ? "an instance" : homes.size() + " instances"), () -> {
                    Reading reading = read(all, homes.keySet());
                    return rule(segment)
                            .judge(
                                    reading.with(segment, exempt),
                                    new SegmentChange.Arrivals(reading.arrivals(segment, homes)),
                                    reading.planner);
                });
                return;
            }
            Reading reading = read(all, homes.keySet());
            List<Arrival> arrivals = reading.arrivals(segment, homes);
            List<Admission> admissions = rule(segment).each(reading.with(segment, exempt), arrivals, reading.planner);
            for (int i = 0; i < admissions.size(); i++) {
                if (!admissions.get(i).admitted()) {
                    Admission admission = admissions.get(i);
                    log.info("instance {} is refused: {}", arrivals.get(i).who().id(), admission.reason());
                    refused.put(arrivals.get(i).who().id(), why(segment, "placing this", admission, admission.brief()));
                }
            }
        });
        return refused;
    }

    private AdmissionRule rule(SegmentId segment) {
        return new AdmissionRule(scheduling, settings.of(segment).tolerate());
    }

    @Override
    public boolean concerns(Instance before, Instance after) {
        return settings.looks() && after.home() != null && guarded(after) && !guarded(before);
    }

    private boolean guarded(Instance instance) {
        HostId home = instance.home();
        return home != null
                && !DryRun.moved(
                                SegmentId.of("any"),
                                home,
                                instance.epoch(),
                                List.of(instance),
                                clock.instant(),
                                recovery)
                        .isEmpty();
    }

    @Override
    public void require(Instance after) {
        List<ComputeHost> all = hosts.list();
        ComputeHost home = all.stream()
                .filter(host -> host.id().equals(after.home()))
                .findFirst()
                .orElse(null);
        if (home == null || !settings.of(home.segment()).looks()) {
            return;
        }
        require(home.segment(), "having " + after.name() + " run under recovery's protection", Admission::brief, () -> {
            Reading reading = read(all, Set.of(after.id()));
            return rule(home.segment())
                    .judge(
                            reading.snapshot(home.segment()),
                            new SegmentChange.Arrivals(List.of(reading.arrival(home, after, false))),
                            reading.planner);
        });
    }

    /**
     * Before a host is taken out of service by a human.
     *
     * @param then the host as it would be
     * @throws ComputeException CONFLICT when it is refused
     */
    void outOfService(ComputeHost host, ComputeHost then, String what) {
        if (!settings.of(host.segment()).looks() || host.equals(then)) {
            return;
        }
        require(host.segment(), what + " " + host.id(), Admission::reason, () -> {
            List<ComputeHost> all = hosts.list();
            Reading reading = read(all, Set.of());
            // Also who is in reserve, and may be taken from it, changes with the host.
            Reading without = read(
                    all.stream()
                            .map(each -> each.id().equals(host.id()) ? then : each)
                            .toList(),
                    Set.of());
            return rule(host.segment())
                    .judge(
                            reading.snapshot(host.segment()),
                            reading.planner,
                            new SegmentChange.OutOfService(host.id()),
                            without.planner);
        });
    }

    /** @param told what of the reason is for whoever asked */
    private void require(SegmentId segment, String what, Function<Admission, String> told, Supplier<Admission> judge) {
        switch (settings.of(segment).mode()) {
            case OFF -> {}
            case WARN -> warn(segment, what, judge);
            case ENFORCE -> {
                Admission admission = judge.get();
                if (!admission.admitted()) {
                    log.info("{} is refused: {}", what, admission.reason());
                    throw new ComputeException(
                            ComputeException.Kind.CONFLICT, why(segment, what, admission, told.apply(admission)));
                }
            }
        }
    }

    private void warn(SegmentId segment, String what, Supplier<Admission> judge) {
        Admission admission;
        try {
            admission = judge.get();
        } catch (StoreException e) {
            throw e;
        } catch (RuntimeException e) {
            log.error("whether {} leaves the promise of segment {} kept was not found out", what, segment, e);
            warnings.warn(segment, what + ": whether the promise holds afterwards is not known: " + e);
            return;
        }
        if (!admission.admitted()) {
            warnings.warn(segment, why(segment, what, admission, admission.reason()));
        }
    }

    private String why(SegmentId segment, String what, Admission admission, String reason) {
        int failures = settings.of(segment).tolerate();
        String promise =
                failures == 1 ? "any host's loss is survived" : "the loss of any " + failures + " hosts is survived";
        return what
                + switch (admission.word()) {
                    case KEPT, NO_WORSE -> " keeps the promise that " + promise;
                    case BREAKS -> " would break the promise of segment " + segment + " that " + promise + ": ";
                    case STAYS_BROKEN ->
                        " has to wait until segment " + segment + " keeps its promise again that " + promise + ": ";
                    case WORSENS ->
                        " would make worse that segment " + segment + " does not keep its promise that " + promise
                                + ": ";
                }
                + reason;
    }

    private Reading read(List<ComputeHost> all, Set<InstanceId> arriving) {
        Instant at = clock.instant();
        List<Instance> known = instances.list(null);
        CapacitySnapshots read = new CapacitySnapshots(
                all,
                known,
                claims.groups(),
                segments.list(),
                segments.hosts(),
                hosts.surroundings(),
                claims.terms(known.stream().map(Instance::id).toList()));
        return new Reading(at, all, known, read, arriving);
    }

    private final class Reading {
        private final Instant at;
        private final Map<HostId, ComputeHost> hosts;
        private final Map<InstanceId, Instance> known;
        private final CapacitySnapshots read;
        private final Map<SegmentId, SegmentSnapshot> snapshots;
        private final CapacityPlanner planner;

        Reading(
                Instant at,
                List<ComputeHost> hosts,
                List<Instance> known,
                CapacitySnapshots read,
                Set<InstanceId> arriving) {
            this.at = at;
            this.hosts = hosts.stream().collect(Collectors.toMap(ComputeHost::id, host -> host));
            this.known = known.stream().collect(Collectors.toMap(Instance::id, instance -> instance));
            this.read = read;
            this.snapshots = read.read(avoided, at, recovery, arriving);
            this.planner = read.planner(new Scheduler(scheduling));
        }

        Arrival arrival(ComputeHost host, Instance instance, boolean claims) {
            return read.arrival(host, instance, claims, at, recovery);
        }

        SegmentSnapshot snapshot(SegmentId segment) {
            SegmentSnapshot found = snapshots.get(segment);
            if (found == null) {
                throw new IllegalStateException("segment " + segment + " has no hosts any more");
            }
            return found;
        }

        /** With those that a recovery brings at the same time. */
        SegmentSnapshot with(SegmentId segment, Map<InstanceId, HostId> brought) {
            return new SegmentChange.Arrivals(arrivals(segment, brought)).after(snapshot(segment));
        }

        /** Who is gone by now needs no answer. */
        List<Arrival> arrivals(SegmentId segment, Map<InstanceId, HostId> homes) {
            List<Arrival> arrivals = new ArrayList<>();
            homes.forEach((id, home) -> {
                ComputeHost host = hosts.get(home);
                Instance instance = known.get(id);
                if (host != null && host.segment().equals(segment) && instance != null) {
                    arrivals.add(arrival(host, instance, true));
                }
            });
            return arrivals;
        }
    }
}
