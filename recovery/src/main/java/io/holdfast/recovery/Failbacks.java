package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.GuardDesk.Silence;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.FailbackRule;
import io.holdfast.recovery.core.Guard;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks who may go back to the home that it lost, because its owner wants that ({@code holdfast:failback}).
 *
 * <p>Which home that was is read from the journal of cases each time, so it outlives every controller: the newest case of
 * a host says whom it gave a new home, and where. Whoever was moved by a planned move since then has been dealt with.
 *
 * <p>Belongs to the engine's owner thread, except {@link #troubled}. What if we die here: nothing is kept but what was said
 * last, and the next leader looks again.
 */
final class Failbacks {

    private final RecoveryEngine engine;
    private final PlannedMoves planned;
    private final MoveRequests requests;
    private final EarlyNotices early;
    private final GuardDesk guards;
    private final Hosts hosts;
    private final Claims claims;
    private final CaseJournal cases;
    private final MoveJournal moves;
    private final Scheduler scheduler;
    private final RecoverySettings settings;
    private final InstantSource clock;

    /** When a host was last found not to be well. */
    private final Map<HostId, Instant> troubles = new ConcurrentHashMap<>();

    /** The last reason that was noted, so that each is noted once. */
    private final Map<InstanceId, String> said = new HashMap<>();

    private boolean looking;
    private Instant nextLook = Instant.MIN;

    Failbacks(
            RecoveryEngine engine,
            PlannedMoves planned,
            MoveRequests requests,
            EarlyNotices early,
            GuardDesk guards,
            Hosts hosts,
            Claims claims,
            CaseJournal cases,
            MoveJournal moves,
            Scheduler scheduler,
            RecoverySettings settings,
            InstantSource clock) {
        this.engine = engine;
        this.planned = planned;
        this.requests = requests;
        this.early = early;
        this.guards = guards;
        this.hosts = hosts;
        this.claims = claims;
        this.cases = cases;
        this.moves = moves;
        this.scheduler = scheduler;
        this.settings = settings;
        this.clock = clock;
    }

    /** Membership is not content with a host. Any thread. */
    void troubled(HostId host) {
        troubles.put(host, clock.instant());
    }

    void forget() {
        looking = false;
        said.clear();
    }

    /** Every now and then, if anybody wants it. */
    void scan() {
        Instant now = clock.instant();
        if (looking || now.isBefore(nextLook)) {
            return;
        }
        nextLook = now.plus(settings.holdRecheck());
        Set<InstanceId> wanting = new HashSet<>(early.wantingFailback());
        wanting.removeIf(planned::concerns);
        said.keySet().retainAll(wanting);
        if (wanting.isEmpty()) {
            return;
        }
        looking = true;
        engine.work("look who may go back to its old home", () -> {
            Surroundings around = engine.surroundings();
            List<Instance> settled = wanting.stream()
                    .sorted()
                    .map(claims::find)
                    .flatMap(Optional::stream)
                    .filter(Failbacks::mayWantBack)
                    .toList();
            Map<InstanceId, List<CaseState>> moved = settled.isEmpty() ? Map.of() : moved(around);
            List<Way> ways = settled.stream()
                    .map(instance -> way(instance, around, moved.getOrDefault(instance.id(), List.of())))
                    .filter(Objects::nonNull)
                    .toList();
            return () -> {
                looking = false;
                ways.forEach(way -> decide(way, around));
            };
        });
    }

    /** One that runs at the home that a case gave it, and the home that it lost. */
    private record Way(Instance instance, ComputeHost home, ComputeHost oldHome, Instant admittedAt, String noRoom) {}

    private static boolean mayWantBack(Instance instance) {
        return instance.goal() == InstanceGoal.RUNNING
                && instance.actual() == ActualState.RUNNING
                && instance.task() == null
                && TermsRule.read(instance.metadata()).failback();
    }

    /** In a worker. Of each host its newest case, by the instances to which it gave new homes. */
    private Map<InstanceId, List<CaseState>> moved(Surroundings around) {
        Map<InstanceId, List<CaseState>> moved = new HashMap<>();
        for (ComputeHost host : around.hosts()) {
            cases.newest(host.id())
                    .map(Stored::state)
                    .ifPresent(state -> state.moves().stream()
                            .filter(move -> move.state() instanceof MoveState.Running)
                            .forEach(move -> moved.computeIfAbsent(move.id(), id -> new ArrayList<>())
                                    .add(state)));
        }
        return moved;
    }

    /**
     * In a worker. Null when there is nowhere to go back to.
     *
     * @param newest the newest cases of hosts that gave it a new home
     */
    private @Nullable Way way(Instance instance, Surroundings around, List<CaseState> newest) {
        InstanceId id = instance.id();
        ComputeHost home = around.hosts().stream()
                .filter(host -> host.id().equals(instance.home()))
                .findFirst()
                .orElse(null);
        CaseState lost = newest.stream()
                .filter(state -> !state.host().equals(instance.home()))
                .filter(state -> state.move(id)
                        .filter(move -> move.state() instanceof MoveState.Running running
                                && running.to().equals(instance.home()))
                        .isPresent())
                .max(Comparator.comparing(CaseState::openedAt))
                .orElse(null);
        if (home == null || lost == null || lost.admittedAt() == null) {
            return null;
        }
        boolean movedSince = moves.list(id, 1).stream()
                .anyMatch(stored -> stored.move().openedAt().isAfter(lost.openedAt()));
        if (movedSince) {
            return null;
        }
        ComputeHost oldHome = around.hosts().stream()
                .filter(host -> host.id().equals(lost.host()))
                .findFirst()
                .orElseThrow();
        return new Way(instance, home, oldHome, lost.admittedAt(), noRoom(instance, lost.host()));
    }

    private String noRoom(Instance instance, HostId to) {
        List<PlacementRequest> requests =
                List.of(new PlacementRequest(instance.id(), instance.resources(), null, to, Map.of()));
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, engine::avoids);
        HostSnapshots.Asked asked = HostSnapshots.asked(claims, requests, snapshots);
        return CommandRunner.answer(scheduler
                        .place(snapshots, asked.groups(), asked.requests())
                        .getFirst())
                .reason();
    }

    private void decide(Way way, Surroundings around) {
        Instant now = clock.instant();
        HostId old = way.oldHome().id();
        String objection = FailbackRule.objection(
                new FailbackRule.Circumstances(
                        around.orders(),
                        way.oldHome(),
                        way.home(),
                        !engine.isWell(old),
                        !engine.isWell(way.home().id()),
                        engine.openCase(old) != null,
                        engine.openCase(way.home().id()) != null,
                        coolingDown(way.oldHome(), around, now),
                        wellSince(way),
                        planned.failbacks(),
                        way.noRoom()),
                now,
                settings.instances());
        if (objection == null) {
            said.remove(way.instance().id());
            requests.goBack(way.instance(), way.home().id(), old);
        } else if (!objection.equals(said.put(way.instance().id(), objection))) {
            engine.note(
                    old,
                    "failback",
                    "instance " + way.instance().name() + " (" + way.instance().id() + ") does not come back now: "
                            + objection);
        }
    }

    private Instant wellSince(Way way) {
        Instant trouble = troubles.getOrDefault(way.oldHome().id(), Instant.MIN);
        return trouble.isAfter(way.admittedAt()) ? trouble : way.admittedAt();
    }

    private String coolingDown(ComputeHost host, Surroundings around, Instant now) {
        List<Guards.Line> lines = new ArrayList<>(Guards.review(
                        guards.situation(
                                host, new Silence(now, false, false), around, engine.openUnheld(null), Set.of(), now),
                        settings)
                .lines());
        return lines.stream()
                .filter(line -> line.guard().equals("cool-down") && line.decision() != Guard.Decision.ACT)
                .map(Guards.Line::reason)
                .findFirst()
                .orElse("");
    }
}
